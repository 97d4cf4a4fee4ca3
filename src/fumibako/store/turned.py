"""Targets turned round, domain first: so that an index finds who leads to an address, and who leads into a domain.

A table of them has the target as `turned` and, under some name, the key of the row that leads there.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet

from fumibako.store.chunks import chunks

LAST = "\U0010ffff"  # behind everything that begins alike
_AT_ONCE = 500


def turned(address: str) -> str:
    local_part, _, domain = address.lower().rpartition("@")
    return f"{domain}@{local_part}"


def turned_back(text: str) -> str:
    domain, _, local_part = text.partition("@")
    return f"{local_part}@{domain}"


def leading_to(targets: QuerySet[Any], key: str, addresses: Iterable[str], limit: int) -> set[str]:
    """The keys of what has one of these addresses among its targets."""
    found: set[str] = set()
    for chunk in chunks(dict.fromkeys(map(turned, addresses)), _AT_ONCE):
        if len(found) >= limit:
            break
        found |= set(targets.filter(turned__in=chunk).values_list(key, flat=True)[: limit - len(found)])
    return found


def leading_into(targets: QuerySet[Any], key: str, domain: str, limit: int) -> list[tuple[str, str]]:
    """What leads into the domain: (key, target in lower case), in the order of the targets."""
    inside = targets.filter(turned__gte=f"{domain}@", turned__lt=f"{domain}@{LAST}").order_by("turned")
    return [(found, turned_back(target)) for found, target in inside.values_list(key, "turned")[:limit]]
