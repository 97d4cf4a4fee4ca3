"""The addresses of the pages: each page module has its own list."""

from __future__ import annotations

from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path

_MODULES = (
    "overview",
    "first_run",
    "preferences",
    "search",
    "history",
    "conflicts",
    "plan",
    "run",
    "staged",
    "basics",
    "domains",
    "accounts",
)
urlpatterns: list[URLPattern | URLResolver] = [
    path("", include(f"fumibako.console.pages.{name}"))
    for name in _MODULES
    if find_spec(f"fumibako.console.pages.{name}")
]
