"""The words of the page that tests a message."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from fumibako.schema.text import Text

# Name of the field: its label, what to know about it.
FIELDS: Final[Mapping[str, tuple[Text, Text | None]]] = {
    "client": (
        Text("Client's IP address", "送信元の IP アドレス"),
        Text(
            "Stands in the message's top Received field. Empty: SPF is not checked.",
            "メールの先頭の Received にあります。空欄なら SPF は検査しません。",
        ),
    ),
    "helo": (Text("HELO name", "HELO の名前"), None),
    "from": (
        Text("Envelope sender (MAIL FROM)", "エンベロープ差出人 (MAIL FROM)"),
        Text("Stands in Return-Path. Empty: the null path.", "Return-Path にあります。空欄なら空の差出人です。"),
    ),
    "login": (Text("Logged in as", "認証したアカウント"), Text("Empty: nobody.", "空欄なら認証なし。")),
}
METHODS: Final[Mapping[str, str]] = {
    "spf": "SPF",
    "dkim": "DKIM",
    "domainkeys": "DomainKeys",
    "dmarc": "DMARC",
    "arc": "ARC",
}
# The methods' own words; what says neither yes nor no has no tone.
TONES: Final[Mapping[str, str]] = {
    **dict.fromkeys(("pass", "good"), "moss"),
    **dict.fromkeys(("fail", "permerror", "bad", "revoked", "bad format"), "vermilion"),
    **dict.fromkeys(("softfail", "temperror", "policy"), "indigo"),
}
VERDICTS: Final[Mapping[str, tuple[Text, str, str]]] = {
    "accept": (Text("It would be accepted", "受け付けます"), "circle-check", "good"),
    "reject": (Text("It would be refused", "拒否します"), "circle-x", "wrong"),
    "quarantine": (Text("It would be put into Junk", "受け付けて、迷惑メールに入れます"), "triangle-alert", "tell"),
}
