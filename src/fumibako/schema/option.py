"""One option, said once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict
from pydantic.fields import FieldInfo

from fumibako.schema.text import Text

Kind = Literal["text", "integer", "switch", "choice", "lines", "pairs", "table", "group"]


@dataclass(frozen=True, slots=True)
class Option:
    """What a person is told about an option; stands in the field's `Annotated`.

    `drives` names the Postfix or Dovecot parameters that it becomes, as administrators search for them. `choices` are
    the words for a `Literal`'s values. `advanced` options stand behind 詳細設定.
    """

    label: Text
    help: Text | None = None
    unit: Text | None = None
    drives: tuple[str, ...] = ()
    choices: tuple[tuple[str, Text], ...] = ()
    advanced: bool = False
    blank: int | None = None  # what an empty field means, where it means something
    prose: bool = False  # a text of several lines


class Section(BaseModel):
    """A chapter of the settings, or a group within one: frozen, and nothing but its options."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


@dataclass(frozen=True, slots=True)
class DeclaredOption:
    """An option where it stands: its path below the section, what is said of it and how its value is typed. `entry` is
    what a mapping from the administrator's own words to groups of options (kind `table`) holds for each."""

    path: tuple[str, ...]
    option: Option
    kind: Kind
    default: Any
    optional: bool
    bounds: tuple[int | None, int | None]
    group: type[BaseModel] | None = None
    choices: tuple[str, ...] = ()
    longest: int | None = None
    entry: type[BaseModel] | None = None

    @property
    def name(self) -> str:
        return ".".join(self.path)


def declared(section: type[BaseModel], path: tuple[str, ...] = ()) -> Iterator[DeclaredOption]:
    """The options of `section`, groups entered, in the order of their declaration.

    A group that may be null (`content_filter`) is itself an option of kind `group` and its members follow it.
    """
    for name, field in section.model_fields.items():
        here = (*path, name)
        found = declared_field(field, here)
        if any(isinstance(item, Option) for item in field.metadata):
            yield found
        if found.group is not None:
            yield from declared(found.group, here)


def declared_field(field: FieldInfo, path: tuple[str, ...]) -> DeclaredOption:
    """What a model's field declares; a field without an `Option` of its own is labelled by its name."""
    inner, optional = _unwrapped(field.annotation)
    option = next((item for item in field.metadata if isinstance(item, Option)), None)
    return DeclaredOption(
        path,
        option or Option(Text(path[-1], path[-1])),
        _kind(inner),
        _default(field),
        optional,
        _bounds(field),
        group=inner if isinstance(inner, type) and issubclass(inner, BaseModel) else None,
        choices=get_args(inner) if get_origin(inner) is Literal else (),
        longest=next((item.max_length for item in field.metadata if getattr(item, "max_length", None)), None),
        entry=_entry(inner),
    )


def _entry(inner: Any) -> type[BaseModel] | None:
    held = get_args(inner)[1] if get_origin(inner) is dict else None
    return held if isinstance(held, type) and issubclass(held, BaseModel) else None


def _unwrapped(annotation: Any) -> tuple[Any, bool]:
    """The type without `| None`, and whether there was one."""
    if get_origin(annotation) in (Union, UnionType):
        rest = [part for part in get_args(annotation) if part is not NoneType]
        if len(rest) == 1:
            return rest[0], True
    return annotation, False


def _kind(inner: Any) -> Kind:
    if inner is bool:
        return "switch"
    if inner is int:
        return "integer"
    origin = get_origin(inner)
    if origin is Literal:
        return "choice"
    if origin is tuple:
        return "lines"
    if origin is dict:
        return "pairs" if _entry(inner) is None else "table"
    if isinstance(inner, type) and issubclass(inner, BaseModel):
        return "group"
    return "text"


def _default(field: FieldInfo) -> Any:
    return field.get_default(call_default_factory=True) if not field.is_required() else None


def _bounds(field: FieldInfo) -> tuple[int | None, int | None]:
    low = next((item.ge for item in field.metadata if getattr(item, "ge", None) is not None), None)
    high = next((item.le for item in field.metadata if getattr(item, "le", None) is not None), None)
    return low, high
