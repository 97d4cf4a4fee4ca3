"""Accounts' passwords: hashed as Dovecot reads them, and changed at once."""

from __future__ import annotations

import hmac
import secrets
import unicodedata
import warnings
from functools import cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from fumibako.actions import applies, drafts, keys, plans
from fumibako.actions import view as views
from fumibako.actions.caller import Caller
from fumibako.actions.checking import Wanted, missing_row
from fumibako.actions.permission import require
from fumibako.actions.proposal import of_wanted
from fumibako.actions.result import Result
from fumibako.schema.finding import Finding, errors
from fumibako.schema.text import Text

with warnings.catch_warnings():
    # crypt(3) of the system, which knows the hashes that Dovecot knows.
    warnings.simplefilter("ignore", DeprecationWarning)
    import crypt

_SCHEME: Final = "{ARGON2ID}"
_CRYPTED: Final = frozenset({"{SHA512-CRYPT", "{SHA256-CRYPT", "{BLF-CRYPT"})
LONGEST: Final = 256
SHORT: Final = 8

_EMPTY = Text("Write a password.", "パスワードを入力してください。")
_LONG = Text("A password has at most 256 characters.", "パスワードは 256 文字以内です。")
_CONTROL = Text(
    "A password cannot hold line breaks or other control characters.", "パスワードに改行などの制御文字は使えません。"
)
_SHORT = Text(
    "This password is short. Eight characters and more are hard to guess.",
    "短いパスワードです。8 文字以上にすると推測されにくくなります。",
)


def hashed(password: str) -> str:
    """The password in Dovecot's form, `{ARGON2ID}$argon2id$…`."""
    return _SCHEME + _hasher().hash(password)


def matches(password: str, stored: str | None) -> bool:
    """Whether the stored hash is one of ours and of this password; it costs what hashing costs."""
    if stored is None or not stored.startswith(_SCHEME):
        return False
    try:
        return _hasher().verify(stored.removeprefix(_SCHEME), password)
    except (VerificationError, InvalidHashError):
        return False


def verified(password: str, stored: str | None) -> bool:
    """Whether a stored hash of any kind that Dovecot takes is of this password. Without one it takes its time, too."""
    if stored is None or stored.startswith(_SCHEME):
        good = matches(password, stored or _nobodys())
        return good and stored is not None
    scheme, _, text = stored.partition("}")
    if scheme not in _CRYPTED or "\0" in password or len(password) > LONGEST:
        return False
    found = crypt.crypt(password, text)
    return found is not None and hmac.compare_digest(found.encode(), text.encode())


def password_findings(password: str, path: str) -> list[Finding]:
    """What is wrong with a password; a short one gets a warning."""
    if not password:
        return [Finding("password-empty", path, _EMPTY)]
    if len(password) > LONGEST:
        return [Finding("password-too-long", path, _LONG)]
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in password):
        return [Finding("password-characters", path, _CONTROL)]
    return [Finding("password-short", path, _SHORT, "warning")] if len(password) < SHORT else []


def set_password(caller: Caller, address: str, password: str) -> Result:
    """Give an account a password. It is live at once, as a revision of its own and without a draft (`applied`); for an
    account that is only staged so far, the staged account gets it (`staged`)."""
    require(caller, "apply_rows")
    live = views.live_for(caller)
    key, wrong = keys.canonical("accounts", address, live.primary_domain)
    if key is None:
        return Result("refused", findings=tuple(wrong))
    found = password_findings(password, f"accounts/{key}/password")
    if errors(found):
        return Result("refused", findings=tuple(found))
    if live.row("accounts", key) is None and drafts.view(caller).row("accounts", key) is None:
        return Result("refused", findings=(missing_row("accounts", key),))
    wanted = [Wanted(("accounts", key, "password_hash"), hashed(password))]
    if live.row("accounts", key) is None:
        staged = drafts.stage(caller, wanted)
        return Result("staged" if staged.ok else "refused", findings=(*found, *staged.findings), edits=staged.edits)
    result = applies.apply(caller, of_wanted(caller, wanted))
    return plans.with_warnings(result, found)


@cache
def _nobodys() -> str:
    """A hash to compare with where there is none."""
    return hashed(secrets.token_urlsafe())


@cache
def _hasher() -> PasswordHasher:
    # OWASP's smallest: 19 MiB, two passes, about 30 ms. Dovecot hashes in its auth workers at every log-in, so it must
    # be small; one lane, since libsodium (which Dovecot verifies with) knows no other.
    return PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
