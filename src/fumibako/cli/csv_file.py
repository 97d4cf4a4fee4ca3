"""CSV files that go in and come out."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final

import typer

from fumibako.cli.language import say
from fumibako.cli.session import DONE, Session
from fumibako.cli.terminal import tell, tell_json
from fumibako.home.refusal import refused

CsvFile = Annotated[
    str,
    typer.Argument(metavar="FILE", help=say("The CSV file; - is standard input.", "CSV ファイル。- なら標準入力。")),
]
OfDomain = Annotated[
    str | None, typer.Option("--domain", metavar="DOMAIN", help=say("Of this domain.", "このドメインだけ。"))
]

LARGEST: Final = 64 * 1024 * 1024  # schema.csv_table.LARGEST, which is not imported for a word of help


def text_of(file: str) -> str:
    """Its text. Raises `Refused` for what cannot be read as CSV at all."""
    from fumibako.schema.csv_table import decoded

    try:
        if file == "-":
            data = sys.stdin.buffer.read(LARGEST + 1)
        else:
            with Path(file).open("rb") as stream:
                data = stream.read(LARGEST + 1)
    except OSError as error:
        why = error.strerror or str(error)
        raise refused("file-unreadable", "FILE", f"{file}: {why}", f"{file} を読めません: {why}") from None
    if len(data) > LARGEST:
        raise refused(
            "csv-too-large",
            "FILE",
            f"{file} is larger than 64 MB. Split it into several files.",
            f"{file} は 64 MB を超えています。複数のファイルに分けてください。",
        )
    text = decoded(data)
    if text is None:
        raise refused(
            "csv-encoding",
            "FILE",
            f"{file} is neither UTF-8 nor Shift_JIS.",
            f"{file} の文字コードが UTF-8 でも Shift_JIS でもありません。",
        )
    return text


def tell_csv(session: Session, path: str, query: Mapping[str, str]) -> int:
    """The console's CSV file on standard output."""
    text = session.ask("GET", path, query=query, as_text=True)
    if session.json:
        tell_json({"csv": text})
    else:
        tell(text.replace("\r\n", "\n").rstrip("\n"))
    return DONE
