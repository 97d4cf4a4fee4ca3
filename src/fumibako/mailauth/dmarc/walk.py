"""The tree walk: from a domain up to the root, at most eight questions (RFC 9989 §4.10)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from fumibako.mail.alabel import LONGEST_NAME
from fumibako.mailauth.dmarc.record import DmarcRecord, is_dmarc, parse_record
from fumibako.mailauth.resolver import Resolver

QUERY_LIMIT = 8


class Unanswered(Exception):
    """A record could not be looked up for now; the argument is its name."""


class Found(NamedTuple):
    """A record and where it stands."""

    domain: str
    record: DmarcRecord


@dataclass(slots=True)
class Tree:
    """The DNS seen through one evaluation: each name is asked for once."""

    resolver: Resolver
    _known: dict[str, list[DmarcRecord]] = field(default_factory=dict)

    async def records(self, domain: str) -> list[DmarcRecord]:
        """All DMARC records of one domain: more than one is none (§4.10 step 2). Raises `Unanswered`."""
        known = self._known.get(domain)
        if known is None:
            name = _name(domain)
            if len(name) > LONGEST_NAME:
                return []
            answer = await self.resolver.txt(name)
            if answer.outcome == "failed":
                raise Unanswered(name)
            known = self._known[domain] = [parse_record(text) for text in answer.records if is_dmarc(text)]
        return known

    async def walk(self, domain: str) -> list[Found]:
        """The records at the domain and above it, the longest name first; a `psd` of y or n ends the walk."""
        found = []
        for target in targets(domain):
            records = await self.records(target)
            if len(records) == 1:
                found.append(Found(target, records[0]))
                if records[0].psd != "u":
                    break
        return found


def names(domain: str) -> list[str]:
    """The names that a walk from the domain may ask for, in its order: who wants to ask ahead finds them here."""
    return [name for each in targets(domain) if len(name := _name(each)) <= LONGEST_NAME]


def _name(domain: str) -> str:
    return f"_dmarc.{domain}"


def targets(domain: str) -> list[str]:
    """The names to ask at: the domain itself, then from its last seven labels upward (§4.10 steps 3 to 7)."""
    labels = domain.split(".")
    start = 1 if len(labels) < QUERY_LIMIT else len(labels) - QUERY_LIMIT + 1
    return [domain, *(".".join(labels[place:]) for place in range(start, len(labels)))]


def organizational_domain(domain: str, found: Sequence[Found]) -> str:
    """Which of the domains of a walk is the organization's (§4.10.2)."""
    for place in found:
        if place.record.psd == "n":
            return place.domain
        if place.record.psd == "y" and place.domain != domain:
            return one_below(domain, place.domain)
    return found[-1].domain if found else domain


def one_below(domain: str, above: str) -> str:
    """The name one label longer than `above`, on the way down to `domain`."""
    labels = domain.split(".")
    return ".".join(labels[-(above.count(".") + 2) :])
