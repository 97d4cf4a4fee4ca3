"""Which zone a domain is in, of those that may be changed."""

from __future__ import annotations

from collections.abc import Collection


def zone_of(domain: str, zones: Collection[str]) -> str | None:
    """The nearest of the zones that the domain is or lies under; None where there is none."""
    labels = domain.split(".")
    names = (".".join(labels[start:]) for start in range(len(labels)))
    return next((name for name in names if name in zones), None)
