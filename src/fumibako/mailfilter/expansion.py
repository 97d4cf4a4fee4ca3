"""Where a name leads, as Postfix expands it: aliases, accounts that forward, the administrator's names, catch-alls."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from fumibako.features.directory.administrator import STANDING_IN, is_administrators
from fumibako.mailfilter.lookups import LookupReader

# Beyond these the directory's checks let no alias go.
_DEEPEST: Final = 20
_MOST: Final = 20_000
_IS_HERE: Final = (
    "SELECT 1 FROM accounts WHERE address = ?1 UNION ALL SELECT 1 FROM system_users WHERE address = ?1 LIMIT 1"
)
# An account with neither alias nor forwarding, as nearly all are that get mail: it leads to itself.
_IS_PLAIN: Final = (
    "SELECT 1 FROM accounts WHERE address = ?1 AND NOT EXISTS (SELECT 1 FROM aliases WHERE alias = ?1) "
    "AND NOT EXISTS (SELECT 1 FROM forwards WHERE address = ?1)"
)


def ends(lookups: LookupReader, recipient: str) -> Iterator[tuple[str, bool]]:
    """The addresses that a name leads to in the end, as they are found, and whether each is a mailbox here."""
    if lookups.has(_IS_PLAIN, recipient):
        yield recipient, True
        return
    seen = {recipient}
    level = [recipient]
    for _ in range(_DEEPEST):
        following: list[str] = []
        for address in level:
            targets = _targets(lookups, address)
            if not targets or address in targets:  # it stands for itself
                yield address, lookups.has(_IS_HERE, address)
            following += [target for target in targets if target not in seen]
            seen.update(targets)
        if not following or len(seen) > _MOST:
            return
        level = following


def leaves(lookups: LookupReader, recipient: str) -> bool:
    """Whether a name leads to an address whose domain is not served here, beside others or alone."""
    return any(
        not here and not lookups.has("SELECT 1 FROM domains WHERE name = ?", address.rpartition("@")[2])
        for address, here in ends(lookups, recipient)
    )


def _targets(lookups: LookupReader, address: str) -> list[str]:
    """What stands in the look-up for an address: its alias, else nothing for an account, else the administrator for the names that
    are his, else its domain's catch-all."""
    sql = "SELECT local_part || '@' || domain FROM aliases WHERE alias = ? ORDER BY position"
    found = [target for (target,) in lookups.rows(sql, address)]
    if found:
        return found
    if lookups.has("SELECT 1 FROM accounts WHERE address = ?", address):
        return _forwards(lookups, address)
    if lookups.has(_IS_HERE, address):
        return []
    domain = address.rpartition("@")[2]
    if is_administrators(address) and (found := [target for (target,) in lookups.rows(STANDING_IN)]):
        return found
    return [target for (target,) in lookups.rows(sql, f"@{domain}")]


def _forwards(lookups: LookupReader, address: str) -> list[str]:
    """Where an account forwards to, with itself where it keeps a copy; nothing where it does not."""
    off = "SELECT 1 FROM barred WHERE address = ? AND why = 'enabled'"
    sql = "SELECT local_part || '@' || domain FROM forwards WHERE address = ?"
    found = [target for (target,) in lookups.rows(sql, address)]
    if not found or lookups.has(off, address):
        return []
    copy = [] if lookups.has("SELECT 1 FROM no_copies WHERE address = ?", address) else [address]
    return [*copy, *found]
