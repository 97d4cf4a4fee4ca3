"""Which addresses a trial's namespace needs beside the loopback's own."""

from __future__ import annotations

from collections.abc import Iterable

from fumibako.applier.grammar.words import is_address
from fumibako.applier.listeners import Listener


def needed(addresses: Iterable[str]) -> list[str]:
    """Those to add to `lo`: no wildcards, not 127.0.0.0/8 and ::1, which are there already, none twice."""
    found = {Listener.of(address, 0) for address in addresses if is_address(address)}
    return sorted(
        one.address
        for one in found
        if not one.is_wildcard and not one.address.startswith("127.") and one.address != "::1"
    )
