"""The smart relay's routes as people name them: `default`, `example.com` (by the recipient's domain), `@example.com` (by the
sender's); as edits, one a command."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from fumibako.actions.checking import Wanted
from fumibako.actions.trouble import Refused
from fumibako.actions.view import View
from fumibako.document.settings import parse
from fumibako.features.relay.routes import Kind, domain_spelling, routes, secret_name, sender_spelling
from fumibako.schema.codec import shown
from fumibako.schema.finding import Finding
from fumibako.schema.place import Json, Place, looked_up, written
from fumibako.schema.text import Text

DEFAULT: Final = "default"
_THERE: Final = Text(
    "There is a route {name} already; change it instead.", "中継先 {name} はすでにあります。変更してください。"
)
_MISSING: Final = Text("There is no route {name}.", "中継先 {name} はありません。")


def place_of(name: str) -> Place:
    """Where the route of that name stands, in whatever spelling it was written."""
    if name.strip() == DEFAULT:
        return ("relay", "default")
    if name.strip().startswith(("@", "＠")):
        return ("relay", "senders", sender_spelling(name))
    return ("relay", "domains", domain_spelling(name))


def listed(view: View, passwords: frozenset[str]) -> Iterator[dict[str, Any]]:
    """Every route, the default first; `password_set`: whether one is kept under its name."""
    for routed in routes(parse(view.settings).relay):
        yield {
            "name": name_of(routed.kind, routed.key),
            "host": routed.route.host,
            "port": routed.route.port,
            "username": routed.route.username,
            "tls": routed.route.tls,
            "password_set": routed.secret in passwords,
        }


def name_of(kind: Kind, key: str) -> str:
    """The name under which its password is kept, too (`relay/NAME`)."""
    return secret_name(kind, key).removeprefix("relay/")


def add(view: View, name: str, fields: Mapping[str, Json]) -> list[Wanted]:
    """A new route. Raises `Refused` where there is one."""
    place = place_of(name)
    if looked_up(view.settings, place) is not None:
        raise Refused(findings=[Finding("exists", written(place), _THERE.with_(name=shown(name)))])
    return [Wanted(place, dict(fields))]


def change(view: View, name: str, fields: Mapping[str, Json]) -> list[Wanted]:
    """The fields that are named take these values. Raises `Refused` where there is no such route."""
    return [Wanted(place_of(name), {**_there(view, name), **fields})]


def remove(view: View, name: str) -> list[Wanted]:
    """Raises `Refused` where there is no such route."""
    _there(view, name)
    return [Wanted(place_of(name), None)]


def _there(view: View, name: str) -> dict[str, Json]:
    place = place_of(name)
    found = looked_up(view.settings, place)
    if not isinstance(found, dict):
        raise Refused(findings=[Finding("not-found", written(place), _MISSING.with_(name=shown(name)))])
    return found
