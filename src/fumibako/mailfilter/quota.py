"""Full mailboxes, asked at RCPT: `552 5.2.2` while the sender still has the message, so that nothing bounces later.

A name is full when every mailbox that it leads to is; a target elsewhere always has room. How full a mailbox is stands in
the usage database that Dovecot writes; the size is what the client announced (RFC 1870), 0 where it did not.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from fumibako.features.directory.system_limits import LIMITS_BY_ADDRESS as _SYSTEM_LIMITS
from fumibako.features.quotas.room import MBYTE
from fumibako.mailfilter.expansion import ends
from fumibako.mailfilter.instance import Instance
from fumibako.mailfilter.lookups import LookupReader
from fumibako.mailfilter.policy import PolicyRequest

_log = logging.getLogger(__name__)

FULL: Final = "552 5.2.2 Mailbox is full"
_DUNNO: Final = "DUNNO"
_AT_ONCE: Final = 500


class Quota:
    def __init__(self) -> None:
        self._usage: LookupReader | None = None

    def answer(self, request: PolicyRequest, instance: Instance) -> str:
        """Raises `LookupsAway`."""
        if self._usage is None:
            self._usage = LookupReader(Path(instance.home.usage_db))
        recipient = request["recipient"].lower()
        announced = request["size"]
        size = int(announced) if announced.isdecimal() and len(announced) < 19 else 0
        found = dict(ends(instance.lookups, recipient))
        mailboxes = [address for address, here in found.items() if here]
        full = self._full(instance.lookups, mailboxes, size)
        if full and len(full) == len(found):
            return FULL
        if full:
            _log.info("quota: %s passes over full mailboxes: %s", recipient, ", ".join(sorted(full)[:10]))
        return _DUNNO

    def _full(self, lookups: LookupReader, addresses: Iterable[str], size: int) -> set[str]:
        full: set[str] = set()
        for chunk in _chunks(addresses):
            these = f"WHERE address IN ({', '.join(f'?{place + 1}' for place in range(len(chunk)))})"
            sql = f"{_SYSTEM_LIMITS} {these} UNION ALL SELECT address, quota_mb FROM limits {these}"  # noqa: S608
            if limits := dict(lookups.rows(sql, *chunk)):
                full |= self._over(limits, size)
        return full

    def _over(self, limits: Mapping[str, int], size: int) -> set[str]:
        """Those that have no room for so many octets more; limits in MB."""
        assert self._usage is not None
        marks = ", ".join("?" * len(limits))
        known = dict(self._usage.rows(f"SELECT username, bytes FROM usage WHERE username IN ({marks})", *limits))  # noqa: S608
        full = set()
        for address, quota_mb in limits.items():
            octets, limit = known.get(address, 0), quota_mb * MBYTE
            if octets >= limit or octets + size > limit:
                full.add(address)
        return full


def _chunks(values: Iterable[str]) -> Iterator[list[str]]:
    every = list(values)
    for start in range(0, len(every), _AT_ONCE):
        yield every[start : start + _AT_ONCE]
