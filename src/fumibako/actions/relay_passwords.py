"""Relays' passwords in the YAML file: they stand beside their routes there and nowhere else in the settings.

`***` is what an export writes for one that is set, and means unchanged; any other text is a new password, which counts
when the file is applied.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from fumibako.actions import secrets
from fumibako.features.relay.routes import Kind, domain_spelling, secret_name, sender_spelling
from fumibako.schema.finding import Finding
from fumibako.schema.place import Json, Place, looked_up, planted, pruned, written
from fumibako.schema.text import Text

SECRET: Final = "***"  # noqa: S105  # it stands for one
_OPTION: Final = "password"

_UNKNOWN: Final = Text(
    "*** stands for a password that is set; here none is. Write it, or leave it out.",
    "*** は設定済みのパスワードを表しますが、ここでは未設定です。値を書くか省いてください。",
)


def taken_out(tree: Mapping[str, Json]) -> tuple[dict[str, Json], dict[str, str], list[Finding]]:
    """The file's tree without passwords, the new ones by their secrets' names, and what is wrong with them."""
    rest, new, findings = dict(tree), dict[str, str](), list[Finding]()
    known = secrets.known()
    for place, name in _routes(tree):
        route = looked_up(tree, place)
        if not isinstance(route, Mapping) or _OPTION not in route:
            continue
        text = route[_OPTION]
        rest = pruned(rest, (*place, _OPTION))
        path = written((*place, _OPTION))
        if text is None or text == "":
            continue
        if text == SECRET:
            findings += [] if name in known else [Finding("secret-unknown", path, _UNKNOWN)]
        else:
            findings += secrets.wrong(str(text), path)
            new[name] = str(text)
    return rest, new, findings


def put_in(relay: Mapping[str, Json], opened: Mapping[str, str] | None) -> dict[str, Json]:
    """The section as an export writes it: `***` where a password is set, or the password where all are asked for."""
    shown: dict[str, Json] = {"relay": dict(relay)}
    known = secrets.known()
    for place, name in _routes(shown):
        if name in known and looked_up(shown, place) is not None:
            shown = planted(shown, (*place, _OPTION), opened[name] if opened is not None else SECRET)
    section: dict[str, Json] = shown["relay"]
    return section


def _routes(tree: Mapping[str, Json]) -> Iterator[tuple[Place, str]]:
    """The places of the routes in a tree, and their secrets' names."""
    yield ("relay", "default"), secret_name("default", "")
    kinds: tuple[tuple[Kind, str], ...] = (("domain", "domains"), ("sender", "senders"))
    for kind, segment in kinds:
        mapping = looked_up(tree, ("relay", segment))
        for key in mapping if isinstance(mapping, Mapping) else ():
            spelled = domain_spelling(str(key)) if kind == "domain" else sender_spelling(str(key))
            yield ("relay", segment, key), secret_name(kind, spelled)
