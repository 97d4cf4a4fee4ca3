"""The seven services as the rows of a table: what each offers is its declaration, what it cannot change is said."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from fumibako.console.pages.fields import OPTIONS, Field, Fields
from fumibako.features.basics.services import SERVICE_NAMES
from fumibako.schema.place import Place, written
from fumibako.schema.text import Text

_HINTS: Final = {
    "smtp": Text("from other servers", "ほかのサーバーから"),
    "submission": Text("sending", "送信"),
    "smtps": Text("sending, TLS from the start", "送信・最初から TLS"),
    "pop3": Text("reading", "受信"),
    "pop3s": Text("reading, TLS from the start", "受信・最初から TLS"),
    "imap": Text("reading", "受信"),
    "imaps": Text("reading, TLS from the start", "受信・最初から TLS"),
}
_ALWAYS = Text("always", "常に")
_OFFERED = Text("offered (STARTTLS)", "有効 (STARTTLS)")
_COLUMNS: Final = {"enabled": ("enabled",), "port": ("port",), "tls": ("tls",), "auth": ("auth", "auth_required")}
_OTHERS: Final = ("plaintext_auth", "behind_scanner")


@dataclass(frozen=True, slots=True)
class Service:
    name: str
    label: str
    hint: Text
    staged: bool
    enabled: Field
    port: Field
    tls: Field
    auth: Field
    others: tuple[Field, ...]


def services(fields: Fields) -> list[Service]:
    return [_service(fields, name) for name in SERVICE_NAMES]


def service_places() -> list[Place]:
    """The options that the table shows."""
    return [place for place in OPTIONS if place[:2] == ("basics", "services")]


def service_notes() -> Iterator[tuple[Text, Text]]:
    """What is said of the table's options, each once: there is no room for it in the cells."""
    told: dict[str, tuple[Text, Text]] = {}
    for place in service_places():
        said = OPTIONS[place].option
        if said.help is not None:
            label = Text(f"{SERVICE_NAMES[place[2]]}: {said.label.en}", f"{SERVICE_NAMES[place[2]]}: {said.label.ja}")
            told.setdefault(said.help.en, (label if place[3] in {"tls", "auth"} else said.label, said.help))
    yield from told.values()


def _service(fields: Fields, name: str) -> Service:
    place = ("basics", "services", name)
    cells = {column: _cell(fields, place, column) for column in _COLUMNS}
    others = tuple(_in_table(fields, (*place, each)) for each in _OTHERS if (*place, each) in OPTIONS)
    staged = fields.is_staged(written(place))
    return Service(name, SERVICE_NAMES[name], _HINTS[name], staged, **cells, others=others)


def _cell(fields: Fields, service: Place, column: str) -> Field:
    for name in _COLUMNS[column]:
        if (*service, name) in OPTIONS:
            return _in_table(fields, (*service, name))
    said = _OFFERED if column == "tls" and service[-1] in {"pop3", "imap"} else _ALWAYS
    return Field(written((*service, column)), Text("", ""), "fixed", said)


def _in_table(fields: Fields, place: Place) -> Field:
    field = fields.at(place)
    tick = field.kind == "switch" and place[-1] != "enabled"
    return replace(field, help=None, kind="tick" if tick else field.kind)
