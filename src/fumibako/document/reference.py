"""The reference of all options, made from their declarations so that it cannot be out of date: a page of the manual, and
chapter by chapter the console's help."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fumibako.document.settings import SECTIONS, options
from fumibako.document.words import CHAPTERS, label, spoken
from fumibako.features.directory.rows import TABLES
from fumibako.schema.codec import encode
from fumibako.schema.option import DeclaredOption, declared
from fumibako.schema.place import Place, written
from fumibako.schema.text import Language, Text

_TITLE = Text("Reference: every option", "リファレンス: すべての設定項目")
_INTRO = Text(
    "Made from the program by `script/docs`. The names are those of the YAML file; beside each stand the Postfix or "
    "Dovecot parameters that it becomes.",
    "`script/docs` がプログラムから作ったページです。名前は YAML ファイルでの書き方で、それぞれが Postfix や Dovecot のどの"
    "パラメーターになるかを添えています。",
)
_DEFAULT = Text("At first: {value}", "初期値: {value}")
_RANGE = Text("From {low} to {high}", "{low}〜{high}")
_CHOICES = Text("One of: {choices}", "次のいずれか: {choices}")
_DRIVES = Text("Becomes: {names}", "対応するパラメーター: {names}")
_EMPTY = Text("empty", "空")


@dataclass(frozen=True, slots=True)
class Entry:
    """One option: its name in the YAML file, and what there is to know. In `help` and `facts`, `…` stands around what
    is typed or searched for as it is."""

    title: Text
    path: str
    help: Text | None
    facts: tuple[Text, ...]


def chapter(name: str) -> Iterator[Entry]:
    """The options of a section, or the fields of a table's rows."""
    for place, option in options().items():
        if place[0] == name:
            yield _entry(place, option, label(place))
            for each in declared(option.entry) if option.entry else ():
                yield _entry((*place, "…", *each.path), each, each.option.label)
    if name in TABLES:
        for option in declared(TABLES[name]):
            yield _entry((name, "…", *option.path), option, option.option.label)


def reference(language: Language) -> str:
    """The page in Markdown: a chapter a section, a heading an option."""
    lines = [f"# {_TITLE.in_(language)}", "", _INTRO.in_(language), ""]
    for name in (*SECTIONS, *TABLES):
        lines += [f"## {CHAPTERS[name].in_(language)}", ""]
        for entry in chapter(name):
            lines += [f"### {entry.title.in_(language)}", "", f"`{entry.path}`", ""]
            lines += [entry.help.in_(language), ""] if entry.help else []
            lines += [*(f"- {fact.in_(language)}" for fact in entry.facts), ""]
    return "\n".join(lines).rstrip() + "\n"


def _entry(place: Place, option: DeclaredOption, title: Text) -> Entry:
    said = option.option
    facts = [_DEFAULT.with_(value=_shown_default(place, option))]
    low, high = option.bounds
    if low is not None and high is not None:
        facts.append(_RANGE.with_(low=f"{low:,}", high=f"{high:,}"))
    if option.choices:
        facts.append(_CHOICES.with_(choices=", ".join(f"`{choice}`" for choice in option.choices)))
    if said.drives:
        facts.append(_DRIVES.with_(names=", ".join(f"`{name}`" for name in said.drives)))
    return Entry(title, written(place), said.help, tuple(facts))


def _shown_default(place: Place, option: DeclaredOption) -> Text:
    default = encode(option.default)
    return _EMPTY if default in (None, "", [], {}) else spoken(place, default)
