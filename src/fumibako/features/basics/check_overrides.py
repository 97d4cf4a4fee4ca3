"""What is wrong with an administrator's own Postfix parameters: only those that can do no harm, each with its type."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from typing import Final

from fumibako.features.basics.section import Basics
from fumibako.formats.main_cf import check_expression
from fumibako.formats.malformed import Malformed
from fumibako.formats.postfix_parameters import TUNABLE
from fumibako.schema.codec import shown
from fumibako.schema.finding import Finding
from fumibako.schema.option import declared
from fumibako.schema.place import written
from fumibako.schema.text import Text

_PLACE: Final = ("basics", "local_overrides")

# Parameters by the option that drives them, where a parameter is one option's business.
_SHARED: Final = frozenset({"main.cf", "master.cf", "listen", "mynetworks"})


def check_overrides(overrides: Mapping[str, str]) -> list[Finding]:
    return [finding for name, value in overrides.items() for finding in _override(name, value)]


def _override(name: str, value: str) -> Iterator[Finding]:
    path = written((*_PLACE, shown(name)))
    option = _options().get(name)
    if option is not None:
        label, where = option
        message = Text(
            "{name} has an option of its own here: “{label}” ({where}). Set it there.",
            "{name} は「{label}」({where}) で設定できます。そちらで設定してください。",
        )
        yield Finding("override-has-option", path, message.with_(name=shown(name), label=label, where=where))
        return
    grammar = TUNABLE.get(name)
    if grammar is None:
        near = difflib.get_close_matches(name, TUNABLE, 1, cutoff=0.85)
        message = Text(
            "{name} cannot be set here. Only parameters that name no file, program, user or address can.",
            "{name} はここでは設定できません。ファイル・プログラム・ユーザー・アドレスを指定しないパラメーターだけを設定できます。",
        )
        if near:
            message = Text(
                "There is no parameter {name} here. Is it {near}?",
                "{name} というパラメーターはありません。{near} のことですか。",
            )
        near_name = near[0] if near else None
        yield Finding(
            "override-not-allowed", path, message.with_(name=shown(name), near=near_name or ""), suggestion=near_name
        )
        return
    try:
        check_expression(value, name)
    except Malformed as wrong:
        yield Finding("override-value", path, Text(wrong.en, wrong.ja))
        return
    problem = grammar.problem(value)
    if problem is None and re.search(r"[$]", value):
        yield Finding("override-value", path, Text("A value here has no $.", "値に $ は使えません。"))
    elif problem is not None:
        message = Text("“{value}” does not fit {name}. {why}", "「{value}」は {name} の値になりません。{why}")
        why = Text(problem.en, problem.ja)
        yield Finding("override-value", path, message.with_(value=shown(value), name=name, why=why))


def _options() -> dict[str, tuple[Text, str]]:
    """Postfix parameters that options drive, with the option's words and its path."""
    return {
        parameter: (option.option.label, written(("basics", *option.path)))
        for option in declared(Basics)
        for parameter in option.option.drives
        if parameter not in _SHARED
    }
