"""Limits in MBytes and what is used of them."""

from __future__ import annotations

from typing import Final

MBYTE: Final = 1_048_576  # octets, as Dovecot's M is


def percent(used: int, limit: int | None) -> int | None:
    """How much of a limit in MBytes these octets are; more than a hundred where more was accepted than fits. None without
    a limit."""
    return None if limit is None else used * 100 // (limit * MBYTE)
