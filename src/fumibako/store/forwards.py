"""Which accounts forward to an address: their targets turned round once more, as those of aliases are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from fumibako.store import turned
from fumibako.store.chunks import chunks
from fumibako.store.insertion import insert
from fumibako.store.models import ForwardTarget

_CHUNK: Final = 5000


def leading_to(addresses: Iterable[str], limit: int) -> set[str]:
    """The accounts that forward to one of these addresses."""
    return turned.leading_to(ForwardTarget.objects.all(), "address", addresses, limit)


def leading_into(domain: str, limit: int) -> list[tuple[str, str]]:
    """Accounts that forward into the domain: (account, target in lower case), in the order of the targets."""
    return turned.leading_into(ForwardTarget.objects.all(), "address", domain, limit)


def point(wanted: Mapping[str, Sequence[str]]) -> None:
    """These accounts forward to these targets, and to no others. Runs in the caller's transaction."""
    for chunk in chunks(wanted, _CHUNK):
        ForwardTarget.objects.filter(address__in=chunk).delete()
        rows = ((key, each) for key in chunk for each in dict.fromkeys(map(turned.turned, wanted[key])))
        insert(ForwardTarget, ("address", "turned"), rows)
