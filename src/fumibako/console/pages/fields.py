"""Declared options as the fields of a form: what `templates/parts/option.html` shows of each.

An option's words, unit, default and choices come from its declaration; a field adds what stands there now, what is
staged, and what is wrong with what was typed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from fumibako.document.settings import options
from fumibako.document.words import spoken
from fumibako.schema.codec import encode
from fumibako.schema.finding import Finding
from fumibako.schema.option import DeclaredOption
from fumibako.schema.place import Json, Place, looked_up, read, written
from fumibako.schema.text import Text, plain

OPTIONS: Final[dict[Place, DeclaredOption]] = options()
_KINDS: Final = {"text": "text", "integer": "number", "choice": "select", "lines": "lines", "pairs": "lines"}


_NONE: Final = Text("none", "なし")


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    label: Text
    selected: bool


@dataclass(frozen=True, slots=True)
class Field:
    """One field; `kind` and the rest as `templates/parts/control.html` says. `value` is the text in the control."""

    name: str
    label: Text
    kind: str
    value: str | Text = ""
    help: Text | None = None
    unit: Text | None = None
    default: Text | None = None
    parameter: str = ""
    checked: bool = False
    choices: tuple[Choice, ...] = ()
    staged: bool = False
    live: Text | str = ""
    findings: tuple[Finding, ...] = ()
    autocomplete: str = ""
    required: bool = False


def typed_text(option: DeclaredOption, value: Json) -> str:
    """The value as it would be typed; of a switch, or of a group that may be null, `on` or nothing."""
    match option.kind:
        case "switch":
            return "on" if value else ""
        case "group":
            return "" if value is None else "on"
        case "lines":
            return "\n".join(value or ())
        case "pairs":
            return "\n".join(f"{key} = {item}" for key, item in (value or {}).items())
        case _:
            return "" if value is None else str(value)


def value_at(tree: Mapping[str, Json], place: Place) -> Json:
    """What stands in the tree; in a group that is null, what it would begin with."""
    group = OPTIONS.get(place[:-1])
    if group is not None and group.group is not None and looked_up(tree, place[:-1]) is None:
        return encode(OPTIONS[place].default)
    return looked_up(tree, place)


def declared_field(option: DeclaredOption, name: str, text: str, findings: Sequence[Finding] = ()) -> Field:
    """The field of an option with `text` in it."""
    said = option.option
    words = dict(said.choices)
    return Field(
        name,
        said.label,
        "lines" if said.prose else _KINDS.get(option.kind, "switch"),
        text,
        help=said.help,
        unit=said.unit,
        parameter=", ".join(said.drives),
        checked=bool(text),
        choices=(
            *([Choice("", words.get("", _NONE), not text)] if option.kind == "choice" and option.optional else []),
            *(Choice(each, words.get(each, plain(each)), each == text) for each in option.choices),
        ),
        findings=tuple(_usable(option, text, finding) for finding in findings),
    )


@dataclass(frozen=True)
class Fields:
    """The fields of a chapter: `tree` is what the operator sees, `live` what serves, `staged` the paths of his draft,
    `typed` what he typed where it could not be staged."""

    tree: Mapping[str, Json]
    live: Mapping[str, Json]
    staged: frozenset[str]
    typed: Mapping[str, str]
    findings: Sequence[Finding]

    def at(self, place: Place) -> Field:
        option, name = OPTIONS[place], written(place)
        text = self.typed.get(name, typed_text(option, value_at(self.tree, place)))
        field = declared_field(option, name, text, [each for each in self.findings if owner(each.path) == name])
        default = encode(option.default)
        return Field(
            **{each: getattr(field, each) for each in Field.__slots__}
            | {
                "default": None if default in (None, "", [], {}) else spoken(place, default),
                "staged": self.is_staged(name),
                "live": spoken(place, looked_up(self.live, place)),
            }
        )

    def is_staged(self, name: str) -> bool:
        return any(path == name or path.startswith((f"{name}.", f"{name}[")) for path in self.staged)


def owner(path: str) -> str:
    """The name of the field that a finding's path belongs to; empty where no field does."""
    try:
        place = read(path)
    except ValueError:
        return ""
    while place and place not in OPTIONS:
        place = place[:-1]
    return written(place) if place else ""


def _usable(option: DeclaredOption, text: str, finding: Finding) -> Finding:
    """The finding, without its suggestion where that would replace more than the line it is about."""
    whole = option.kind not in {"lines", "pairs"} or (option.kind == "lines" and "\n" not in text.strip())
    return finding if whole else Finding(finding.code, finding.path, finding.message, finding.severity)
