"""A DNS record as its page shows it: how it stands in a word, and its value in the pieces that people type."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from fumibako.schema.text import Text
from fumibako.zone.compare import Compared, State
from fumibako.zone.record import Record
from fumibako.zone.spf_cost import LOOK_UPS, SpfCost

# How a record stands: a word, an icon, a tone.
STATES: Final[Mapping[State, tuple[Text, str, str]]] = {
    "present": (Text("in order", "正常"), "circle-check", "moss"),
    "missing": (Text("missing", "未登録"), "circle-x", "vermilion"),
    "different": (Text("different", "内容が異なる"), "triangle-alert", "vermilion"),
    "doubled": (Text("doubled", "重複"), "triangle-alert", "vermilion"),
    "unsettled": (Text("not everywhere yet", "一部のサーバーのみ"), "hourglass", "indigo"),
    "unknown": (Text("not known", "未確認"), "circle-question-mark", ""),
}
_COST: Final = Text("{number} of {limit} look-ups: {terms}", "問い合わせ {number}/{limit} 回: {terms}")
_NAME: Final = Text("Name", "名前")
_TYPE: Final = Text("Type", "種類")
_TEXT: Final = Text("Value", "値")
_PART: Final = Text("String {number}", "文字列 {number}")
_PARTS: Final[Mapping[str, tuple[Text, ...]]] = {
    "MX": (Text("Priority", "優先度"), Text("Mail server", "メールサーバー")),
    "SRV": (Text("Priority", "優先度"), Text("Weight", "重み"), Text("Port", "ポート"), Text("Target", "ターゲット")),
}


@dataclass(frozen=True, slots=True)
class ShownServer:
    """What one name server says of a record, where they do not all say the same."""

    server: str
    word: Text
    icon: str
    tone: str
    published: Sequence[str]


@dataclass(frozen=True, slots=True)
class Shown:
    """A record as the page shows it; `fields` are what web forms of registrars ask for, one by one; `cost` is what an SPF
    record's look-ups come to."""

    record: Record
    word: Text
    icon: str
    tone: str
    remark: Text | None
    published: Sequence[str]
    line: str
    fields: Sequence[tuple[Text, str]]
    servers: Sequence[ShownServer] = ()
    cost: Text | None = None


def shown(found: Compared, zone: str) -> Shown:
    """The record, its name said as the web form of `zone` wants it."""
    record = found.record
    word, icon, tone = STATES[found.state]
    fields = [(_NAME, record.relative_name(zone)), (_TYPE, record.type)]
    if record.type in _PARTS:
        fields += zip(_PARTS[record.type], record.value.split(" "), strict=True)
    elif len(strings := record.strings()) == 1:
        fields.append((_TEXT, record.value))
    else:
        fields += [(_TEXT, record.value), *((_PART.with_(number=n), text) for n, text in enumerate(strings, 1))]
    old = () if found.state == "present" else found.published
    servers = [ShownServer(each.server, *STATES[each.state], each.published) for each in found.told]
    # Beyond the limit the remark says it.
    counted = found.cost is not None and found.cost.terms and found.cost.look_ups <= LOOK_UPS
    cost = _cost(found.cost) if found.cost is not None and counted else None
    return Shown(record, word, icon, tone, found.remark, old, record.zone_line(), fields, servers, cost)


def _cost(cost: SpfCost) -> Text:
    terms = ", ".join(f"{each.text} {each.look_ups}" for each in cost.terms)
    return _COST.with_(number=cost.look_ups, limit=LOOK_UPS, terms=terms)
