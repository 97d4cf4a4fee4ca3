"""The reply of an account while its owner is away, as it is declared (不在時の自動返信)."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field

from fumibako.schema.option import Option, Section
from fumibako.schema.text import Text

LONGEST_TEXT: Final = 10_000
MOST_ADDRESSES: Final = 100


class Vacation(Section):
    enabled: Annotated[bool, Option(Text("Reply", "自動返信する"))] = True
    first_day: Annotated[
        str,
        Field(max_length=10),
        Option(
            Text("First day", "開始日"),
            Text("2026-08-10; empty: from now on.", "例: 2026-08-10。空欄ならすぐに始めます。"),
        ),
    ] = ""
    last_day: Annotated[
        str,
        Field(max_length=10),
        Option(
            Text("Last day", "終了日"),
            Text("2026-08-20; empty: until it is switched off.", "例: 2026-08-20。空欄ならオフにするまで続けます。"),
        ),
    ] = ""
    subject: Annotated[
        str,
        Field(max_length=200),
        Option(
            Text("Subject", "件名"),
            Text("Empty: “Auto:” and the subject of the mail.", "空欄なら「Auto:」と元の件名になります。"),
        ),
    ] = ""
    text: Annotated[str, Field(max_length=LONGEST_TEXT), Option(Text("Text", "本文"), prose=True)] = ""
    days: Annotated[
        int,
        Field(ge=1, le=365),
        Option(
            Text("The same sender again after", "同じ差出人への再返信"),
            Text("Who writes again sooner gets no second reply.", "この日数の間は、同じ相手に再び返信しません。"),
            unit=Text("days", "日後"),
        ),
    ] = 7
    addresses: Annotated[
        tuple[str, ...],
        Option(
            Text("Other addresses", "ほかの宛先"),
            Text(
                "One a line. Mail to these is answered too: aliases that lead here.",
                "1 行に 1 つ。このアカウントに届くエイリアスなど、返信の対象にする宛先です。",
            ),
        ),
    ] = ()
