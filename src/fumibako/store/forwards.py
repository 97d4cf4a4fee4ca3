"""Which accounts forward to an address: their targets turned round once more, as those of aliases are (`store.aliases`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Final

from fumibako.store.aliases import LAST, turned, turned_back
from fumibako.store.insertion import insert
from fumibako.store.models import ForwardTarget

_CHUNK: Final = 5000


def leading_to(addresses: Iterable[str], limit: int) -> set[str]:
    """The accounts that forward to one of these addresses."""
    found: set[str] = set()
    for chunk in _chunks(dict.fromkeys(map(turned, addresses))):
        if len(found) >= limit:
            break
        targets = ForwardTarget.objects.filter(turned__in=chunk)
        found |= set(targets.values_list("address", flat=True)[: limit - len(found)])
    return found


def leading_into(domain: str, limit: int) -> list[tuple[str, str]]:
    """Accounts that forward into the domain: (account, target in lower case), in the order of the targets."""
    inside = ForwardTarget.objects.filter(turned__gte=f"{domain}@", turned__lt=f"{domain}@{LAST}").order_by("turned")
    pairs = inside.values_list("address", "turned")[:limit]
    return [(address, turned_back(target)) for address, target in pairs]


def point(wanted: Mapping[str, Sequence[str]]) -> None:
    """These accounts forward to these targets, and to no others. Runs in the caller's transaction."""
    for chunk in _chunks(wanted):
        ForwardTarget.objects.filter(address__in=chunk).delete()
        rows = ((key, each) for key in chunk for each in dict.fromkeys(map(turned, wanted[key])))
        insert(ForwardTarget, ("address", "turned"), rows)


def _chunks(values: Iterable[str]) -> Iterable[list[str]]:
    rest = iter(values)
    while chunk := list(islice(rest, _CHUNK)):
        yield chunk
