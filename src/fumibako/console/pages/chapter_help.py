"""Help: how every screen works, and chapter by chapter what each option does."""

from __future__ import annotations

from django.http import Http404, HttpResponseBase
from django.shortcuts import render
from django.urls import path, reverse
from django.views.decorators.http import require_safe

from fumibako.actions.permission import may
from fumibako.console.pages.gate import behind_log_in, right_to
from fumibako.console.pages.places import page
from fumibako.console.peer import Request
from fumibako.document.reference import chapter as entries
from fumibako.document.settings import SECTIONS
from fumibako.document.words import CHAPTERS
from fumibako.features.directory.rows import TABLES

HELPED = (*SECTIONS, *TABLES)


@require_safe
@behind_log_in
def index(request: Request) -> HttpResponseBase:
    helped = HELPED if may(request.caller, "look") else tuple(TABLES)
    chapters = [{"label": CHAPTERS[name], "url": reverse("help_chapter", args=[name])} for name in helped]
    return render(request, "pages/help.html", {"chapters": chapters, "history_url": reverse("history")})


@require_safe
@behind_log_in
def chapter(request: Request, name: str) -> HttpResponseBase:
    if name not in HELPED:
        raise Http404
    context = {
        "title": CHAPTERS[name],
        "entries": list(entries(name)),
        "page_url": page(name) if may(request.caller, right_to(name)) else "",
        "index_url": reverse("help"),
    }
    return render(request, "pages/help_chapter.html", context)


def help_for(name: str | None) -> str:
    """Where the page of a chapter sends for help."""
    return reverse("help_chapter", args=[name]) if name in HELPED else reverse("help")


urlpatterns = [path("help/", index, name="help"), path("help/<str:name>/", chapter, name="help_chapter")]
