"""Places: the name of one option or row, and trees of values by place.

A place is a tuple of keys. Written out it is `basics.services.smtp.port` for an option and
`accounts/hanako@example.jp/enabled` for a field of a directory row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

Place = tuple[str, ...]
Json = Any

DIRECTORY_TABLES: Final = ("domains", "accounts", "aliases")

# Fields of the directory's rows that are a chapter of their own.
_CHAPTERS_OF_FIELDS: Final[dict[Place, str]] = {("accounts", "quota_mb"): "quotas"}


def is_row(place: Place) -> bool:
    """Whether the place is in the directory rather than in the settings."""
    return place[0] in DIRECTORY_TABLES


def chapter(place: Place) -> str:
    """The chapter that a place belongs to: its section's or table's, or that of a field with one of its own."""
    return _CHAPTERS_OF_FIELDS.get(place[::2], place[0]) if len(place) == 3 else place[0]


def chapters_of(table: str) -> tuple[str, ...]:
    """The chapters in which edits of a table's rows and fields stand."""
    return (table, *(name for (owner, _), name in _CHAPTERS_OF_FIELDS.items() if owner == table))


def written(place: Place) -> str:
    """The place as people and scripts see it."""
    if is_row(place):
        return "/".join(place)
    out = place[0]
    for key in place[1:]:
        out += f".{key}" if "." not in key else f"[{key}]"
    return out


def read(text: str) -> Place:
    """The inverse of `written`; raises `ValueError` for what is no place."""
    head, slash, rest = text.partition("/")
    if slash and head in DIRECTORY_TABLES:
        key, _, field = rest.partition("/")
        return (head, key, field) if field else (head, key)
    place: list[str] = []
    while text:
        if text.startswith("["):
            key, closed, text = text[1:].partition("]")
            if not closed:
                raise ValueError("a place's bracket is not closed")
        else:
            end = min((found for found in (text.find("."), text.find("[")) if found >= 0), default=len(text))
            key, text = text[:end], text[end:]
        if not key:
            raise ValueError("a place has an empty key")
        place.append(key)
        text = text.removeprefix(".")
    if not place:
        raise ValueError("a place is empty")
    return tuple(place)


def leaves(tree: Mapping[str, Json], at: Place = ()) -> Iterator[tuple[Place, Json]]:
    """Every value of a tree with its place; an empty mapping below the top is a leaf, a list is one value."""
    for key, value in tree.items():
        if isinstance(value, Mapping) and value:
            yield from leaves(value, (*at, key))
        else:
            yield (*at, key), value


def looked_up(tree: Mapping[str, Json], place: Place) -> Json:
    """The value at `place`, None where there is none."""
    value: Json = tree
    for key in place:
        if not isinstance(value, Mapping) or key not in value:
            return None
        value = value[key]
    return value


def planted(tree: Mapping[str, Json], place: Place, value: Json) -> dict[str, Json]:
    """A copy of `tree` with `value` at `place`; other branches are shared. None removes a key of a mapping that has no
    fixed options (`local_overrides`) only through `pruned`."""
    key, *rest = place
    copy = dict(tree)
    if rest:
        below = copy.get(key)
        copy[key] = planted(below if isinstance(below, Mapping) else {}, tuple(rest), value)
    else:
        copy[key] = value
    return copy


def pruned(tree: Mapping[str, Json], place: Place) -> dict[str, Json]:
    """A copy of `tree` without the key at `place`."""
    key, *rest = place
    copy = dict(tree)
    if not rest:
        copy.pop(key, None)
    elif isinstance(copy.get(key), Mapping):
        copy[key] = pruned(copy[key], tuple(rest))
    return copy
