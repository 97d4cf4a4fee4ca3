"""Reading what a daemon has said since a moment."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

# What is an error beyond doubt in Postfix's and Dovecot's logs. `postfix check` and `doveconf` see none of these.
COMPLAINT: Final = re.compile(
    r"fatal|panic|error:|unknown smtpd restriction|non-null host|unsupported dictionary|disabling TLS|451 4\.3"
    r"|ignoring inet_|error opening|is unavailable",
    re.IGNORECASE,
)
_MOST: Final = 1_000_000


class LogTail:
    """A log from its present end on."""

    def __init__(self, path: str, *, from_start: bool = False) -> None:
        self._path = path
        self._offset = 0 if from_start else _size(path)

    def text(self) -> str:
        """Everything written since; a log that has become shorter was begun anew."""
        offset = self._offset if self._offset <= _size(self._path) else 0
        try:
            with Path(self._path).open("rb") as file:
                file.seek(offset)
                return file.read(_MOST).decode(errors="replace")
        except OSError:
            return ""

    def complaints(self) -> list[str]:
        """The lines that tell of an error."""
        return [line for line in self.text().split("\n") if COMPLAINT.search(line)]


def _size(path: str) -> int:
    try:
        return Path(path).stat().st_size
    except OSError:
        return 0
