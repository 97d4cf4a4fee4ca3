"""DNS block lists: is the client of a stranger's session on them (RFC 5782)?

Postfix asks here after everybody who is ours has passed: a permitted or authenticated client is never looked up. All lists are
asked at once; the weights of those that have the client are added, and from the threshold on it gets 554 naming the lists. A
list that does not answer in its time says nothing, and is left alone for a while; one of which the agent found that it lists
everybody, or nobody, is not asked at all; an answer by which a list refuses to serve this resolver counts for nothing.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final

from fumibako.features.spam.told import DEAD
from fumibako.mail.dns_list import ALWAYS_LISTED, NEVER_LISTED, DnsList, parse_dns_list, refuses
from fumibako.mailfilter.instance import Instance
from fumibako.mailfilter.list_counts import ListCounts
from fumibako.mailfilter.lookups import LookupsAway
from fumibako.mailfilter.policy import PolicyRequest, printable
from fumibako.plan.questions import PROBE_NAME

_log = logging.getLogger(__name__)

DUNNO: Final = "DUNNO"
LIST_SECONDS: Final = 5.0  # that a list has for its answer
_REASON_SECONDS: Final = 2.0
_LEFT_ALONE: Final = 60.0  # so long a list that did not answer is not waited for


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one list said of a client: whether it is on it, or that the list does not serve us, or that it is silent."""

    entry: DnsList
    listed: bool = False
    refused: bool = False
    silent: bool = False


class BlockLists:
    """The answerer of the context `block-lists`."""

    def __init__(self) -> None:
        self._silent: dict[str, float] = {}

    async def answer(self, request: PolicyRequest, instance: Instance) -> str:
        client = _address(request["client_address"])
        # Behind a scanner that names nobody, every client is the scanner: there is nothing to look up.
        if client is None or client.is_loopback or not instance.conf.block_lists:
            return DUNNO
        off = _switched_off(instance)
        asked = [entry for entry in _parsed(instance.conf.block_lists) if entry.name not in off]
        verdicts = await asyncio.gather(*(self._asked(entry, client, instance) for entry in asked))
        counts = ListCounts.of(instance)
        for verdict in verdicts:
            if verdict.refused:
                counts.add(verdict.entry.name, refused=1)
        # A clone is asked over a Unix socket, which has no port: nobody wanted to send anything there.
        real = request["helo_name"] != PROBE_NAME and request["server_port"] != "0"
        if sum(each.entry.weight for each in verdicts if each.listed) < instance.conf.block_list_threshold:
            return DUNNO
        against = [each.entry for each in verdicts if each.listed and each.entry.weight > 0]
        names = list(dict.fromkeys(entry.name for entry in against))
        for name in names if real else ():
            counts.add(name, hits=1)
        reason = await _reason(against[0], client, instance)
        return printable(f"554 5.7.1 Service unavailable; client [{client}] is listed by {', '.join(names)}{reason}")

    async def _asked(self, entry: DnsList, client: IPv4Address | IPv6Address, instance: Instance) -> Verdict:
        now = asyncio.get_running_loop().time()
        if self._silent.get(entry.name, 0.0) > now:
            return Verdict(entry, silent=True)
        try:
            async with asyncio.timeout(LIST_SECONDS):
                answer = await instance.resolver.a(entry.asked(client))
        except TimeoutError:
            answer = None
        if answer is None or answer.outcome == "failed":
            _log.warning("block list %s does not answer", entry.name)
            self._silent[entry.name] = asyncio.get_running_loop().time() + _LEFT_ALONE
            return Verdict(entry, silent=True)
        return Verdict(entry, listed=any(map(entry.lists, answer.records)), refused=any(map(refuses, answer.records)))


class ListState:
    """The answerer of the context `block-list-state`: how the list `list` is, as far as this filter's resolver sees it.

    It says `DUNNO` and one of `alive`, `everybody` (it lists 127.0.0.1, which must never be), `nobody` (it does not list
    127.0.0.2, which always must be), `refused` (it does not serve this resolver), `silent`; then its counts.
    """

    async def answer(self, request: PolicyRequest, instance: Instance) -> str:
        name = request["list"]
        state = await state_of(parse_dns_list(name), instance)
        hits, refused = ListCounts.of(instance).read(name)
        return f"{DUNNO} {state} hits={hits} refused={refused}"


class CountsOfList:
    """The answerer of the context `block-list-counts`: how often the list `list` decided, without asking it anything."""

    def answer(self, request: PolicyRequest, instance: Instance) -> str:
        hits, refused = ListCounts.of(instance).read(request["list"])
        return f"{DUNNO} hits={hits} refused={refused}"


async def state_of(entry: DnsList, instance: Instance) -> str:
    """See `ListState`."""
    bare = DnsList(entry.name)
    never, always = await asyncio.gather(
        instance.resolver.a(bare.asked(NEVER_LISTED)), instance.resolver.a(bare.asked(ALWAYS_LISTED))
    )
    if any(map(refuses, (*never.records, *always.records))):
        return "refused"
    # Whatever it says there, outside 127/8 as well: a domain that was given up often answers everything.
    if never.records:
        return "everybody"
    if "failed" in (never.outcome, always.outcome):
        return "silent"
    return "alive" if any(map(bare.lists, always.records)) else "nobody"


async def _reason(entry: DnsList, client: IPv4Address | IPv6Address, instance: Instance) -> str:
    """The list's own words (RFC 5782 §2.3), where it has some and is quick."""
    try:
        async with asyncio.timeout(_REASON_SECONDS):
            answer = await instance.resolver.txt(entry.asked(client))
    except TimeoutError:
        return ""
    words = [record.decode("utf-8", "replace").strip() for record in answer.records]
    return f"; {words[0]}" if words and words[0] else ""


def _switched_off(instance: Instance) -> frozenset[str]:
    """The lists that are not asked: the agent found them dead."""
    try:
        rows = instance.lookups.rows("SELECT name, state FROM block_lists")
    except LookupsAway:
        return frozenset()
    return frozenset(name for name, state in rows if state in DEAD)


@lru_cache(maxsize=4)
def _parsed(entries: tuple[str, ...]) -> tuple[DnsList, ...]:
    return tuple(parse_dns_list(entry) for entry in entries)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None
