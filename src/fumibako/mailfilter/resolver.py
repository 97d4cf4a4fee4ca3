"""The DNS as the filter asks it: through c-ares, with a cache that all connections of a worker share.

What the DNS said is kept for as long as it allows, "there is no such record" too; a failure is kept for some seconds, so that
a broken domain does not hold up each of its messages anew. Who asks for what is being looked up already waits for that
answer. Each look-up has its time, and only so many run at once; what does not come in time is `failed`, never an exception.
"""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from ipaddress import IPv4Address, IPv6Address
from typing import Any, Final, Literal, TypeVar, cast

import aiodns
import pycares

from fumibako.mailauth.resolver import Answer

_T = TypeVar("_T")

TIMEOUT: Final = 6.0  # seconds for a look-up, retries and all
_TRY: Final = 2.0  # seconds until the first retry
_TRIES: Final = 2
_AT_ONCE: Final = 256
_ENTRIES: Final = 20_000
_MOST_RECORDS: Final = 200
_LONGEST: Final = 3600.0  # seconds that an answer is kept at most, whatever its owner says
_SHORTEST: Final = 5.0
_NEGATIVE: Final = 60.0
_FAILED: Final = 10.0

_USUAL: Final = re.compile(r"[A-Za-z0-9._/*-]*\Z")  # what c-ares asks for

_FAILURE: Final[Answer[Any]] = Answer("failed")
Kind = Literal["TXT", "A", "AAAA", "MX", "PTR"]
_Key = tuple[str, Kind]
_TYPES: Final[Mapping[Kind, int]] = {
    "TXT": pycares.QUERY_TYPE_TXT,
    "A": pycares.QUERY_TYPE_A,
    "AAAA": pycares.QUERY_TYPE_AAAA,
    "MX": pycares.QUERY_TYPE_MX,
    "PTR": pycares.QUERY_TYPE_PTR,
}


class CachingResolver:
    """`mailauth.resolver.Resolver`. `servers` are `ADDRESS:PORT`; without any the system's are asked."""

    def __init__(self, servers: Sequence[str] = ()) -> None:
        self._servers = tuple(servers)
        self._channel = aiodns.DNSResolver(
            nameservers=list(servers) or None,
            timeout=_TRY,
            tries=_TRIES,
            flags=pycares.ARES_FLAG_NOSEARCH | pycares.ARES_FLAG_EDNS,
        )
        self._cache: OrderedDict[_Key, tuple[float, Answer[Any]]] = OrderedDict()
        self._under_way: dict[_Key, asyncio.Task[Answer[Any]]] = {}
        self._turn = asyncio.Semaphore(_AT_ONCE)
        self._now = asyncio.get_running_loop().time

    async def txt(self, name: str) -> Answer[bytes]:
        return await self._asked(name, "TXT", lambda data: cast("bytes", data.data))

    async def a(self, name: str) -> Answer[IPv4Address]:
        return await self._asked(name, "A", lambda data: IPv4Address(data.addr))

    async def aaaa(self, name: str) -> Answer[IPv6Address]:
        return await self._asked(name, "AAAA", lambda data: IPv6Address(data.addr))

    async def mx(self, name: str) -> Answer[tuple[int, str]]:
        return await self._asked(name, "MX", lambda data: (data.priority, data.exchange.rstrip(".").lower()))

    async def ptr(self, address: IPv4Address | IPv6Address) -> Answer[str]:
        return await self._asked(address.reverse_pointer, "PTR", lambda data: data.dname.rstrip(".").lower())

    def known(self, kind: Kind, name: str) -> Answer[Any] | None:
        """The answer if it is kept: the same is asked for of the same domains all day."""
        return self._kept((name.lower(), kind))

    def close(self) -> None:
        """Drop the cache and what is under way; those who wait for it hear `failed`."""
        for task in self._under_way.values():
            task.cancel()
        self._channel.cancel()

    async def _asked(self, name: str, kind: Kind, value: Callable[[Any], _T]) -> Answer[_T]:
        key = (name.lower(), kind)
        kept = self._kept(key)
        if kept is not None:
            return kept
        task = self._under_way.get(key)
        if task is None:
            task = asyncio.get_running_loop().create_task(self._look_up(key, value))
            self._under_way[key] = task
        # Who stops waiting does not take the look-up away from the others.
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            if task.cancelled():
                return _FAILURE
            raise

    def _kept(self, key: _Key) -> Answer[Any] | None:
        kept = self._cache.get(key)
        if kept is None:
            return None
        if kept[0] > self._now():
            self._cache.move_to_end(key)
            return kept[1]
        del self._cache[key]
        return None

    async def _look_up(self, key: _Key, value: Callable[[Any], _T]) -> Answer[_T]:
        try:
            async with asyncio.timeout(TIMEOUT), self._turn:
                answer, seconds = await self._queried(key, value)
        except (TimeoutError, ValueError, UnicodeError):
            answer, seconds = _FAILURE, _FAILED
        finally:
            self._under_way.pop(key, None)
        self._cache[key] = (self._now() + seconds, answer)
        if len(self._cache) > _ENTRIES:
            self._cache.popitem(last=False)
        return answer

    async def _queried(self, key: _Key, value: Callable[[Any], _T]) -> tuple[Answer[_T], float]:
        name, kind = key
        if not _USUAL.match(name):
            return await self._unusual(name, kind)
        try:
            result = await self._channel.query_dns(name, kind)
        except aiodns.error.DNSError as error:
            # A name that is too long cannot exist: who chose it must not make a check fail "for now" by it.
            if error.args[0] in {aiodns.error.ARES_ENOTFOUND, aiodns.error.ARES_EBADNAME}:
                return Answer("nxdomain"), _NEGATIVE
            if error.args[0] == aiodns.error.ARES_ENODATA:
                return Answer("nodata"), _NEGATIVE
            return _FAILURE, _FAILED
        records = [record for record in result.answer if record.type == _TYPES[kind]][:_MOST_RECORDS]
        if not records:
            return Answer("nodata"), _NEGATIVE
        seconds = min(record.ttl for record in result.answer)
        return Answer("found", tuple([value(record.data) for record in records])), min(
            max(float(seconds), _SHORTEST), _LONGEST
        )

    async def _unusual(self, name: str, kind: Kind) -> tuple[Answer[Any], float]:
        from fumibako.mailfilter import unusual_names  # costs 8 MB, and most workers never need it

        answer, seconds = await unusual_names.asked(name, kind, self._servers, TIMEOUT)
        if answer.outcome == "found":
            return Answer("found", answer.records[:_MOST_RECORDS]), min(max(seconds or 0.0, _SHORTEST), _LONGEST)
        return answer, _FAILED if answer.outcome == "failed" else _NEGATIVE
