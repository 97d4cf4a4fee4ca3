"""What an action says instead of an answer, as a page in the reader's language with its status."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from fumibako.actions.trouble import Denied, Missing, Trouble, Unfinished, Unknown
from fumibako.console.pages.gate import to_log_in
from fumibako.console.pages.places import page

_TEMPLATES: Final = {Denied: "403.html", Missing: "404.html"}


class TroubleMiddleware:
    """Around the pages only: the API has an answer of its own."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self._answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._answer(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, Trouble):
            return None
        if isinstance(error, Unknown):
            return to_log_in(request)
        template = next((name for kind, name in _TEMPLATES.items() if isinstance(error, kind)), "pages/trouble.html")
        run_url = page("run", error.run) if isinstance(error, Unfinished) else ""
        return render(request, template, {"trouble": error, "run_url": run_url}, status=error.status)
