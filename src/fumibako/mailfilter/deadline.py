"""A resolver that has an end: what a message's checks may take in all."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from ipaddress import IPv4Address, IPv6Address
from typing import TypeVar

from fumibako.mailauth.resolver import Answer
from fumibako.mailfilter.resolver import CachingResolver

_T = TypeVar("_T")


class UntilDeadline:
    """`mailauth.resolver.Resolver`: as the other one until `seconds` are over; from then on every look-up has failed. What is
    known already needs no time."""

    def __init__(self, resolver: CachingResolver, seconds: float) -> None:
        self._resolver = resolver
        self._now = asyncio.get_running_loop().time
        self._end = self._now() + seconds

    async def txt(self, name: str) -> Answer[bytes]:
        return self._resolver.known("TXT", name) or await self._in_time(self._resolver.txt(name))

    async def a(self, name: str) -> Answer[IPv4Address]:
        return self._resolver.known("A", name) or await self._in_time(self._resolver.a(name))

    async def aaaa(self, name: str) -> Answer[IPv6Address]:
        return self._resolver.known("AAAA", name) or await self._in_time(self._resolver.aaaa(name))

    async def mx(self, name: str) -> Answer[tuple[int, str]]:
        return self._resolver.known("MX", name) or await self._in_time(self._resolver.mx(name))

    async def ptr(self, address: IPv4Address | IPv6Address) -> Answer[str]:
        known = self._resolver.known("PTR", address.reverse_pointer)
        return known or await self._in_time(self._resolver.ptr(address))

    async def _in_time(self, asked: Awaitable[Answer[_T]]) -> Answer[_T]:
        task = asyncio.ensure_future(asked)
        too_late = asyncio.get_running_loop().call_at(self._end, task.cancel)
        try:
            return await task
        except asyncio.CancelledError:
            if task.cancelled() and self._now() >= self._end:
                return Answer("failed")
            raise
        finally:
            too_late.cancel()
