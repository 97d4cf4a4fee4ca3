"""What is wrong with an account's forwarding and its automatic reply, looked at alone."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from fumibako.features.aliases.check import check_targets
from fumibako.features.aliases.rows import folded
from fumibako.features.delivery.vacation import MOST_ADDRESSES
from fumibako.schema.finding import Finding
from fumibako.schema.place import Json
from fumibako.schema.text import Text

# A person has a few; whoever wants a list makes an alias.
MOST_FORWARD: Final = 20

_MANY = Text("At most {most} addresses.", "アドレスは {most} 件までです。")
_ITSELF = Text(
    "This is the account itself. To keep mail here too, switch on “Keep a copy”.",
    "このアカウント自身のアドレスです。手元にも残すには「メールボックスにも残す」をオンにしてください。",
)
_NO_TEXT = Text("Write what the reply says.", "返信の本文を書いてください。")
_NO_DAY = Text("Write the day as 2026-08-10.", "日付は 2026-08-10 の形で書いてください。")
_ENDS_FIRST = Text("The last day is before the first.", "終了日が開始日より前です。")


def check_forward(path: str, address: str, targets: Sequence[str]) -> list[Finding]:
    if len(targets) > MOST_FORWARD:
        return [Finding("too-many-targets", path, _MANY.with_(most=MOST_FORWARD))]
    if address.lower() in map(folded, targets):
        return [Finding("forward-itself", path, _ITSELF)]
    return check_targets(path, targets) if targets else []


def check_vacation(path: str, vacation: Mapping[str, Json] | None) -> list[Finding]:
    if vacation is None:
        return []
    findings = [
        Finding("not-a-day", f"{path}/{name}", _NO_DAY)
        for name in ("first_day", "last_day")
        if vacation[name] and not _is_day(vacation[name])
    ]
    if vacation["enabled"] and not vacation["text"].strip():
        findings.append(Finding("no-text", f"{path}/text", _NO_TEXT))
    if not findings and vacation["last_day"] and vacation["last_day"] < vacation["first_day"]:
        findings.append(Finding("ends-first", f"{path}/last_day", _ENDS_FIRST))
    if len(vacation["addresses"]) > MOST_ADDRESSES:
        findings.append(Finding("too-many-targets", f"{path}/addresses", _MANY.with_(most=MOST_ADDRESSES)))
    elif vacation["addresses"]:
        findings += check_targets(f"{path}/addresses", vacation["addresses"])
    return findings


def _is_day(text: str) -> bool:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
