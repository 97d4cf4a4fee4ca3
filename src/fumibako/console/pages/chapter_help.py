"""Help: how every screen works, and chapter by chapter what each option does."""

from __future__ import annotations

from django.http import Http404, HttpResponseBase
from django.shortcuts import render
from django.urls import path, reverse
from django.views.decorators.http import require_safe

from fumibako.console.pages.gate import behind_log_in
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
    chapters = [{"label": CHAPTERS[name], "url": reverse("help_chapter", args=[name])} for name in HELPED]
    return render(request, "pages/help.html", {"chapters": chapters, "history_url": reverse("history")})


@require_safe
@behind_log_in
def chapter(request: Request, name: str) -> HttpResponseBase:
    if name not in HELPED:
        raise Http404
    context = {
        "title": CHAPTERS[name],
        "entries": list(entries(name)),
        "page_url": page(name),
        "index_url": reverse("help"),
    }
    return render(request, "pages/help_chapter.html", context)


def help_for(name: str | None) -> str:
    """Where the page of a chapter sends for help."""
    return reverse("help_chapter", args=[name]) if name in HELPED else reverse("help")


urlpatterns = [path("help/", index, name="help"), path("help/<str:name>/", chapter, name="help_chapter")]
