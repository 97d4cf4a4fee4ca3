"""Whether mail shall run: one bit that outlives this process and the machine."""

from __future__ import annotations

import os
from pathlib import Path

from fumibako.layout import Home


class Wanted:
    """`HOME/applier/wanted` holds `yes` or `no`; a home that nobody started yet has no such file."""

    def __init__(self, home: Home) -> None:
        self._path = Path(home.applier) / "wanted"
        try:
            self.value = self._path.read_text().strip() == "yes"
        except OSError:
            self.value = False

    def set(self, value: bool) -> None:
        self.value = value
        unfinished = self._path.with_name(".wanted.new")
        with unfinished.open("w") as file:
            file.write("yes\n" if value else "no\n")
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(self._path)
