"""What is wrong with a domain or an address, in words: the codes of `fumibako.mail` for people."""

from __future__ import annotations

from typing import Final

from fumibako.mail.malformed import Malformed
from fumibako.schema.codec import shown
from fumibako.schema.text import Text

_WORDS: Final[dict[str, Text]] = {
    "domain-empty": Text(
        "A domain name is missing. Write it as example.jp.",
        "ドメイン名がありません。example.jp のように書いてください。",
    ),
    "domain-control": Text(
        "There is a line break or another control character in the domain name; write one name alone.",
        "ドメイン名に改行などの制御文字が含まれています。名前を 1 つだけ書いてください。",
    ),
    "domain-too-long": Text(
        "“{text}” is too long: a domain name has at most 253 characters.",
        "「{text}」は長すぎます。ドメイン名は 253 文字までです。",
    ),
    "domain-label": Text(
        "“{text}” is not a domain name. Between its dots stand 1 to 63 letters, digits or hyphens, no hyphen at either end.",
        "「{text}」はドメイン名ではありません。点で区切られた各部分は 1〜63 文字の英数字とハイフンで、両端にハイフンは使えません。",
    ),
    "domain-single-label": Text(
        "“{text}” has no dot: write the whole name, as in example.jp.",
        "「{text}」には点がありません。example.jp のように完全な名前で書いてください。",
    ),
    "domain-address": Text(
        "“{text}” is an address, not a domain name. Write a name such as example.jp.",
        "「{text}」は IP アドレスです。example.jp のような名前で書いてください。",
    ),
    "domain-idna": Text(
        "“{text}” holds characters that no domain name can have.",
        "「{text}」にはドメイン名に使えない文字が含まれています。",
    ),
    "address-no-domain": Text(
        "“{text}” has no domain. Write the whole address, as in hanako@example.jp.",
        "「{text}」にはドメインがありません。hanako@example.jp のように書いてください。",
    ),
    "local-part-empty": Text(
        "There is nothing before the @. Write a name, as in hanako@example.jp.",
        "@ の前に名前がありません。hanako@example.jp のように書いてください。",
    ),
    "local-part-too-long": Text(
        "“{text}” is too long: a name has at most 64 characters.", "「{text}」は長すぎます。名前は 64 文字までです。"
    ),
    "local-part-characters": Text(
        "“{text}” cannot be a name here: letters, digits and . _ - + = can.",
        "「{text}」は名前に使えません。使えるのは英数字と . _ - + = です。",
    ),
    "local-part-dots": Text(
        "“{text}” cannot be a name here: no dot at either end, no two dots together.",
        "「{text}」は名前に使えません。点は先頭や末尾に置けず、続けて書くこともできません。",
    ),
    "target-command": Text(
        "“{text}” would run a command. An alias leads to addresses only.",
        "「{text}」はコマンドの実行になります。エイリアス値に書けるのはアドレスだけです。",
    ),
    "target-file": Text(
        "“{text}” would write into a file. An alias leads to addresses only.",
        "「{text}」はファイルへの書き込みになります。エイリアス値に書けるのはアドレスだけです。",
    ),
    "target-include": Text(
        "“{text}” would read targets from a file. Write the addresses themselves, one a line.",
        "「{text}」は別のファイルの読み込みになります。アドレスを 1 行に 1 つずつ書いてください。",
    ),
    "target-quoted": Text(
        "“{text}” has quotes or backslashes in it; write a plain address, as in hanako@example.jp.",
        "「{text}」に引用符やバックスラッシュがあります。hanako@example.jp のように書いてください。",
    ),
    "target-domain": Text(
        "“{text}” is a whole domain. Write one address, as in hanako@example.jp.",
        "「{text}」はドメイン全体です。hanako@example.jp のようにアドレスを書いてください。",
    ),
    "target-characters": Text(
        "“{text}” cannot stand before an @: blanks, brackets, commas, bars and letters beyond ASCII cannot.",
        "「{text}」は @ の前に書けません。空白、かっこ、コンマ、縦棒、英数字以外の文字は使えません。",
    ),
    "target-dots": Text(
        "“{text}” cannot stand before an @: no dot at either end, no two dots together.",
        "「{text}」は @ の前に書けません。点は先頭や末尾に置けず、続けて書くこともできません。",
    ),
}


def words(wrong: Malformed) -> Text:
    """The sentence for what is wrong, the text itself shown harmlessly."""
    text = wrong.details.get("text", "")
    return _WORDS[wrong.code].with_(text=shown(text))


CODES: Final = frozenset(_WORDS)
