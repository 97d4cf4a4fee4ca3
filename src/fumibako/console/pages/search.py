"""The search of every page's head: pages, settings, domains, accounts and aliases alike."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpResponseBase, QueryDict
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from fumibako.actions import directory
from fumibako.actions.directory import Line, Page
from fumibako.actions.permission import may
from fumibako.console.pages.fields import OPTIONS
from fumibako.console.pages.found_entries import address_of_entry, found_entries
from fumibako.console.pages.frame import CHAPTERS_SHOWN, opens
from fumibako.console.pages.gate import behind_log_in
from fumibako.console.pages.places import address_of, page
from fumibako.console.peer import Request
from fumibako.document.words import CHAPTERS, label, readable, spoken_field
from fumibako.schema.codec import shown
from fumibako.schema.option import DeclaredOption
from fumibako.schema.place import Place, written
from fumibako.schema.text import Text, plain

_FEW: Final = 10
_LONGEST: Final = 320  # a local part, an @ and a domain

_PAGES = Text("Pages", "ページ")
_SETTINGS = Text("Settings", "設定")


@dataclass(frozen=True, slots=True)
class Hit:
    url: str
    label: Text
    note: Text | None = None
    address: bool = False


@require_safe
@behind_log_in
def search(request: Request) -> HttpResponseBase:
    query = request.GET.get("q", "").strip()[:_LONGEST]
    groups = _groups(request, query) if query else []
    return render(request, "pages/search.html", {"query": query, "groups": [each for each in groups if each["total"]]})


def _groups(request: Request, query: str) -> list[dict[str, Any]]:
    pages = list(_pages(request, query))
    looks = may(request.caller, "look")
    settings = list(_settings(query)) if looks else []
    domains = directory.domains(request.caller, search=query, limit=_FEW)
    accounts = directory.accounts(request.caller, search=query, limit=_FEW)
    aliases = directory.aliases(request.caller, search=query, limit=_FEW)
    return [
        _group(_PAGES, pages),
        _rows("domains", "domain", domains, query),
        _rows("accounts", "account", accounts, query),
        _rows("aliases", "alias", aliases, query),
        *(_entries(place, found) for place, found in (found_entries(request.caller, query) if looks else ())),
        _group(_SETTINGS, settings),
    ]


def _group(title: Text, hits: list[Hit]) -> dict[str, Any]:
    return {"title": title, "total": len(hits), "more_url": None, "hits": hits}


def _entries(place: Place, found: list[str]) -> dict[str, Any]:
    hits = [Hit(address_of_entry(place, entry), plain(shown(entry)), address=True) for entry in found[:_FEW]]
    return {"title": label(place), "total": len(found), "more_url": page(place[0]), "hits": hits}


def _rows(table: str, name: str, found: Page, query: str) -> dict[str, Any]:
    """Live rows are counted; of those that are only staged, the ones on the first page."""
    hits = [
        Hit(
            url,
            plain(readable(line.key)),
            _note(table, line),
            True,
        )
        for line in found.lines
        if (url := page(name, line.key))
    ]
    asked = QueryDict(mutable=True)
    asked["q"] = query
    more = f"{page(table)}?{asked.urlencode()}" if found.after and page(table) else None
    return {
        "title": CHAPTERS[table],
        "total": max(found.found, len(hits)) if hits else 0,
        "more_url": more,
        "hits": hits,
    }


def _note(table: str, line: Line) -> Text | None:
    match table:
        case "accounts":
            return plain(str(line.row.get("name") or ""))
        case "aliases":
            return spoken_field("targets", line.row["targets"])
    return None


def _pages(request: Request, query: str) -> Iterable[Hit]:
    for name, text in CHAPTERS_SHOWN:
        if opens(request.caller, name) and _has(query, text.en, text.ja) and (url := page(name)):
            yield Hit(url, text)


def _settings(query: str) -> Iterable[Hit]:
    for place, option in OPTIONS.items():
        if _has(query, *_words(place, option)) and (url := address_of(written(place))):
            parameters = ", ".join(option.option.drives)
            yield Hit(url, label(place), plain(parameters) if parameters else None)


def _words(place: Place, option: DeclaredOption) -> Iterable[str]:
    text, help_text = label(place), option.option.help
    yield from (text.en, text.ja, written(place), *option.option.drives)
    if help_text is not None:
        yield from (help_text.en, help_text.ja)


def _has(query: str, *words: str) -> bool:
    wanted = _folded(query)
    return any(wanted in _folded(word) for word in words)


def _folded(text: str) -> str:
    """Full-width letters and capitals count as their plain selves."""
    return unicodedata.normalize("NFKC", text).casefold()


urlpatterns = [path("search/", search, name="search")]
