"""A form of options that comes back.

The form carries what it showed (`seen`). So only what the person changed is wanted, a box that was shown ticked and
comes back without its tick is off, a box that was never shown is left alone, and what somebody else changed meanwhile
is neither overwritten nor unsaid.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from fumibako.actions.checking import Wanted
from fumibako.console.pages.fields import OPTIONS, typed_text, value_at
from fumibako.document.settings import WHOLE
from fumibako.schema.place import Json, Place, read, written

SEEN = "seen"


def seen_by(tree: Mapping[str, Json], places: Iterable[Place]) -> str:
    """What the form's hidden field holds: the values that it shows."""
    return json.dumps({written(place): value_at(tree, place) for place in places}, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Posted:
    """`seen` are the values that the form showed, `typed` the texts that came back changed."""

    seen: Mapping[str, Json]
    typed: Mapping[str, str]
    every: Mapping[str, str]

    @classmethod
    def read(cls, data: QueryDict, tree: Mapping[str, Json]) -> Posted:
        seen = _seen(data, tree)
        name, _, value = data.get("use", "").partition("=")
        used = {name: value} if name in seen else {}
        typed: dict[str, str] = {}
        every: dict[str, str] = {}
        for each, shown in seen.items():
            option = OPTIONS[read(each)]
            before = typed_text(option, shown)
            absent = "" if option.kind in {"switch", "group"} else before
            text = used.get(each, data.get(each, absent)).replace("\r\n", "\n")
            if option.kind in {"switch", "group"} and text.lower() in {"false", "no", "off"}:
                text = ""
            every[each] = text
            now = typed_text(option, value_at(tree, read(each)))
            if text.rstrip("\n") not in (before, now):
                typed[each] = text
        return cls(seen, typed, every)

    def without(self, name: str) -> Posted:
        """The same, but for an option that was taken back."""
        kept = {each: text for each, text in self.typed.items() if each != name and not each.startswith(f"{name}.")}
        return Posted(self.seen, kept, self.every)

    def wanted(self) -> list[Wanted]:
        """The edits: one an option, one for all of what is edited as one."""
        groups = {place: written(place) for place in WHOLE if written(place) in self.seen}
        members = {name: group for name in self.typed for group in groups.values() if _within(name, group)}
        plain = [self._option(name) for name in self.typed if name not in members]
        return [*plain, *(self._group(place) for place, name in groups.items() if name in members.values())]

    def _option(self, name: str) -> Wanted:
        option, text = OPTIONS[read(name)], self.typed[name]
        now: Json = bool(text) if option.kind == "switch" else text
        return Wanted(read(name), now, was=self.seen[name])

    def _group(self, place: Place) -> Wanted:
        group = written(place)
        members = {name.rpartition(".")[2]: text for name, text in self.every.items() if name.startswith(f"{group}.")}
        # Values typed beside a switch that is off would be lost without a word: they switch it on.
        switched = group in self.typed
        return Wanted(place, members if self.every[group] or not switched else None, was=self.seen[group])


def _within(name: str, group: str) -> bool:
    return name == group or name.startswith(f"{group}.")


def _seen(data: QueryDict, tree: Mapping[str, Json]) -> dict[str, Json]:
    try:
        said: Any = json.loads(data.get(SEEN, ""))
    except ValueError:
        said = None
    if not isinstance(said, dict):
        # A form without it (a script's) speaks of what it sends.
        said = {name: value_at(tree, read(name)) for name in data if _known(name)}
    return {name: value for name, value in said.items() if _known(name) and _shaped(name, value)}


def _known(name: str) -> bool:
    try:
        return read(name) in OPTIONS
    except ValueError:
        return False


def _shaped(name: str, value: Json) -> bool:
    """What a browser sends back is not ours any more."""
    match OPTIONS[read(name)].kind:
        case "lines":
            return isinstance(value, list) and all(isinstance(each, str) for each in value)
        case "pairs":
            return isinstance(value, dict)
        case _:
            return True
