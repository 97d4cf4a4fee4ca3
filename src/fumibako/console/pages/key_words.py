"""The words for a signing key's life, drawn as five steps: which is now, since when, and what the next one waits for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from fumibako.features.authentication.rotation import KEPT
from fumibako.schema.text import Text
from fumibako.zone.compare import State

if TYPE_CHECKING:  # the samples of the gallery do without a database
    from fumibako.actions.signing_keys import Key

STEPS: Final = (
    Text("Published", "公開"),
    Text("Seen everywhere", "全サーバーで確認"),
    Text("Signs", "署名中"),
    Text("Old, kept a week", "旧鍵 (1 週間保持)"),
    Text("Withdrawn", "廃止"),
)
USES: Final[Mapping[str, str]] = {"dkim": "DKIM", "domainkeys": "DomainKeys"}
KINDS: Final[Mapping[str, str]] = {"rsa": "RSA", "ed25519": "Ed25519"}
_NOW: Final[Mapping[str, int]] = {"published": 1, "active": 2, "retiring": 3, "withdrawn": 4}

_AWAITED: Final = Text(
    "It signs as soon as every name server of the domain answers with its record. This server publishes it and looks again every minute.",
    "すべてのネームサーバーがレコードを返すようになると、署名に使います。公開はこのサーバーが行い、1 分ごとに確認します。",
)
_BY_HAND: Final = Text(
    "It signs as soon as every name server of the domain answers with its record. Publish the record: it stands under DNS.",
    "すべてのネームサーバーがレコードを返すようになると、署名に使います。DNS のページにあるレコードを登録してください。",
)
_SIGNS: Final = Text("Mail of the domain is signed with it.", "このドメインのメールに、この鍵で署名しています。")
_UNSEEN: Final = Text(
    "Mail is signed with it. Its record was not found in DNS so far.",
    "この鍵で署名しています。DNS のレコードはまだ確認できていません。",
)
_UNPUBLISHED: Final = Text(
    "Mail is signed with it, but DNS does not answer with its record: receivers cannot verify the signatures. Publish the record.",
    "この鍵で署名していますが、DNS にレコードがないため受信側で検証できません。レコードを登録してください。",
)
_KEPT: Final = Text(
    "Signs nothing more. Its record stays for mail that is still on its way.",
    "署名には使っていません。配送中のメールを検証できるように、レコードを残しています。",
)
_WITHDRAWN: Final = Text("Signs nothing; its record may go.", "使っていません。レコードは削除してかまいません。")


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the life: `place` is "past", "now" or "later"; `at` when it began or will begin, None where nobody knows."""

    title: Text
    place: str
    at: datetime | None = None


def life(key: Key, record: State | None) -> list[Step]:
    """The steps of a key, those behind it first. A domain's first key may sign before its record, whose state is
    `record`, was ever found: then those steps are not behind it."""
    now = _NOW[key.state]
    dates: dict[int, datetime] = {0: key.made, now: key.since}
    if key.state == "published":
        dates = {0: key.made}
    if key.state == "retiring":
        dates[4] = key.since + timedelta(seconds=KEPT)
    unseen = key.state == "active" and record != "present"
    if unseen:
        del dates[0]
    return [
        Step(
            title,
            "later" if unseen and place < now else "past" if place < now else "now" if place == now else "later",
            dates.get(place),
        )
        for place, title in enumerate(STEPS)
    ]


def waiting_for(key: Key, record: State | None, *, published_here: bool) -> tuple[Text, str]:
    """What the key does or waits for, and its tone. `record` is how its DNS record was found last."""
    match key.state:
        case "published":
            return (_AWAITED if published_here else _BY_HAND), "tell"
        case "active":
            if record in ("missing", "different", "doubled"):
                return _UNPUBLISHED, "wrong"
            return (_SIGNS, "good") if record == "present" else (_UNSEEN, "tell")
        case "retiring":
            return _KEPT, ""
    return _WITHDRAWN, ""
