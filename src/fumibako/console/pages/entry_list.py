"""A list of the settings whose entries come and go one by one, as a page shows it and as its forms change it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect

from fumibako.actions import drafts
from fumibako.actions import view as views
from fumibako.actions.checking import Wanted
from fumibako.actions.entries import adding
from fumibako.console.pages.applying import begun
from fumibako.console.pages.pager import Pager
from fumibako.console.pages.proposed import Proposed
from fumibako.console.pages.told import NOTHING, UNDONE, complain, note, tell
from fumibako.console.peer import Request
from fumibako.document.settings import SETS
from fumibako.schema.codec import shown
from fumibako.schema.finding import Finding
from fumibako.schema.place import Json, Place, looked_up, written
from fumibako.schema.text import Text

ROWS: Final = 50
_SHOWN: Final = 12  # findings that are listed one by one

_ADDED = Text("{entry} will be added.", "{entry} を追加します（未適用）。")
_SEVERAL = Text("{number} entries will be added.", "{number} 件を追加します（未適用）。")
_REMOVED = Text("{entry} will be deleted.", "{entry} を削除します（未適用）。")
_MORE = Text("And {number} more.", "ほかに {number} 件あります。")
_THERE = Text("“{entry}” is there already.", "「{entry}」はすでにあります。")


@dataclass(frozen=True, slots=True)
class Row:
    """One entry; `mark` is `added`, `removed` or nothing, `label` how people write it. One that is `off` is not obeyed;
    `moment` is when that was found."""

    key: str
    label: str
    mark: str
    meaning: Text | None = None
    number: Text | None = None
    off: bool = False
    moment: datetime | None = None
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed where it could not be staged: in the line for one, or in the field for many."""

    line: str = ""
    many: str = ""
    findings: Sequence[Finding] = ()


@dataclass(frozen=True)
class EntryList:
    """`place` is the list's; `told` makes a row's words of an entry, `order` sorts, `checked` are the findings about a
    tree of the settings."""

    place: Place
    told: Callable[[str], Mapping[str, Any]]
    order: Callable[[str], Any] = str
    checked: Callable[[Json], Sequence[Finding]] = field(default=lambda _tree: ())

    def change(self, request: Request, back: str) -> HttpResponse | Typed:
        """Do what a posted form says: add, remove, take back, apply. Where the text is wrong, what to show."""
        posted = request.POST
        if posted.get("then") == "apply":
            return begun(request, Proposed((self.place[0],)))
        if (entry := posted.get("remove")) is not None:
            staged = drafts.stage(request.caller, [Wanted((*self.place, entry), None)])
            if staged.ok:
                tell(request, _REMOVED.with_(entry=shown(entry)), staged.findings)
            else:
                complain(request, staged.findings)
            return redirect(_address(request, back, entry))
        if (entry := posted.get("undo")) is not None:
            if drafts.unstage(request.caller, written((*self.place, entry))):
                note(request, UNDONE)
            return redirect(_address(request, back, entry))
        if "entries" in posted and "use" not in posted:
            return self._many(request, back, posted["entries"])
        line = posted["use"].partition("=")[2] if "use" in posted else posted.get("entry", "")
        return self._one(request, back, line.strip())

    def _one(self, request: Request, back: str, line: str) -> HttpResponse | Typed:
        entry = SETS[self.place](line)
        staged = drafts.stage(request.caller, [Wanted((*self.place, entry), True)])
        if not staged.ok:
            return Typed(line, findings=staged.findings)
        if not staged.edits:
            path = written(self.place)
            return Typed(line, findings=[Finding("exists", path, _THERE.with_(entry=shown(line)), "warning")])
        tell(request, _ADDED.with_(entry=shown(self._row(entry, "added").label)), staged.findings)
        return redirect(_address(request, back, entry))

    def _many(self, request: Request, back: str, text: str) -> HttpResponse | Typed:
        """All of them as one edit of the list, or none."""
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        staged = drafts.stage(request.caller, adding(drafts.view(request.caller), self.place, lines))
        if not staged.ok:
            return Typed(many=text, findings=_few(staged.findings))
        if not staged.edits:
            note(request, NOTHING)
            return redirect(back)
        number = sum(1 for edit in staged.edits if edit.now is not None)
        first = self._row(staged.edits[-1].place[-1], "added").label
        said = _SEVERAL.with_(number=f"{number:,}") if number > 1 else _ADDED.with_(entry=shown(first))
        tell(request, said, _few(staged.findings))
        return redirect(back)

    def context(self, request: Request, typed: Typed, *, asked: QueryDict | None = None) -> dict[str, Any]:
        """What `parts/entry_rows.html` and its neighbours show: those found, a page of them at a time. `asked` says
        which, the address where it is not given."""
        asked = request.GET if asked is None else asked
        live = looked_up(views.live().settings, self.place) or ()
        tree = drafts.view(request.caller).settings
        staged = looked_up(tree, self.place) or ()
        here, then = frozenset(live), frozenset(staged)
        query = asked.get("q", "").strip()
        found = [entry for entry in dict.fromkeys([*live, *staged]) if query.lower() in entry.lower()]
        found.sort(key=self.order)
        start = _position(found, asked.get("after"), asked.get("before"), self.order)
        page = found[start : start + ROWS]
        findings: dict[str, list[Finding]] = {}
        for finding in self.checked(tree):
            findings.setdefault(finding.path, []).append(finding)
        rows = [
            self._row(
                entry,
                "added" if entry not in here else "removed" if entry not in then else "",
                tuple(findings.get(written((*self.place, entry)), ()) if entry in then else ()),
            )
            for entry in page
        ]
        return {
            "anchor": f"f-{written(self.place)}",
            "rows": rows,
            "total": len(here),
            "come_and_gone": drafts.ComeAndGone(len(then - here), len(here - then)),
            "found": len(found),
            "query": query,
            "searching": bool(query) or len(here | then) > ROWS,
            "fresh": asked.get("fresh", ""),
            "staged_here": here != then,
            "typed": typed,
            "pager": Pager(
                _cursor(asked, "before", page[0]) if start else None,
                _cursor(asked, "after", page[-1]) if start + ROWS < len(found) else None,
            ),
        }

    def _row(self, entry: str, mark: str, findings: tuple[Finding, ...] = ()) -> Row:
        return Row(entry, **{"label": entry, **self.told(entry)}, mark=mark, findings=findings)


def _position(found: Sequence[str], after: str | None, before: str | None, order: Callable[[str], Any]) -> int:
    """Where the page begins. The entry at the cursor may have gone meanwhile."""
    if after is not None:
        return sum(1 for entry in found if order(entry) <= order(after))
    if before is not None:
        return max(0, sum(1 for entry in found if order(entry) < order(before)) - ROWS)
    return 0


def _few(findings: Sequence[Finding]) -> list[Finding]:
    """So many findings as one reads, and how many more there are."""
    few = list(findings[:_SHOWN])
    if len(findings) > _SHOWN:
        severity = findings[_SHOWN].severity
        few.append(Finding("more", "", _MORE.with_(number=len(findings) - _SHOWN), severity))
    return few


def _cursor(asked: QueryDict, name: str, entry: str) -> str:
    query = asked.copy()
    for each in ("before", "after", "fresh"):
        query.pop(each, None)
    query[name] = entry
    return f"?{query.urlencode()}"


def _address(request: Request, back: str, entry: str) -> str:
    """Back to the page of the list that one came from."""
    query = request.GET.copy()
    query["fresh"] = entry
    return f"{back}?{query.urlencode()}"
