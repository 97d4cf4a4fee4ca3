"""Full mailboxes, asked at RCPT: `552 5.2.2` while the sender still has the message, so that nothing bounces later.

A name is full when every mailbox that it leads to is; a target elsewhere always has room. How full a mailbox is stands in
the usage database that Dovecot writes; the size is what the client announced (RFC 1870), 0 where it did not.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from fumibako.features.directory.administrator import STANDING_IN, is_administrators
from fumibako.features.directory.system_users import LIMITS_BY_ADDRESS as _SYSTEM_LIMITS
from fumibako.mailfilter.instance import Instance
from fumibako.mailfilter.lookups import LookupReader
from fumibako.mailfilter.policy import PolicyRequest

_log = logging.getLogger(__name__)

FULL: Final = "552 5.2.2 Mailbox is full"
_DUNNO: Final = "DUNNO"
_MBYTE: Final = 1_048_576
# Beyond these the directory's checks let no alias go.
_DEEPEST: Final = 20
_MOST: Final = 20_000
_AT_ONCE: Final = 500
_IS_HERE: Final = (
    "SELECT 1 FROM accounts WHERE address = ?1 UNION ALL SELECT 1 FROM system_users WHERE address = ?1 LIMIT 1"
)


class Quota:
    def __init__(self) -> None:
        self._usage: LookupReader | None = None

    async def answer(self, request: PolicyRequest, instance: Instance) -> str:
        """Raises `LookupsAway`."""
        if self._usage is None:
            self._usage = LookupReader(Path(instance.home.usage_db))
        recipient = request["recipient"].lower()
        announced = request["size"]
        size = int(announced) if announced.isdecimal() and len(announced) < 19 else 0
        mailboxes, elsewhere = _mailboxes(instance.lookups, recipient)
        full = self._full(instance.lookups, mailboxes, size)
        if full and not elsewhere and len(full) == len(mailboxes):
            return FULL
        if full:
            _log.info("quota: %s passes over full mailboxes: %s", recipient, ", ".join(sorted(full)[:10]))
        return _DUNNO

    def _full(self, lookups: LookupReader, addresses: Iterable[str], size: int) -> set[str]:
        assert self._usage is not None
        full: set[str] = set()
        for chunk in _chunks(addresses):
            marks = ", ".join("?" * len(chunk))
            system = dict(lookups.rows(f"{_SYSTEM_LIMITS} WHERE address IN ({marks})", *chunk))
            limits = system | dict(
                lookups.rows(f"SELECT address, quota_mb FROM limits WHERE address IN ({marks})", *chunk)  # noqa: S608
            )
            if not limits:
                continue
            marks = ", ".join("?" * len(limits))
            used = self._usage.rows(f"SELECT username, bytes FROM usage WHERE username IN ({marks})", *limits)  # noqa: S608
            known = dict(used)
            for address, quota_mb in limits.items():
                octets, limit = known.get(address, 0), quota_mb * _MBYTE
                if octets >= limit or octets + size > limit:
                    full.add(address)
        return full


def _mailboxes(lookups: LookupReader, recipient: str) -> tuple[list[str], bool]:
    """The mailboxes that a name leads to, and whether it leads elsewhere as well; as Postfix expands it."""
    mailboxes: dict[str, None] = {}
    elsewhere = False
    seen = {recipient}
    level = [recipient]
    for _ in range(_DEEPEST):
        following: list[str] = []
        for address in level:
            targets = _targets(lookups, address)
            if not targets or address in targets:  # it stands for itself
                if lookups.has(_IS_HERE, address):
                    mailboxes[address] = None
                else:
                    elsewhere = True
            following += [target for target in targets if target not in seen]
            seen.update(targets)
        if not following or len(seen) > _MOST:
            break
        level = following
    return list(mailboxes), elsewhere


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


def _chunks(values: Iterable[str]) -> Iterator[list[str]]:
    every = list(values)
    for start in range(0, len(every), _AT_ONCE):
        yield every[start : start + _AT_ONCE]
