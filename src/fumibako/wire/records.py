"""Frozen dataclasses as JSON objects, strictly.

`as_json` and `from_json` know dataclasses, str, int, float, bool, None, literals, tuples, mappings from str and unions of
these. An unknown, missing or ill-typed member is refused by its path: the root process reads its requests by this.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from typing import Any, TypeVar

_T = TypeVar("_T")


class BadRecord(ValueError):
    """JSON that is not the record that it should be; the text begins with the member's path."""


def as_json(value: Any) -> Any:
    """The JSON value of a record."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: as_json(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, tuple):
        return [as_json(item) for item in value]
    if isinstance(value, Mapping):
        return {key: as_json(item) for key, item in value.items()}
    return value


def from_json(kind: type[_T], value: Any, path: str = "") -> _T:
    """The record that `value` says; `BadRecord` where it says none."""
    if not isinstance(value, dict):
        raise BadRecord(f"{path or kind.__name__}: an object is wanted")
    hints = _hints(kind)
    fields = {field.name: field for field in dataclasses.fields(kind)}  # type: ignore[arg-type]  # kinds are dataclasses
    for name in value:
        if name not in fields:
            raise BadRecord(f"{path}{name}: unknown member")
    members: dict[str, Any] = {}
    for name, field in fields.items():
        if name in value:
            members[name] = _member(hints[name], value[name], f"{path}{name}")
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            raise BadRecord(f"{path}{name}: missing")
    return kind(**members)


_HINTS: dict[str, dict[str, Any]] = {}


def _hints(kind: type[Any]) -> dict[str, Any]:
    """The evaluated annotations of a record's members, found once."""
    name = f"{kind.__module__}.{kind.__qualname__}"
    if name not in _HINTS:
        _HINTS[name] = typing.get_type_hints(kind)
    return _HINTS[name]


def _member(hint: Any, value: Any, path: str) -> Any:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return _one_of(arguments, value, path)
    if origin is typing.Literal:
        if isinstance(value, str) and value in arguments:
            return value
        raise BadRecord(f"{path}: one of {', '.join(map(str, arguments))} is wanted")
    if origin is tuple and isinstance(value, list):
        return tuple(_member(arguments[0], item, f"{path}[{index}]") for index, item in enumerate(value))
    if origin in (dict, Mapping) and isinstance(value, dict):
        return {key: _member(arguments[1], item, f"{path}.{key}") for key, item in value.items()}
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return from_json(hint, value, f"{path}.")
    if hint is type(None) and value is None:
        return None
    if hint in (str, bool) and isinstance(value, hint):
        return value
    if hint is int and type(value) is int:  # True is an int to Python, not to a reader
        return value
    if hint is float and type(value) in (int, float):
        return float(value)
    raise BadRecord(f"{path}: wrong type")


def _one_of(hints: tuple[Any, ...], value: Any, path: str) -> Any:
    for hint in hints:
        try:
            return _member(hint, value, path)
        except BadRecord:
            continue
    raise BadRecord(f"{path}: wrong type")
