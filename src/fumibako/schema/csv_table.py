"""CSV as spreadsheets write and read it: UTF-8 (with or without BOM) or Shift_JIS, a header, one row a line.

A cell that a spreadsheet would take for a formula is written with an apostrophe in front, which is what such programs
take for "this is text", and which is taken off again where the file is read.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from fumibako.schema.codec import shown, unknown_key
from fumibako.schema.finding import Finding, errors
from fumibako.schema.text import Text

# One cell may hold ten thousand addresses.
csv.field_size_limit(16 * 1024 * 1024)

LARGEST: Final = 64 * 1024 * 1024  # octets; some four hundred thousand accounts with their hashes
_PIECE: Final = 64 * 1024
SAID: Final = 1000  # findings; what is wrong with more lines is one thing that is wrong with the file

# Full-width signs are signs to spreadsheets in East Asian languages.
_FORMULA: Final = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")

_ENCODING = Text(
    "This file is neither UTF-8 nor Shift_JIS. Save it again as CSV UTF-8.",
    "文字コードが UTF-8 でも Shift_JIS でもありません。「CSV UTF-8」で保存し直してください。",
)
_TOO_LARGE = Text(
    "The file is larger than {limit} MB. Split it into several files.",
    "ファイルが {limit} MB を超えています。複数のファイルに分けてください。",
)
_MORE = Text("There is more that is wrong; these are the first {n}.", "誤りがほかにもあります。最初の {n} 件です。")
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
    """`number` is the line of the file that the row begins on; cells that are missing are empty."""

    number: int
    cells: Mapping[str, str]


def decoded(data: bytes) -> str | None:
    """The text of a file; None where it is in no encoding that is taken."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return None  # it would pass for Shift_JIS
    for encoding in ("utf-8-sig", "cp932"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def unknown_encoding() -> Finding:
    return Finding("csv-encoding", "line 1", _ENCODING)


def too_large() -> Finding:
    return Finding("csv-too-large", "", _TOO_LARGE.with_(limit=LARGEST // (1024 * 1024)))


def read(
    text: str, *, required: Sequence[str], known: Sequence[str], exact: Collection[str] = ()
) -> tuple[list[Line], list[Finding]]:
    """The rows by the names of their columns, in any order of the columns; lines without any cell are left out. Cells of
    the columns `exact` are taken to the letter, an apostrophe in front with them. Findings have the path `line N`."""
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    lines: list[Line] = []
    findings: list[Finding] = []
    header: list[str] | None = None
    begins = 1
    try:
        for cells in reader:
            number, begins = begins, reader.line_num + 1
            if len(findings) > SAID:
                break
            if header is None:
                header = [cell.strip().lower() for cell in cells]
                findings += _of_header(header, required, known)
                if findings:
                    break
            elif any(cell.strip() for cell in cells):
                if len(cells) > len(header):
                    findings.append(at_line(number, "csv-cells", _CELLS.with_(number=len(cells))))
                    continue
                row = dict.fromkeys(header, "")
                row.update(
                    (name, cell if name in exact else plain_cell(cell))
                    for name, cell in zip(header, cells, strict=False)
                )
                lines.append(Line(number, row))
    except csv.Error as error:
        findings.append(at_line(begins, "csv", _UNREADABLE.with_(why=shown(error))))
    if header is None:
        findings += _of_header([], required, known)
    return lines, findings


def write(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return "".join(written(columns, rows))


def written(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """The file piece by piece, however many rows there are."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([harmless_cell(cell) for cell in row])
        if out.tell() > _PIECE:
            yield out.getvalue()
            out.seek(0)
            out.truncate()
    yield out.getvalue()


def at_line(number: int, code: str, message: Text, suggestion: str | None = None) -> Finding:
    return Finding(code, f"line {number}", message, suggestion=suggestion)


def some_of(findings: Sequence[Finding]) -> list[Finding]:
    """All of them in the order of their lines, errors alone where there are any, and no more than somebody can read."""
    said = sorted(errors(findings) or findings, key=_line)
    severity = said[0].severity if said else "error"
    more = Finding("csv-more", "", _MORE.with_(n=SAID), severity)
    return said if len(said) <= SAID else [*said[:SAID], more]


def _line(finding: Finding) -> int:
    number = finding.path.removeprefix("line ")
    return int(number) if number.isdecimal() else 0


def harmless_cell(text: str) -> str:
    return f"'{text}" if _FORMULA.match(text) else text


def plain_cell(text: str) -> str:
    """The inverse of `harmless_cell`."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


def _of_header(header: Sequence[str], required: Sequence[str], known: Sequence[str]) -> list[Finding]:
    findings = [at_line(1, "csv-column", _NO_COLUMN.with_(column=name)) for name in required if name not in header]
    if findings:
        return findings
    twice = [name for name in dict.fromkeys(header) if header.count(name) > 1]
    findings += [at_line(1, "csv-column-twice", _TWICE.with_(column=shown(name))) for name in twice]
    return findings + [
        Finding(each.code, "line 1", each.message, suggestion=each.suggestion)
        for each in (unknown_key(name, (), known) for name in header if name not in known)
    ]
