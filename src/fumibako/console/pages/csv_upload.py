"""A CSV file that was sent with a form, and its lines in the words of a page."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from django.core.files.uploadedfile import UploadedFile

from fumibako.console.pages.account_form import Wrong
from fumibako.console.pages.places import name_of
from fumibako.console.peer import Request
from fumibako.schema import csv_table
from fumibako.schema.finding import Finding
from fumibako.schema.text import Text, plain

_NO_FILE = Text("Choose a file first.", "ファイルを選んでください。")
_LINE = Text("Line {number}", "{number} 行目")
_PREFIX: Final = "line "


def text_of(request: Request) -> tuple[str | None, list[Finding]]:
    """The file's text, or why there is none. A file of any size is on disk by now, and not in memory."""
    file = request.FILES.get("file")
    if not isinstance(file, UploadedFile) or not file.size:
        return None, [Finding("csv-no-file", "", _NO_FILE)]
    if file.size > csv_table.LARGEST:
        return None, [csv_table.too_large()]
    text = csv_table.decoded(file.read())
    return text, [] if text is not None else [csv_table.unknown_encoding()]


def wrong(findings: Iterable[Finding]) -> list[Wrong]:
    return [Wrong(each.message, "", _where(each.path)) for each in findings]


def _where(path: str) -> Text | None:
    if path.startswith(_PREFIX):
        return _LINE.with_(number=path.removeprefix(_PREFIX))
    return name_of(path) or (plain(path) if path else None)
