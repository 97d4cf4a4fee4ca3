"""What stands around every page: chapters and their marks, what is staged, language and theme, who is there."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from django.http import HttpRequest

from fumibako.actions import drafts
from fumibako.actions.caller import NOBODY, Caller, Power
from fumibako.actions.permission import may
from fumibako.actions.status import dead_lists
from fumibako.console.pages.chapter_help import help_for
from fumibako.console.pages.gate import right_to
from fumibako.console.pages.places import page
from fumibako.console.pages.preferences import chosen_theme
from fumibako.document.words import CHAPTERS
from fumibako.schema.text import Text, plain

# The chapters in the order of the rail, as groups: name of the page (and of what is staged there), icon. A chapter
# whose page is not there is not shown.
_RAIL: Final[tuple[tuple[Text | None, tuple[tuple[str, Text, str], ...]], ...]] = (
    (None, (("overview", Text("Overview", "概要"), "layout-dashboard"),)),
    (None, (("own", Text("My mail", "自分のメール"), "circle-user-round"),)),
    (
        Text("Mail server", "メールサーバー"),
        (
            ("basics", CHAPTERS["basics"], "sliders-horizontal"),
            ("access", CHAPTERS["access"], "shield-check"),
            ("quotas", CHAPTERS["quotas"], "gauge"),
            ("quotas_bulk", Text("Quota for many", "スプール容量制限一括設定"), "list-checks"),
            ("aliases", CHAPTERS["aliases"], "split"),
            ("relay", CHAPTERS["relay"], "route"),
            ("spam", CHAPTERS["spam"], "ban"),
            ("authentication", CHAPTERS["authentication"], "badge-check"),
        ),
    ),
    (
        Text("Domains and accounts", "ドメインとアカウント"),
        (("domains", CHAPTERS["domains"], "globe"), ("accounts", CHAPTERS["accounts"], "users")),
    ),
    (
        Text("Operation", "運用"),
        (("explain", Text("What would happen", "このメールはどうなる?"), "mail-question-mark"),),
    ),
    (
        None,
        (
            ("history", Text("History", "履歴"), "history"),
            ("operators", Text("Operators", "運営者"), "user-cog"),
        ),
    ),
)
_LIST_OFF: Final = Text(
    "Switched off, because it does not work as a list: {names}", "リストとして働いていないため停止中: {names}"
)
CHAPTERS_SHOWN: Final = tuple((name, label) for _, items in _RAIL for name, label, _ in items)
_ROLES: Final[Mapping[Power, Text]] = {
    "server_admin": Text("Server administrator", "サーバー管理者"),
    "domain_admin": Text("Domain administrator", "ドメイン管理者"),
    "account_holder": Text("Account holder", "アカウント利用者"),
}


def frame(request: HttpRequest) -> dict[str, Any]:
    """The context processor: `frame` as templates/frame.html describes it; before the log-in, and for who has no rooms
    here, without chapters."""
    caller: Caller = getattr(request, "caller", NOBODY)
    switches = {
        "language_url": page("language"),
        "theme_url": page("theme"),
        "theme": chosen_theme(request),
        "path": request.get_full_path(),
    }
    if caller.via != "session":
        return {"frame": switches}
    staged = drafts.counts(caller) if may(caller, "stage_rows") else {}
    return {
        "frame": {
            **switches,
            "chapters": chapters(caller, request.path, staged, _problems(caller)),
            "home_url": page("overview"),
            "search_url": page("search") if caller.account is None else "",
            "help_url": help_for(_current(request.path)) if caller.account is None else "",
            "operator": {
                "name": caller.who,
                "role": _ROLES[caller.power],
                "security_url": page("mfa_index") if caller.account is None else "",
            },
            "logout_url": page("account_logout"),
            "staged": _bar(staged) if staged else None,
        }
    }


def _problems(caller: Caller) -> dict[str, Text]:
    """What is wrong in a chapter right now, whoever changed nothing."""
    dead = dead_lists(caller) if may(caller, "look") else []
    return {"spam": _LIST_OFF.with_(names=", ".join(dead))} if dead else {}


def chapters(
    caller: Caller, path: str, staged: Mapping[str, int], problems: Mapping[str, Text] = MappingProxyType({})
) -> list[dict[str, Any]]:
    """The rail, seen from the page at `path`: the pages that the caller may open."""
    groups = []
    for title, items in _RAIL:
        shown = [
            _item(url, name, label, icon, path, staged, problems.get(name))
            for name, label, icon in items
            if (url := page(name)) and opens(caller, name)
        ]
        if shown:
            groups.append({"title": title, "items": shown})
    return groups


def opens(caller: Caller, name: str) -> bool:
    """Whether a chapter's page is the caller's to open. A domain administrator's first page is that of his domains."""
    if name == "overview" and caller.domains is not None:
        return False
    return may(caller, right_to(name))


def _current(path: str) -> str | None:
    """The chapter whose page is at `path`."""
    names = (name for name, _ in CHAPTERS_SHOWN if name != "overview")
    return next((name for name in names if (url := page(name)) and path.startswith(url)), None)


def _item(
    url: str, name: str, label: Text, icon: str, path: str, staged: Mapping[str, int], problem: Text | None
) -> dict[str, Any]:
    current = path == url or (url != "/" and path.startswith(url))
    return {
        "url": url,
        "label": label,
        "icon": icon,
        "current": current,
        "staged": staged.get(name, 0),
        "problem": problem,
    }


def _bar(staged: Mapping[str, int]) -> dict[str, Any]:
    order = {key: position for position, key in enumerate(CHAPTERS)}
    return {
        "count": sum(staged.values()),
        "chapters": [
            {"label": CHAPTERS.get(key, plain(key)), "count": staged[key], "url": page(key) or page("plan")}
            for key in sorted(staged, key=lambda each: order.get(each, len(order)))
        ],
        "review_url": page("plan"),
        "discard_url": page("discard"),
        "apply_url": page("apply"),
    }
