"""How the look-ups are asked for the limits of system accounts. A module of its own, which needs no declared option: the mail
filter asks too, and starts at every trial."""

from __future__ import annotations

from typing import Final

# Limits of those whom the directory has no account for.
LIMITS_BY_ADDRESS: Final = (
    "SELECT address, quota_mb FROM (SELECT address, quota_mb FROM system_users JOIN system_limits USING (name) "
    "WHERE NOT EXISTS (SELECT 1 FROM accounts WHERE accounts.address = system_users.address))"
)
