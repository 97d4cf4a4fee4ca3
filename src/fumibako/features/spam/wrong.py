"""What is wrong with an entry, in words: the codes of `fumibako.mail.sender_pattern` and `fumibako.mail.dns_list`."""

from __future__ import annotations

from typing import Final

from fumibako.mail.malformed import Malformed
from fumibako.schema.codec import shown
from fumibako.schema.finding import Finding
from fumibako.schema.malformed import words
from fumibako.schema.text import Text

_WORDS: Final[dict[str, Text]] = {
    "sender-empty": Text(
        "There is nothing in this line. Write spam@example.co.jp, or @example.co.jp for a whole domain.",
        "何も書かれていません。spam@example.co.jp か、ドメイン全体なら @example.co.jp と書いてください。",
    ),
    "sender-control": Text(
        "There is a line break or an invisible character in it; write one sender a line.",
        "改行などの見えない文字が含まれています。1 行に 1 つずつ書いてください。",
    ),
    "sender-full-width": Text(
        "“{text}” has full-width characters. Write it with plain ones.",
        "「{text}」に全角文字が含まれています。半角で書いてください。",
    ),
    "sender-form": Text(
        "“{text}” is no sender. Write spam@example.co.jp, or @example.co.jp for exactly that domain.",
        "「{text}」はこの書き方では指定できません。spam@example.co.jp か、そのドメインだけなら @example.co.jp と書いてください。",
    ),
    "sender-local-part": Text(
        "What stands before the @ in “{text}” is no name that a sender can have.",
        "「{text}」の @ の前は、差出人の名前として使えません。",
    ),
    "list-form": Text(
        "“{text}” is no block list. Write its name, as in bl.example.net; with a weight bl.example.net*2, with the answers "
        "that count bl.example.net=127.0.0.[2..11].",
        "「{text}」は指定できません。bl.example.net のようにリストの名前を書いてください。重みは bl.example.net*2、"
        "数える応答は bl.example.net=127.0.0.[2..11] と書きます。",
    ),
    "list-codes": Text(
        "The answers that count in “{text}” are written as 127.0.0.2 or 127.0.0.[2..11;20].",
        "「{text}」の応答は 127.0.0.2 または 127.0.0.[2..11;20] のように書いてください。",
    ),
    "list-weight": Text(
        "The weight in “{text}” is not between 1 and {heaviest} (or below zero: it then speaks for a client).",
        "「{text}」の重みは 1〜{heaviest} で書いてください (負の値は許可する側に数えます)。",
    ),
}


def finding(wrong: Malformed, path: str) -> Finding:
    """The finding for an entry that is none, with what was probably meant where that is plain."""
    right = wrong.details.get("right")
    if wrong.code not in _WORDS:
        return Finding(wrong.code, path, words(wrong), suggestion=right)
    details = {name: shown(value) for name, value in {"text": "", **wrong.details}.items()}
    return Finding(wrong.code, path, _WORDS[wrong.code].with_(**details), suggestion=right)
