"""What an SPF record costs whoever checks it, the records that it includes counted too (RFC 7208 §4.6.4).

A receiver that has come to its eleventh look-up, or its third void one, says `permerror`: the record then helps nobody. Counted
is the worst case, a message that no mechanism matches. What depends on the message (macros) counts as one look-up.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from fumibako.mailauth.spf.macro import MacroString
from fumibako.mailauth.spf.record import SpfRecord, is_spf, parse_record

LOOK_UPS: Final = 10  # "SPF implementations MUST limit the total number of those terms to 10"
VOIDS: Final = 2  # "SPF implementations SHOULD limit void lookups to two"
_MOST: Final = 60  # names that are asked for; a record with more is far beyond the limit already

Ask: TypeAlias = Callable[[str, str], Awaitable[Sequence[str] | None]]
"""A name and a type to values as `Record.value` has them; None where nobody answered."""


@dataclass(frozen=True, slots=True)
class SpfTerm:
    """A term that looks something up, and what it costs with all that it leads to."""

    text: str
    look_ups: int
    voids: int = 0


@dataclass(frozen=True, slots=True)
class SpfCost:
    """`terms` are the record's own. `broken` are names whose records it includes and that have none that can be used;
    `unanswered` those that could not be asked for: the figures may then be too low."""

    terms: tuple[SpfTerm, ...] = ()
    broken: tuple[str, ...] = ()
    unanswered: tuple[str, ...] = ()

    @property
    def look_ups(self) -> int:
        return sum(term.look_ups for term in self.terms)

    @property
    def voids(self) -> int:
        return sum(term.voids for term in self.terms)

    def as_json(self) -> dict[str, Any]:
        return {
            "look_ups": self.look_ups,
            "voids": self.voids,
            "terms": [{"term": each.text, "look_ups": each.look_ups, "voids": each.voids} for each in self.terms],
            "broken": list(self.broken),
            "unanswered": list(self.unanswered),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> SpfCost:
        terms = tuple(SpfTerm(each["term"], each["look_ups"], each["voids"]) for each in value["terms"])
        return cls(terms, tuple(value["broken"]), tuple(value["unanswered"]))


async def spf_cost(text: str, domain: str, ask: Ask) -> SpfCost | None:
    """The cost of a domain's record; None where it is malformed."""
    record = parse_record(text.encode("ascii", "replace"))
    if isinstance(record, str):
        return None
    count = _Count(ask)
    terms = [await count.term(*each, domain, frozenset({domain})) for each in _asking(record)]
    return SpfCost(tuple(terms), tuple(count.broken), tuple(count.unanswered))


def _asking(record: SpfRecord) -> list[tuple[str, str, MacroString | None]]:
    """The terms that look something up: text, kind, domain-spec. A `redirect=` beside `all` is never come to (§5.1)."""
    terms = [(each.text, each.kind, each.domain) for each in record.mechanisms if each.looks_up]
    if record.redirect is not None and not any(each.kind == "all" for each in record.mechanisms):
        terms.append((f"redirect={_written(record.redirect)}", "include", record.redirect))
    return list(terms)


@dataclass
class _Count:
    ask: Ask
    broken: dict[str, None] = field(default_factory=dict)
    unanswered: dict[str, None] = field(default_factory=dict)
    _known: dict[tuple[str, str], Sequence[str] | None] = field(default_factory=dict)

    async def term(self, text: str, kind: str, spec: MacroString | None, domain: str, above: frozenset[str]) -> SpfTerm:
        name = domain if spec is None else _plain(spec)
        if name is None or kind == "ptr":
            return SpfTerm(text, 1)
        if kind == "include":
            under = await self._record(name, above)
            return SpfTerm(text, 1 + sum(each.look_ups for each in under), sum(each.voids for each in under))
        types = {"mx": ("MX",), "a": ("A", "AAAA")}.get(kind, ("A",))
        found = [await self._values(name, type_) for type_ in types]
        return SpfTerm(text, 1, int(all(values is not None and not values for values in found)))

    async def _record(self, name: str, above: frozenset[str]) -> list[SpfTerm]:
        values = await self._values(name, "TXT")
        if values is None:
            return []
        texts = [octets for octets in (value.encode("latin-1", "replace") for value in values) if is_spf(octets)]
        record = parse_record(texts[0]) if len(texts) == 1 else ""
        if isinstance(record, str) or name in above:  # one that leads back to itself never ends
            self.broken[name] = None
            return []
        return [await self.term(*each, name, above | {name}) for each in _asking(record)]

    async def _values(self, name: str, type_: str) -> Sequence[str] | None:
        key = (name, type_)
        if key not in self._known:
            self._known[key] = await self.ask(name, type_) if len(self._known) < _MOST else None
        if self._known[key] is None:
            self.unanswered[name] = None
        return self._known[key]


def _plain(spec: MacroString) -> str | None:
    """The name that a domain-spec always stands for; None where that depends on the message."""
    parts = [part for part in spec if isinstance(part, str)]
    return "".join(parts).removesuffix(".").lower() if len(parts) == len(spec) else None


def _written(spec: MacroString) -> str:
    return _plain(spec) or "…"
