"""Values put into the settings tree as somebody wrote them: one option, a group of them, or a whole section."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pydantic import BaseModel

from fumibako.actions.keys import canonical_domain, shown
from fumibako.document.settings import OPEN_MAPPINGS, SECTIONS, Settings, options
from fumibako.schema.codec import coerce_option, decode, encode, unknown_key
from fumibako.schema.finding import Finding
from fumibako.schema.option import DeclaredOption, declared_field
from fumibako.schema.place import Json, Place, looked_up, planted, pruned

Tree = dict[str, Json]

# Names on the wire have one spelling.
_DOMAINS: Final[tuple[Place, ...]] = (("basics", "hostname"), ("basics", "primary_domain"))
_OPTIONS: Final[dict[Place, DeclaredOption]] = options()


def planted_options(tree: Tree, place: Place, raw: Json) -> tuple[Tree, list[Finding]]:
    """The tree with `raw` at `place`, typed; the tree as it was, and findings, where it cannot be."""
    if place[:-1] in OPEN_MAPPINGS:
        return _planted_pair(tree, place, raw)
    model, option = _declared_at(place)
    base = looked_up(tree, place)
    if option is not None:
        value, found = coerce_option(option, raw, place, base=base)
        # An option of a group that may be null wakes the group, with defaults beside it.
        for length in range(1, len(place)):
            if looked_up(tree, place[:length]) is None and (group := _OPTIONS.get(place[:length])) and group.group:
                tree = planted(tree, place[:length], encode(group.group()))
    elif model is not None:
        value, found = decode(model, raw, base=base, at=place)
    else:
        known = SECTIONS if len(place) == 1 else _names_beside(place)
        return tree, [unknown_key(shown(place[-1]), place[:-1], known)]
    return (tree, found) if found else (spelled(planted(tree, place, value)), [])


def spelled(tree: Tree) -> Tree:
    """The tree with its domain names in their one spelling."""
    for place in _DOMAINS:
        value = looked_up(tree, place)
        if isinstance(value, str) and value:
            tree = planted(tree, place, canonical_domain(value))
    return tree


def _planted_pair(tree: Tree, place: Place, raw: Json) -> tuple[Tree, list[Finding]]:
    if raw is None:
        return pruned(tree, place), []
    pair, found = coerce_option(_OPTIONS[place[:-1]], {place[-1]: raw}, place[:-1])
    if found or not isinstance(pair, Mapping):
        return tree, found
    return planted(tree, place, pair[place[-1]]), []


def _declared_at(place: Place) -> tuple[type[BaseModel] | None, DeclaredOption | None]:
    """The group or the option that is declared at a place."""
    model: type[BaseModel] | None = Settings
    for position, key in enumerate(place):
        if model is None or key not in model.model_fields:
            return None, None
        if (option := _OPTIONS.get(place[: position + 1])) is not None:
            if position + 1 == len(place):
                return None, option
            model = option.group
            continue
        group = declared_field(model.model_fields[key], (key,)).group
        model = group
    return model, None


def _names_beside(place: Place) -> Mapping[str, object]:
    model, option = _declared_at(place[:-1])
    group = option.group if option is not None else model
    return group.model_fields if group is not None else {}
