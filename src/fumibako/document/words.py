"""Edits in words: the settings view of a plan, the staged list, the history."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final, Literal

from fumibako.document.alike import key_of
from fumibako.document.settings import OPEN_MAPPINGS, SETS, options
from fumibako.features.basics.services import SERVICE_NAMES
from fumibako.features.directory.rows import APP_PASSWORDS, MAILBOX, SECRET_FIELDS, TABLES
from fumibako.features.directory.system_users import LIMITS
from fumibako.features.relay.words import route_words
from fumibako.mail.domain import DomainName
from fumibako.mail.malformed import Malformed
from fumibako.schema.codec import shown
from fumibako.schema.edit import Edit
from fumibako.schema.option import DeclaredOption, declared
from fumibako.schema.place import Json, Place, is_row
from fumibako.schema.text import Text, plain

Kind = Literal["added", "changed", "removed"]

CHAPTERS: Final[dict[str, Text]] = {
    "basics": Text("Basic settings", "基本設定"),
    "access": Text("Access control", "アクセス制御"),
    "quotas": Text("Mailbox quota", "スプール容量制限"),
    "relay": Text("Smart relay", "スマートリレー"),
    "spam": Text("Spam rejection", "スパム拒否設定"),
    "authentication": Text("Sender authentication", "送信者認証設定"),
    "dns": Text("DNS", "DNS"),
    "domains": Text("Domains", "ドメイン"),
    "accounts": Text("Accounts", "アカウント"),
    "aliases": Text("Aliases", "エイリアス設定"),
}
GROUPS: Final[dict[Place, Text]] = {
    ("basics", "tls"): Text("Certificate", "証明書"),
    ("basics", "advanced"): Text("Advanced", "高度な設定"),
    ("basics", "content_filter"): Text("Virus scanner", "ウイルススキャナー"),
    ("basics", "milter_scanner"): Text("Virus scanner (milter)", "ウイルススキャナー (milter)"),
    ("basics", "system_limits"): Text("Limit of system account", "システムアカウントの制限容量"),
    ("basics", "local_overrides"): Text("Own Postfix parameter", "独自の Postfix パラメーター"),
    ("relay", "default"): Text("Relay for everything else", "既定の中継先"),
    ("relay", "domains"): Text("Relay for mail to", "宛先ドメインの中継先"),
    ("relay", "senders"): Text("Relay for mail from", "差出人ドメインの中継先"),
    ("authentication", "spf"): plain("SPF"),
    ("authentication", "dkim"): plain("DKIM"),
    ("authentication", "dmarc"): plain("DMARC"),
    ("authentication", "arc"): plain("ARC"),
    ("authentication", "arc", "trusted_sealers"): Text("Trusted sealer", "信頼する ARC の署名者"),
    ("authentication", "signing"): Text("Signing for", "署名するドメイン"),
    ("dns", "update"): Text("Write access to the zone", "書き込みできるゾーン"),
    **{("basics", "services", name): plain(word) for name, word in SERVICE_NAMES.items()},
}
_ON, _OFF = Text("on", "オン"), Text("off", "オフ")
_NONE = Text("none", "なし")
_SECRET = plain("***")
_CARRIED = {MAILBOX: Text("mailbox", "メールボックス"), APP_PASSWORDS: Text("app passwords", "アプリパスワード")}
_LISTED: Final = 10


@dataclass(frozen=True, slots=True)
class Change:
    """One edit in words: `text` names the option or row, `was` and `now` are its values as a person reads them. For a
    row that is added or removed they are empty. `alike` is the key of edits like it (`document.alike`)."""

    path: str
    kind: Kind
    chapter: str
    text: Text
    was: Text
    now: Text
    alike: str = ""

    def as_json(self, language: str) -> dict[str, Any]:
        return {
            "path": self.path,
            "kind": self.kind,
            "text": self.text.in_(language),
            "was": self.was.in_(language),
            "now": self.now.in_(language),
        }


def describe(edit: Edit) -> Change:
    """The edit in words. Secrets print as `***`, hostile names as plain text on one line."""
    return replace(_described(edit), alike=key_of(edit))


def _described(edit: Edit) -> Change:
    if is_row(edit.place):
        return _row(edit)
    kind: Kind = "changed"
    if edit.place[:-1] in OPEN_MAPPINGS or edit.place[:-1] in SETS:
        kind = "added" if edit.was is None else "removed" if edit.now is None else "changed"
    if edit.place[:-1] in SETS:
        return Change(edit.path, kind, edit.chapter, label(edit.place), plain(""), plain(""))
    return Change(
        edit.path, kind, edit.chapter, label(edit.place), spoken(edit.place, edit.was), spoken(edit.place, edit.now)
    )


def label(place: Place) -> Text:
    """The option's name with the group it stands in: “Submission: port”."""
    group = next((GROUPS[place[:length]] for length in range(len(place) - 1, 1, -1) if place[:length] in GROUPS), None)
    if group is None and (place[:-1] in SETS or place[:-1] in OPEN_MAPPINGS):
        group = label(place[:-1])
    option = _options().get(place)
    own = option.option.label if option is not None else plain(shown(place[-1]))
    return own if group is None else Text("{group}: {own}", "{group}: {own}").with_(group=group, own=own)


