"""What stands around every page: chapters, language and theme, who is there."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from fumibako.schema.text import Text

THEMES = ("auto", "light", "dark")

# Chapters whose pages are built; the others are not shown.
_CHAPTERS: tuple[tuple[str, Text, str], ...] = (("overview", Text("Overview", "概要"), "layout-dashboard"),)


def frame(request: HttpRequest) -> dict[str, Any]:
    """The context processor: `frame` as templates/frame.html describes it; nothing before the log-in."""
    if not getattr(request, "user", None) or not request.user.is_authenticated:
        return {}
    return {
        "frame": {
            "chapters": [{"title": None, "items": [_item(request, *chapter) for chapter in _CHAPTERS]}],
            "home_url": reverse("overview"),
            "search_url": address("search"),
            "help_url": address("help"),
            "language_url": reverse("set_language"),
            "theme_url": address("theme"),
            "theme": request.COOKIES.get("theme", "auto"),
            "path": request.path,
            "operator": {
                "name": request.user.get_username(),
                "role": Text("Server administrator", "サーバー管理者"),
                "security_url": address("mfa_index"),
            },
            "logout_url": reverse("account_logout"),
            "staged": None,
        }
    }


def address(name: str) -> str:
    """The address of a page, empty while there is none."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def _item(request: HttpRequest, name: str, label: Text, icon: str) -> dict[str, Any]:
    url = reverse(name)
    return {"url": url, "label": label, "icon": icon, "current": request.path == url, "staged": 0, "problem": None}
