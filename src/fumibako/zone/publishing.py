"""What is changed in a zone so that it says what is needed: only what this server put there is ever taken away.

A text is our own when the zone was once seen to hold exactly what was needed then (`Own`). Whatever else stands there is
somebody's wish: it is reported, not replaced. An SPF record is changed if all its terms stay.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from fumibako.mailauth.dmarc.record import is_dmarc
from fumibako.mailauth.spf.record import is_spf
from fumibako.zone.compare import Compared, Published, compared
from fumibako.zone.record import Record, Type

# Name, type and value of a record that this server put there.
Own = tuple[str, Type, str]

# What the domain's owner decides; once it is published it is his.
_OWNERS: Final = "v=TLSRPTv1"


@dataclass(frozen=True, slots=True)
class Change:
    """Of the records of `name` and `type` those with the values `gone` go, and the one with the value `come` comes."""

    name: str
    type: Type
    gone: tuple[str, ...] = ()
    come: str | None = None


def changes(found: Iterable[Compared], ours: Collection[Own]) -> list[Change]:
    """The changes that make what was found what is needed, as far as that is ours to do."""
    return [change for each in found if (change := _change(each, ours)) is not None]


def withdrawals(withdrawn: Iterable[Record], published: Published) -> list[Change]:
    """The changes that take out the records of keys that are withdrawn, where they still are."""
    found = [compared(record, published) for record in withdrawn]
    return [
        Change(each.record.name, each.record.type, gone=each.published) for each in found if each.state == "present"
    ]


def own(found: Iterable[Compared], ours: Collection[Own], published: Published) -> list[Own]:
    """What is our own from now on: of what was, that which still is; and what the zone holds as it is needed."""
    there = {(name, type_, value) for (name, type_), values in published.items() for value in values}
    kept = [each for each in ours if each in there]
    exact = [
        (each.record.name, each.record.type, each.record.value)
        for each in found
        if each.state in ("present", "unsettled", "doubled") and not _owners(each.record.value)
    ]
    return list(dict.fromkeys([*kept, *(each for each in exact if each in there)]))


def _change(found: Compared, ours: Collection[Own]) -> Change | None:
    record = found.record
    mine = tuple(value for value in found.published if (record.name, record.type, value) in ours)
    match found.state:
        case "missing":
            return Change(record.name, record.type, come=record.value)
        case "different" if is_spf(record.value.encode()):
            before = found.published[0]
            if before != record.value and set(before.split()) <= set(record.value.split()):
                return Change(record.name, record.type, gone=(before,), come=record.value)
        case "different" if mine == found.published:
            return Change(record.name, record.type, gone=mine, come=record.value)
        case "doubled":
            stale = tuple(value for value in mine if value != record.value)
            if stale and len(found.published) - len(stale) == 1:
                return Change(record.name, record.type, gone=stale)
    return None


def _owners(value: str) -> bool:
    text = value.encode("ascii", "replace")
    return is_spf(text) or is_dmarc(text) or value.startswith(_OWNERS)