def spoken(place: Place, value: Json) -> Text:
    """A value as a person reads it."""
    option = _options().get(place)
    if value is None or value == "" or value == []:
        return _NONE
    if isinstance(value, bool):
        return _ON if value else _OFF
    if option is not None and option.kind == "choice":
        return dict(option.option.choices).get(value, plain(shown(value)))
    if option is not None and option.option.blank == 0 and value == 0:
        return Text("no limit", "制限なし")
    if isinstance(value, list):
        return plain(", ".join(shown(item) for item in value))
    if place[0] == "relay" and isinstance(value, dict) and "host" in value:
        return route_words(value)
    if place[:-1] == LIMITS and isinstance(value, dict):
        return spoken_field("quota_mb", value.get("quota_mb"))
    if isinstance(value, dict):
        return plain(", ".join(f"{key} = {shown(item)}" for key, item in _flat(value)))
    if option is not None and option.option.unit is not None and isinstance(value, int):
        return Text(f"{value:,} {{unit}}", f"{value:,} {{unit}}").with_(unit=option.option.unit)
    return plain(shown(value))


def _flat(group: Mapping[str, Json], above: str = "") -> Iterator[tuple[str, Json]]:
    """The leaves of a group of groups, each by its dotted name."""
    for key, item in group.items():
        if isinstance(item, dict):
            yield from _flat(item, f"{above}{key}.")
        else:
            yield f"{above}{key}", item


def _row(edit: Edit) -> Change:
    table, key, *field = edit.place
    if not field:
        kind: Kind = "added" if edit.was is None else "removed"
        return Change(edit.path, kind, table, row_name(table, key), plain(""), plain(""))
    name = field[0]
    text = Text("{row}: {field}", "{row}: {field}").with_(row=row_name(table, key), field=row_field(table, name))
    if name in SECRET_FIELDS:
        return Change(edit.path, "changed", edit.chapter, text, _SECRET, _SECRET)
    was, now = spoken_field(name, edit.was), spoken_field(name, edit.now)
    return Change(edit.path, "changed", edit.chapter, text, was, now)


def row_field(table: str, name: str) -> Text:
    """The field of a row as people call it."""
    option = _row_options()[table].get(name)
    return option.option.label if option else _CARRIED[name]


def row_name(table: str, key: str) -> Text:
    """A row as a sentence calls it; domains as people write them."""
    word = {
        "domains": Text("Domain {name}", "ドメイン {name}"),
        "accounts": Text("Account {name}", "アカウント {name}"),
        "aliases": Text("Alias {name}", "エイリアス {name}"),
    }
    return word.get(table, plain("{name}")).with_(name=readable(key))


def readable(key: str) -> str:
    """The domain or address of a row as people write it, on one line."""
    local_part, at, domain = key.rpartition("@")
    try:
        return shown(f"{local_part}{at}{DomainName.parse(domain).unicode}")
    except Malformed:
        return shown(key)


def spoken_field(name: str, value: Json) -> Text:
    """The value of a row's field as a person reads it."""
    if isinstance(value, bool):
        return _ON if value else _OFF
    if name == "vacation":
        return _vacation(value)
    if name == APP_PASSWORDS:
        return _several([shown(each["name"]) for each in value or ()])
    if name == "quota_mb":
        return Text("no limit", "無制限") if value is None else plain(f"{value:,} MBytes")
    if isinstance(value, list):
        return _several([shown(item) for item in value])
    return _NONE if value in (None, "") else plain(shown(value))


def _vacation(value: Json) -> Text:
    """A reply in a sentence: whether it is on, when, and how it begins."""
    if not value or not value["enabled"]:
        return _OFF
    days = f"{value['first_day']} – {value['last_day']}" if value["first_day"] or value["last_day"] else ""
    return plain(" ".join(filter(None, [days, shown(value["subject"]), shown(value["text"].replace("\n", " "))])))


def _several(items: list[str]) -> Text:
    """A list in a sentence; of a long one the beginning and how many there are."""
    shown_items = ", ".join(items[:_LISTED])
    if len(items) <= _LISTED:
        return plain(shown_items) if items else _NONE
    more = len(items) - _LISTED
    return Text("{items} and {more} more", "{items} ほか {more} 件").with_(items=shown_items, more=f"{more:,}")


@cache
def _options() -> dict[Place, DeclaredOption]:
    return options()


@cache
def _row_options() -> dict[str, dict[str, DeclaredOption]]:
    return {table: {option.name: option for option in declared(model)} for table, model in TABLES.items()}
