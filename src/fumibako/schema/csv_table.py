"""CSV as spreadsheets write and read it: UTF-8 (with or without BOM) or Shift_JIS, a header, one row a line.

A cell that a spreadsheet would take for a formula is written with an apostrophe in front, which is what such programs
take for "this is text", and which is taken off again where the file is read.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from fumibako.schema.codec import shown, unknown_key
from fumibako.schema.finding import Finding
from fumibako.schema.text import Text

# One cell may hold ten thousand addresses.
csv.field_size_limit(16 * 1024 * 1024)

_FORMULA: Final = re.compile(r"'*[=+\-@\t\r]")
_SAID: Final = 100

_ENCODING = Text(
    "This file is neither UTF-8 nor Shift_JIS. Save it again as CSV UTF-8.",
    "文字コードが UTF-8 でも Shift_JIS でもありません。「CSV UTF-8」で保存し直してください。",
)
_NO_COLUMN = Text(
    "The first line should name the columns; {column} is missing.", "1 行目の見出しに {column} の列がありません。"
)
_TWICE = Text("The column {column} stands twice.", "{column} の列が 2 つあります。")
_CELLS = Text(
    "There are {number} cells in this line, more than columns.",
    "この行は {number} 列あり、見出しより多くなっています。",
)
_UNREADABLE = Text("This line cannot be read as CSV ({why}).", "この行は CSV として読めません ({why})。")


@dataclass(frozen=True, slots=True)
class Line:
    """`number` is the line of the file that the row ends on; cells that are missing are empty."""

    number: int
    cells: Mapping[str, str]


def decoded(data: bytes) -> str | None:
    """The text of a file; None where it is in no encoding that is taken."""
    for encoding in ("utf-8-sig", "cp932"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def unknown_encoding() -> Finding:
    return Finding("csv-encoding", "line 1", _ENCODING)


def read(text: str, *, required: Sequence[str], known: Sequence[str]) -> tuple[list[Line], list[Finding]]:
    """The rows by the names of their columns, in any order of the columns; lines without any cell are left out. Findings
    have the path `line N`."""
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    lines: list[Line] = []
    findings: list[Finding] = []
    header: list[str] | None = None
    try:
        for cells in reader:
            if header is None:
                header = [cell.strip().lower() for cell in cells]
                findings += _of_header(header, required, known)
                if findings:
                    break
            elif any(cell.strip() for cell in cells):
                if len(cells) > len(header):
                    findings.append(_at(reader.line_num, "csv-cells", _CELLS.with_(number=len(cells))))
                row = dict(zip(header, (plain_cell(cell) for cell in cells), strict=False))
                lines.append(Line(reader.line_num, {name: row.get(name, "") for name in header}))
            if len(findings) >= _SAID:
                break
    except csv.Error as error:
        findings.append(_at(reader.line_num, "csv", _UNREADABLE.with_(why=shown(error))))
    if header is None:
        findings += _of_header([], required, known)
    return lines, findings


def write(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows([harmless_cell(cell) for cell in row] for row in rows)
    return out.getvalue()


def harmless_cell(text: str) -> str:
    return f"'{text}" if _FORMULA.match(text) else text


def plain_cell(text: str) -> str:
    """The inverse of `harmless_cell`."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


def _of_header(header: Sequence[str], required: Sequence[str], known: Sequence[str]) -> list[Finding]:
    findings = [_at(1, "csv-column", _NO_COLUMN.with_(column=name)) for name in required if name not in header]
    if findings:
        return findings
    twice = [name for name in dict.fromkeys(header) if header.count(name) > 1]
    findings += [_at(1, "csv-column-twice", _TWICE.with_(column=shown(name))) for name in twice]
    return findings + [
        Finding(each.code, "line 1", each.message, suggestion=each.suggestion)
        for each in (unknown_key(name, (), known) for name in header if name not in known)
    ]


def _at(number: int, code: str, message: Text) -> Finding:
    return Finding(code, f"line {number}", message)
