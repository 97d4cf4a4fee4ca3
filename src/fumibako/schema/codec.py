"""From what a person wrote to the values of options, with a finding for everything that is not one.

The same rules serve the YAML file (where every scalar arrives as its source text), the API's JSON and the console's
forms. Nothing is guessed: a value is what the option's declaration says it is, or there is a finding that says what
would be right.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from pydantic import BaseModel

from fumibako.schema.finding import Finding
from fumibako.schema.option import DeclaredOption, declared_field
from fumibako.schema.place import Json, Place, written
from fumibako.schema.text import Text

_ON: Final = frozenset({"true", "yes", "on"})
_OFF: Final = frozenset({"false", "no", "off"})
_NULL: Final = frozenset({"", "null", "~", "Null", "NULL"})


class Scalar(str):
    """A scalar of a YAML file: its source text, and whether it stood without quotes."""

    __slots__ = ("plain",)
    plain: bool

    def __new__(cls, text: str, plain: bool = True) -> Scalar:
        scalar = super().__new__(cls, text)
        scalar.plain = plain
        return scalar


def decode(model: type[BaseModel], raw: Json, *, base: Json, at: Place) -> tuple[dict[str, Json], list[Finding]]:
    """The full tree of `model`'s options: those written in `raw`, the others from `base` (a tree of the same shape, may
    lack any). `at` is the place of `raw`, for findings. Where there is an error, the tree holds `base`'s value there."""
    if not isinstance(raw, Mapping):
        return dict(base or {}), [_finding("not-a-mapping", at, _NOT_A_MAPPING, raw)]
    findings = [unknown_key(str(key), at, model.model_fields) for key in raw if key not in model.model_fields]
    tree: dict[str, Json] = {}
    for name, option in _fields(model).items():
        below = base.get(name) if isinstance(base, Mapping) else None
        fallback = below if isinstance(base, Mapping) and name in base else encode(option.default)
        if name not in raw:
            tree[name] = fallback
            continue
        value, found = coerce_option(option, raw[name], (*at, name), base=fallback)
        findings += found
        tree[name] = fallback if found else value
    return tree, findings


@cache
def _fields(model: type[BaseModel]) -> dict[str, DeclaredOption]:
    return {name: declared_field(field, (name,)) for name, field in model.model_fields.items()}


def encode(value: Any) -> Json:
    """A value of the settings as JSON: sections become mappings, tuples lists."""
    if isinstance(value, BaseModel):
        return {name: encode(getattr(value, name)) for name in type(value).model_fields}
    if isinstance(value, (tuple, list)):
        return [encode(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): encode(item) for key, item in value.items()}
    return value


def coerce_option(option: DeclaredOption, raw: Json, at: Place, *, base: Json = None) -> tuple[Json, list[Finding]]:
    """The JSON value of one option, or the findings that say why there is none."""
    if option.optional and _is_null(raw):
        return None, []
    if option.group is not None:
        return decode(option.group, raw, base=base if isinstance(base, Mapping) else {}, at=at)
    match option.kind:
        case "switch":
            return _switch(raw, at)
        case "integer":
            return _integer(option, raw, at)
        case "choice":
            return _choice(option, raw, at)
        case "lines":
            return _lines(raw, at)
        case "pairs":
            return _pairs(raw, at)
        case "table":
            return _table(option, raw, at, base=base)
        case _:
            return _prose(raw, at, option.longest) if option.option.prose else _text(raw, at, longest=option.longest)


def unknown_key(key: str, at: Place, known: Any) -> Finding:
    near = difflib.get_close_matches(key, list(known), 1)
    message = Text("“{key}” is not known here.", "「{key}」という項目はありません。")
    if near:
        message = Text(
            "“{key}” is not known here. Is it {near}?", "「{key}」という項目はありません。{near} のことですか。"
        )
    return Finding(
        "unknown-key",
        written((*at, key)) if at else key,
        message.with_(key=shown(key), near=near[0] if near else ""),
        suggestion=near[0] if near else None,
    )


def shown(value: object) -> str:
    """A value as it may stand in a sentence: short, on one line, nothing in it that acts on a terminal."""
    text = str(value)
    text = "".join(c if c.isprintable() else "�" for c in text[:80])
    return text + "…" if len(str(value)) > 80 else text


_NOT_A_MAPPING = Text("Options are expected here, as `name: value`.", "「項目: 値」の形で書いてください。")
_NOT_A_SWITCH = Text("“{value}” should be true or false.", "「{value}」は true か false で書いてください。")
_NOT_AN_INTEGER = Text("“{value}” is not a whole number.", "「{value}」は整数ではありません。")
_OUT_OF_RANGE = Text("{value} is not between {low} and {high}.", "{value} は {low}〜{high} の範囲にありません。")
_NOT_A_CHOICE = Text("“{value}” should be one of {choices}.", "「{value}」は {choices} のいずれかにしてください。")
_NOT_TEXT = Text("A text is expected here.", "文字列を書いてください。")
_CONTROL = Text(
    "There is a line break or another control character in it; write it on one line.",
    "改行などの制御文字が含まれています。1 行で書いてください。",
)
_TOO_LONG = Text("It is longer than {longest} characters.", "{longest} 文字を超えています。")
_NOT_LINES = Text("A list is expected here.", "一覧で書いてください。")
_NOT_PAIRS = Text(
    "“{value}” should be written as `parameter = value`.", "「{value}」は「パラメーター = 値」の形で書いてください。"
)


def _is_null(raw: Json) -> bool:
    if raw is None:
        return True
    if isinstance(raw, Scalar):
        return raw.plain and raw in _NULL
    return isinstance(raw, str) and not raw.strip()


