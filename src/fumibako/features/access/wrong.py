"""What is wrong with one entry, in words: the codes of `fumibako.mail.client_pattern` for people."""

from __future__ import annotations

from typing import Final

from fumibako.mail.malformed import Malformed
from fumibako.schema.codec import shown
from fumibako.schema.finding import Finding
from fumibako.schema.malformed import words
from fumibako.schema.text import Text

_WORDS: Final[dict[str, Text]] = {
    "client-empty": Text(
        "There is nothing in this line. Write an address, a network, a range or a domain.",
        "何も書かれていません。IP アドレス、ネットワーク、範囲、ドメインのいずれかを書いてください。",
    ),
    "client-control": Text(
        "There is a line break or an invisible character in it; write one client a line.",
        "改行などの見えない文字が含まれています。1 行に 1 つずつ書いてください。",
    ),
    "client-full-width": Text(
        "“{text}” has full-width characters. Write it with plain ones.",
        "「{text}」に全角文字が含まれています。半角で書いてください。",
    ),
    "client-form": Text(
        "“{text}” is no address, network, range or domain. Write it as 192.168.0.1, 192.168.0., 192.168.0.21-24, "
        "10.1.0.0/16 or example.com.",
        "「{text}」はこの書き方では指定できません。192.168.0.1、192.168.0.、192.168.0.21-24、10.1.0.0/16、example.com "
        "のように書いてください。",
    ),
    "client-octet": Text(
        "“{octet}” in “{text}” is not between 0 and 255.", "「{text}」の {octet} は 0〜255 の範囲にありません。"
    ),
    "client-zeros": Text(
        "“{text}” has numbers that begin with 0, which some programs read as octal. Write it without them.",
        "「{text}」に 0 で始まる数があります。8 進数と読まれることがあるので、先頭の 0 を除いてください。",
    ),
    "client-backwards": Text(
        "“{text}” ends before it begins. Write the lower address first.",
        "「{text}」は終わりが始まりより前です。小さいほうを先に書いてください。",
    ),
    "client-prefix": Text(
        "The number after / in “{text}” is not between 0 and {longest}.",
        "「{text}」の / の後ろは 0〜{longest} で書いてください。",
    ),
    "client-mask": Text(
        "Write the network with the number of its bits, not with a mask.",
        "ネットマスクではなく、/ の後ろにビット数を書いてください。",
    ),
    "client-host-bits": Text(
        "“{text}” is neither a host nor a network: for the whole network write {right}, for this host alone {host}.",
        "「{text}」はホストともネットワークとも読めます。ネットワーク全体なら {right}、このホストだけなら {host} と書いてください。",
    ),
    "client-mapped": Text(
        "“{text}” is IPv4 written as IPv6. Write it as IPv4.",
        "「{text}」は IPv4 を IPv6 の形で書いたものです。IPv4 の形で書いてください。",
    ),
    "client-everybody": Text(
        "“{text}” stands for everybody, or for half of the world: anyone could send spam through this server. Write only "
        "the addresses of your own hosts; people on the road log in.",
        "「{text}」はすべて、または世界の半分のアドレスを表します。誰でもこのサーバーから迷惑メールを送れてしまいます。"
        "自分たちのホストだけを書いてください。外出先からは SMTP 認証で送れます。",
    ),
    "client-top-level": Text(
        "“{text}” alone would permit every host under it. Write a whole domain such as example.com.",
        "「{text}」だけでは、その下のすべてのホストを許可することになります。example.com のようにドメイン名全体を書いてください。",
    ),
}


def finding(wrong: Malformed, path: str) -> Finding:
    """The finding for an entry that is none, with what was probably meant where that is plain."""
    right = wrong.details.get("right")
    if wrong.code not in _WORDS:
        return Finding(wrong.code, path, words(wrong), suggestion=right)
    details = {name: shown(value) for name, value in {"text": "", **wrong.details}.items()}
    return Finding(wrong.code, path, _WORDS[wrong.code].with_(**details), suggestion=right)
