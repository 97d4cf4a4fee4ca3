"""A line of a table: what was measured, how much, and what it must stay below."""

from __future__ import annotations


class Table:
    """Prints as it goes; `missed` says whether any limit was."""

    def __init__(self) -> None:
        self.missed = False

    def line(self, what: str, value: float, unit: str, limit: float | None = None, more: str = "") -> None:
        over = limit is not None and value >= limit
        self.missed = self.missed or over
        beside = "" if limit is None else f"   {'MISSED' if over else 'below '} {limit:g} {unit}"
        print(f"{what:44}{value:9.2f} {unit:3}{beside}{more and f'   {more}'}", flush=True)