def _finding(
    code: str, at: Place, message: Text, value: Json, suggestion: str | None = None, **more: object
) -> Finding:
    return Finding(code, written(at), message.with_(value=shown(value), **more), suggestion=suggestion)


def _switch(raw: Json, at: Place) -> tuple[Json, list[Finding]]:
    if isinstance(raw, bool):
        return raw, []
    if isinstance(raw, str) and raw.lower() in _ON | _OFF:
        return raw.lower() in _ON, []
    return None, [_finding("not-a-switch", at, _NOT_A_SWITCH, raw)]


def _integer(option: DeclaredOption, raw: Json, at: Place) -> tuple[Json, list[Finding]]:
    if isinstance(raw, str):
        text = raw.strip()
        if option.option.blank is not None and not text:
            return option.option.blank, []
        # Thirty digits say "out of range" as well as ten thousand do, and cost nothing to convert.
        if re.fullmatch(r"[+-]?[0-9]{1,30}", text):
            number: int | None = int(text)
        else:
            number = None
    elif isinstance(raw, int) and not isinstance(raw, bool):
        number = raw
    elif raw is None and option.option.blank is not None:
        return option.option.blank, []
    else:
        number = None
    low, high = option.bounds
    if number is None:
        digits = (
            re.match(r"\s*([0-9]{1,18})", unicodedata.normalize("NFKC", str(raw))) if isinstance(raw, str) else None
        )
        near = int(digits[1]) if digits else None
        fits = near is not None and (low is None or near >= low) and (high is None or near <= high)
        return None, [_finding("not-an-integer", at, _NOT_AN_INTEGER, raw, str(near) if fits else None)]
    if (low is not None and number < low) or (high is not None and number > high):
        return None, [_finding("out-of-range", at, _OUT_OF_RANGE, number, low=low, high=high)]
    return number, []


def _choice(option: DeclaredOption, raw: Json, at: Place) -> tuple[Json, list[Finding]]:
    if isinstance(raw, str) and raw in option.choices:
        return str(raw), []
    near = difflib.get_close_matches(str(raw), option.choices, 1) if isinstance(raw, str) else []
    choices = ", ".join(option.choices)
    return None, [_finding("not-a-choice", at, _NOT_A_CHOICE, raw, near[0] if near else None, choices=choices)]


def _text(raw: Json, at: Place, *, longest: int | None = None) -> tuple[Json, list[Finding]]:
    if not isinstance(raw, str):
        return None, [_finding("not-text", at, _NOT_TEXT, raw)]
    if any(unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") for character in raw):
        return None, [_finding("control-characters", at, _CONTROL, raw)]
    if longest is not None and len(raw) > longest:
        return None, [_finding("too-long", at, _TOO_LONG, raw, longest=longest)]
    return str(raw), []


def _prose(raw: Json, at: Place, longest: int | None) -> tuple[Json, list[Finding]]:
    """A text of several lines, as a browser's text area or a file has it; its lines end in line feeds alone."""
    if not isinstance(raw, str):
        return None, [_finding("not-text", at, _NOT_TEXT, raw)]
    text = raw.replace("\r\n", "\n")
    found = _text(text.replace("\n", " ").replace("\t", " "), at, longest=longest)[1]
    return (None, found) if found else (text, [])


def _lines(raw: Json, at: Place) -> tuple[Json, list[Finding]]:
    """A list, or what a text area holds: one a line, empty lines left out."""
    if isinstance(raw, str):
        raw = [] if _is_null(raw) else [line.strip() for line in raw.splitlines() if line.strip()]
    if not isinstance(raw, (list, tuple)):
        return None, [_finding("not-a-list", at, _NOT_LINES, raw)]
    values, findings = [], []
    for item in raw:
        value, found = _text(item, at)
        values.append(value)
        findings += found
    return (None, findings) if findings else (values, [])


def _table(option: DeclaredOption, raw: Json, at: Place, *, base: Json) -> tuple[Json, list[Finding]]:
    """A mapping whose entries are groups of options. What an entry does not say it takes from the entry of that name in
    `base`, else from the defaults."""
    assert option.entry is not None
    if raw is None or raw == "":
        raw = {}
    if not isinstance(raw, Mapping):
        return None, [_finding("not-a-mapping", at, _NOT_A_MAPPING, raw)]
    entries: dict[str, Json] = {}
    findings: list[Finding] = []
    for key, item in raw.items():
        name, found = _text(key, at)
        below = base.get(name) if isinstance(base, Mapping) and not found else None
        entry, more = decode(option.entry, {} if item is None or item == "" else item, base=below, at=(*at, str(key)))
        findings += found + more
        if not found:
            entries[name] = entry
    return (None, findings) if findings else (entries, [])


def _pairs(raw: Json, at: Place) -> tuple[Json, list[Finding]]:
    """A mapping of texts, or what a text area holds: `name = value` a line."""
    findings: list[Finding] = []
    if isinstance(raw, str):
        pairs: dict[str, Json] = {}
        for line in raw.splitlines():
            if not line.strip():
                continue
            name, equals, value = line.partition("=")
            if not equals or not name.strip():
                findings.append(_finding("not-a-pair", at, _NOT_PAIRS, line.strip()))
            pairs[name.strip()] = value.strip()
        raw = pairs
    if not isinstance(raw, Mapping):
        return None, [_finding("not-a-mapping", at, _NOT_A_MAPPING, raw)]
    values: dict[str, Json] = {}
    for key, item in raw.items():
        # A number or a boolean in JSON is taken as the word that Postfix would read.
        if isinstance(item, bool):
            item = "yes" if item else "no"
        elif isinstance(item, int):
            item = str(item)
        name, found = _text(key, at)
        value, more = _text(item, (*at, str(key)))
        findings += found + more
        if not found and not more:
            values[name] = value
    return (None, findings) if findings else (values, [])
