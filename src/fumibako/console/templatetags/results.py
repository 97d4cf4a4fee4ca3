"""What plans, applies and lists hold (``fumibako.actions``), in the shape that a page shows."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from django import template

from fumibako.document.words import CHAPTERS, readable
from fumibako.mail.domain import DomainName
from fumibako.mail.malformed import Malformed
from fumibako.schema.codec import shown
from fumibako.schema.place import is_row, read
from fumibako.schema.text import Text

register = template.Library()

PROGRAMS: Final = {"postfix": "Postfix", "dovecot": "Dovecot"}


@register.filter
def chapter_name(key: str) -> Text | str:
    """The chapter's name for people, from its key in an edit."""
    return CHAPTERS.get(key, key)


@register.filter
def programs(reload: Mapping[str, str], how: str) -> list[str]:
    """The programs that are touched in this way: ``{{ result.reload|programs:"restart" }}``."""
    return [PROGRAMS.get(name, name) for name, needed in reload.items() if needed == how]


@register.filter
def diff_lines(diff: str) -> Iterator[dict[str, str]]:
    """A unified diff line by line: ``kind`` is ``ins``, ``del``, ``hunk`` or nothing, ``text`` is without its sign. The two lines that
    name the file are left out; the heading says it."""
    for line in diff.splitlines():
        if line.startswith(("--- ", "+++ ")):
            continue
        if line.startswith("@@"):
            yield {"kind": "hunk", "text": line}
        else:
            yield {"kind": {"+": "ins", "-": "del"}.get(line[:1], ""), "text": line[1:]}


@register.filter
def changed_rows(rows: Sequence[Any]) -> list[Any]:
    """Of the questions that were asked, those whose answer changes."""
    return [row for row in rows if row["changed"]]


@register.filter
def same_rows(rows: Sequence[Any]) -> list[Any]:
    """And those whose answer stays: a stranger is still refused."""
    return [row for row in rows if not row["changed"]]


@register.filter
def failed_step(steps: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The step that stopped a run."""
    return next((step for step in steps if step["outcome"] == "failed"), None)


@register.filter
def moment(unix_time: float | None) -> datetime | None:
    """A Unix time as an aware moment."""
    return None if unix_time is None else datetime.fromtimestamp(unix_time, UTC)


@register.filter
def seconds_left(unix_time: float) -> float:
    """How long until then, never less than nothing."""
    return max(0.0, unix_time - time.time())


@register.filter
def entry(path: str) -> str:
    """What a change is about, without where it stands: the row's key, or the entry of a list."""
    place = read(path)
    return readable(place[1]) if is_row(place) else shown(place[-1])


@register.filter
def for_people(name: str) -> str:
    """A domain as people write it: ``日本語.jp`` for ``xn--wgv71a119e.jp``."""
    try:
        return DomainName.parse(name).unicode
    except Malformed:
        return name
