"""The text of a CSV file that somebody named."""

from __future__ import annotations

import sys
from pathlib import Path

from fumibako.home.refusal import refused


def text_of(file: str) -> str:
    from fumibako.schema.csv_table import decoded

    try:
        data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        why = error.strerror or str(error)
        raise refused("file-unreadable", "FILE", f"{file}: {why}", f"{file} を読めません: {why}") from None
    text = decoded(data)
    if text is None:
        raise refused(
            "csv-encoding",
            "FILE",
            f"{file} is neither UTF-8 nor Shift_JIS.",
            f"{file} の文字コードが UTF-8 でも Shift_JIS でもありません。",
        )
    return text
