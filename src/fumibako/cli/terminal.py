"""What is written where: results to standard output, messages to standard error, colours only on a terminal.

Texts may come from strangers (a log line, a subject, a name from a file): control characters, which could move the
cursor or retitle a window, are shown as `?` and never sent.
"""

from __future__ import annotations

import json
import os
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final, Literal, TextIO

from fumibako.cli.language import say

Colour = Literal["red", "green", "yellow", "cyan", "dim", "bold"]
_CODES: Final[dict[Colour, str]] = {
    "red": "31",
    "green": "32",
    "yellow": "33",
    "cyan": "36",
    "dim": "2",
    "bold": "1",
}


def harmless(text: object) -> str:
    """The text on one or more lines, without control and direction-changing characters."""
    return "".join(
        sign if sign in "\n\t" or unicodedata.category(sign) not in {"Cc", "Cf", "Cs", "Zl", "Zp"} else "?"
        for sign in str(text)
    )


def coloured(text: str, colour: Colour, stream: TextIO | None = None) -> str:
    """The text in a colour where the stream is a terminal that shall have colours (https://no-color.org)."""
    stream = stream or sys.stdout
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" or not stream.isatty():
        return text
    return f"\x1b[{_CODES[colour]}m{text}\x1b[0m"


def tell(text: str = "") -> None:
    """A line of the result."""
    sys.stdout.write(f"{text}\n")


def message(text: str) -> None:
    """A line about what happens, on standard error."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def tell_json(document: Any) -> None:
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")


def tell_findings(findings: Iterable[dict[str, Any]]) -> None:
    """Findings on standard error, one a line: what is wrong, where, and its code."""
    for finding in findings:
        warning, danger = (finding.get("severity") == severity for severity in ("warning", "danger"))
        word = say("warning", "注意") if warning else say("danger", "危険") if danger else say("error", "エラー")
        where = f"{harmless(finding['path'])}: " if finding.get("path") else ""
        shown = coloured(word, "yellow" if warning else "red", sys.stderr)
        message(f"{shown}: {where}{harmless(finding.get('message', ''))} [{harmless(finding.get('code', ''))}]")


def local_time(moment: str | None) -> str:
    """A moment of an answer as this machine's clock has it, to the minute."""
    return datetime.fromisoformat(moment).astimezone().strftime("%Y-%m-%d %H:%M") if moment else ""


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """The rows as lines with their columns under each other; wide letters count two cells (UAX #11)."""
    if not rows:
        return []
    widths = [max(_width(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)]
        lines.append("  ".join(cells).rstrip())
    return lines


def _width(text: str) -> int:
    return sum(
        0 if unicodedata.combining(sign) else 2 if unicodedata.east_asian_width(sign) in {"W", "F"} else 1
        for sign in text
    )
