"""Values put into the settings tree as somebody wrote them: one option, a group of them, or a whole section."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pydantic import BaseModel

from fumibako.actions.keys import canonical_domain, shown
from fumibako.document.settings import OPEN_MAPPINGS, SECTIONS, SETS, Settings, Spelling, applied, options
from fumibako.schema.codec import coerce_option, decode, encode, unknown_key
from fumibako.schema.edit import Edit
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
        return _planted_entry(tree, place, raw)
    if place[:-1] in SETS:
        return _planted_member(tree, place, raw)
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
    for place, spelling in OPEN_MAPPINGS.items():
        if mapping := looked_up(tree, place):
            tree = _replanted(tree, place, {spelling(key): value for key, value in mapping.items()})
    for place, spelling in SETS.items():
        if entries := looked_up(tree, place):
            tree = _replanted(tree, place, list(dict.fromkeys(map(spelling, entries))))
    return tree


def _replanted(tree: Tree, place: Place, value: Json) -> Tree:
    """The very same tree where nothing is different: it may be large."""
    return tree if looked_up(tree, place) == value else planted(tree, place, value)


def _planted_entry(tree: Tree, place: Place, raw: Json) -> tuple[Tree, list[Finding]]:
    """An entry of a mapping: what is not written of it stays; null removes it."""
    key = OPEN_MAPPINGS[place[:-1]](place[-1])
    if raw is None:
        return pruned(tree, (*place[:-1], key)), []
    before = looked_up(tree, place[:-1])
    mapping, found = coerce_option(_OPTIONS[place[:-1]], {key: raw}, place[:-1], base=before)
    if found or not isinstance(mapping, Mapping):
        return tree, found
    return planted(tree, (*place[:-1], key), mapping[key]), []


def _planted_member(tree: Tree, place: Place, raw: Json) -> tuple[Tree, list[Finding]]:
    """An entry of a set: true adds it, null or false removes it."""
    lists, found = coerce_option(_OPTIONS[place[:-1]], [place[-1]], place[:-1])
    if found or not lists:
        return tree, found
    spelling: Spelling = SETS[place[:-1]]
    member = (*place[:-1], spelling(lists[0]))
    return applied(tree, [Edit(member, None, True if raw not in (None, False) else None)]), []


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
