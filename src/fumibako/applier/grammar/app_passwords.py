"""The one query in which something of a password may stand: the digest of what was typed, to find an app password by.

Only the digest is safe to put into a statement, and only of a random secret is it safe to find by. So this query stands in
one file, and nothing of it may differ.
"""

from __future__ import annotations

from typing import Final

FILE: Final = "dovecot/app-passwords-sql.conf"
FOUND_BY_DIGEST: Final = (
    "SELECT address AS user, '{SHA256.HEX}' || digest AS password FROM app_passwords "
    "WHERE address = '%u' AND digest = '%{sha256:password}' "
    "AND EXISTS (SELECT 1 FROM accounts WHERE address = '%u' AND enabled = 1 AND password IS NOT NULL)"
)
