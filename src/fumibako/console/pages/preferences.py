"""Language and brightness: the reader's own, kept in cookies of his browser, before the log-in too."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from fumibako.actions.operators import choose_language
from fumibako.console.peer import Request
from fumibako.schema.text import LANGUAGES

THEMES: Final = ("auto", "light", "dark")
THEME_COOKIE: Final = "fumibako-theme"


def chosen_theme(request: HttpRequest) -> str:
    """The theme of the cookie; as the device has it where there is none of ours."""
    theme = request.COOKIES.get(THEME_COOKIE, "")
    return theme if theme in THEMES else THEMES[0]


@require_POST
def language(request: Request) -> HttpResponse:
    chosen = request.POST.get("language", "")
    choose_language(request.caller, chosen)
    return speaking(HttpResponseRedirect(_back(request)), chosen)


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    chosen = request.POST.get("theme", "")
    return _keeping(HttpResponseRedirect(_back(request)), THEME_COOKIE, chosen if chosen in THEMES else "")


def speaking(answer: HttpResponse, language: str) -> HttpResponse:
    """The answer, after which the browser is spoken to in this language, if it is one of ours."""
    return _keeping(answer, settings.LANGUAGE_COOKIE_NAME, language if language in LANGUAGES else "")


def _keeping(answer: HttpResponse, cookie: str, value: str) -> HttpResponse:
    if value:
        answer.set_cookie(
            cookie, value, max_age=settings.LANGUAGE_COOKIE_AGE, secure=True, httponly=True, samesite="Lax"
        )
    return answer


def _back(request: HttpRequest) -> str:
    """The page that the form stood on, as long as it is one of this console's."""
    page = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(page, {request.get_host()}, require_https=request.is_secure())
    return page if ours else "/"


urlpatterns = [
    path("preferences/language/", language, name="language"),
    path("preferences/theme/", theme, name="theme"),
]
