"""Who signs, as the mail filter asks for it: `signing` is what the settings say, `signing_keys` the keys that are in use.

A key is in `signing_keys` while it signs (`rotation`). A domain of which the settings say nothing signs with DKIM. `sealed` is the private key, PKCS#8 in DER, sealed to the
filter's key (`mailauth.sealedkey`); `kind` is `rsa` or `ed25519`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from fumibako.assembly.lookups import Lookups, Statement
from fumibako.features.authentication.section import DomainSigning
from fumibako.schema.edit import Edit

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS signing (
  domain TEXT NOT NULL PRIMARY KEY,
  dkim INTEGER NOT NULL,
  rsa TEXT,
  ed25519 TEXT,
  domainkeys INTEGER NOT NULL,
  selector TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS signing_keys (
  domain TEXT NOT NULL,
  selector TEXT NOT NULL,
  use TEXT NOT NULL DEFAULT 'dkim' CHECK (use IN ('dkim', 'domainkeys')),
  kind TEXT NOT NULL CHECK (kind IN ('rsa', 'ed25519')),
  sealed TEXT NOT NULL,
  PRIMARY KEY (domain, selector)
) STRICT, WITHOUT ROWID;
"""


PREFIX: Final = "key/"


def statements(edit: Edit) -> list[Statement]:
    """What the edit of a domain's signing changes; the other options are no look-ups."""
    match edit.place:
        case (_, "signing", domain):
            if edit.now is None:
                return [Statement("lookup", "add", "DELETE FROM signing WHERE domain = ?", (domain,))]
            signing = DomainSigning.model_validate(edit.now)
            dkim, domainkeys = signing.dkim, signing.domainkeys
            sql = "INSERT OR REPLACE INTO signing (domain, dkim, rsa, ed25519, domainkeys, selector) VALUES (?, ?, ?, ?, ?, ?)"
            row = (
                domain, int(dkim.enabled), dkim.rsa, dkim.ed25519, int(domainkeys.enabled), domainkeys.selector
            )  # fmt: skip
            return [Statement("lookup", "add", sql, row)]
        case _:
            return []


def key_statements(secrets: Mapping[str, str]) -> list[Statement]:
    """All keys that sign, anew: ciphertext, by `key/DOMAIN/SELECTOR`, among what the console gives out beside the
    settings."""
    insert = "INSERT INTO signing_keys (domain, selector, use, kind, sealed) VALUES (?, ?, ?, ?, ?)"
    statements = [Statement("lookup", "add", "DELETE FROM signing_keys", ())]
    for name, text in secrets.items():
        if name.startswith(PREFIX):
            domain, _, selector = name.removeprefix(PREFIX).partition("/")
            key = json.loads(text)
            row = (domain, selector, key["use"], key["kind"], key["sealed"])
            statements.append(Statement("lookup", "add", insert, row))
    return statements


AUTHENTICATION: Final = Lookups({"lookup": _SCHEMA}, {"lookup": ("signing",)}, statements)
