"""The list of domains with its line to add one, as two pages show it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponseBase, QueryDict
from django.shortcuts import redirect

from fumibako.actions import directory_edits, drafts
from fumibako.console.pages.told import UNDONE, complain, note, tell
from fumibako.console.peer import Request
from fumibako.document.words import row_name
from fumibako.schema.finding import Finding
from fumibako.schema.place import written
from fumibako.schema.text import Text

_ADDED = Text("{domain} will be added.", "{domain} を追加します（未適用）。")
_REMOVED = Text("{domain} will be deleted.", "{domain} を削除します（未適用）。")
_WITH_ROWS = Text("{domain} will be deleted, and with it {rows}.", "{domain} と{rows}を削除します（未適用）。")
_ROWS = {
    "accounts": (Text("{n} accounts", "アカウント {n} 件"), Text("one account", "アカウント 1 件")),
    "aliases": (Text("{n} aliases", "エイリアス {n} 件"), Text("one alias", "エイリアス 1 件")),
}
_BOTH = Text("{one} and {other}", "{one}、{other}")


@dataclass(frozen=True, slots=True)
class Adding:
    """The line that adds a domain, with what was typed where it could not be staged."""

    url: str
    value: str = ""
    findings: Sequence[Finding] = ()


def change(request: Request, back: str, add_url: str) -> HttpResponseBase | Adding:
    """Do what the posted form of the list says: add, remove or take back. Where the name to add is wrong, what to show."""
    posted = request.POST
    if "remove" in posted:
        remove(request, posted["remove"])
        return redirect(_address(back, posted["remove"]))
    if "undo" in posted:
        undo(request, posted["undo"])
        return redirect(_address(back, posted["undo"]))
    name = posted["use"].partition("=")[2] if "use" in posted else posted.get("domain", "")
    name = name.strip()
    staged = drafts.stage(request.caller, directory_edits.add_domain(name))
    if not staged.ok:
        return Adding(add_url, name, staged.findings)
    key = staged.edits[0].place[1] if staged.edits else name
    tell(request, _ADDED.with_(domain=row_name("domains", key)), staged.findings)
    return redirect(_address(back, key))


def remove(request: Request, name: str) -> bool:
    """Stage that the domain goes, and its accounts and aliases with it."""
    view = drafts.view(request.caller)
    going = [
        one if number == 1 else several.with_(n=f"{number:,}")
        for table, (several, one) in _ROWS.items()
        if (number := view.number_in(table, name))
    ]
    staged = drafts.stage(request.caller, directory_edits.remove_domain(view, name, with_accounts=True))
    if not staged.ok:
        complain(request, staged.findings)
        return False
    rows = _BOTH.with_(one=going[0], other=going[1]) if len(going) == 2 else going[0] if going else ""
    said = (_WITH_ROWS if going else _REMOVED).with_(domain=row_name("domains", name), rows=rows)
    tell(request, said, staged.findings)
    return True


def undo(request: Request, name: str) -> None:
    if drafts.unstage(request.caller, written(("domains", name))):
        note(request, UNDONE)


def rows(request: Request, domain_url: str) -> dict[str, Any]:
    """The context of `parts/domain_rows.html`, but for the rows' own name."""
    return {
        "primary_domain": drafts.view(request.caller).primary_domain,
        "domain_url": domain_url,
        "fresh": request.GET.get("fresh", ""),
    }


def _address(back: str, key: str) -> str:
    query = QueryDict(mutable=True)
    query["fresh"] = key
    path, hash_, part = back.partition("#")
    return f"{path}?{query.urlencode()}{hash_}{part}"
