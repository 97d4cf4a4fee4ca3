"""Who is not logged in is sent to where that can be done, before a page asks anything of the actions."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, Final, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django_htmx.http import HttpResponseClientRedirect

from fumibako.actions import first_code
from fumibako.actions.permission import Right, require
from fumibako.console.peer import Request

Given = ParamSpec("Given")


# The pages of rows, and those that are about one's own edits, by name.
_OF_ROWS: Final = frozenset(
    {
        *("overview", "search", "help", "help_chapter"),
        *("domains", "domain", "keys", "key_public", "key_private", "zone"),
        *("accounts", "account_add", "account", "account_password", "account_remove", "account_undo"),
        *("account_rename", "removed_accounts", "accounts_csv", "accounts_download", "accounts_import"),
        *("aliases", "aliases_csv", "alias", "alias_remove", "alias_undo"),
        *("quotas", "quota", "quotas_bulk"),
        *("plan", "apply", "run", "run_confirm", "run_roll_back", "discard", "conflicts", "conflict"),
        *("history", "revision", "compare"),
    }
)


# The pages of an account holder.
_OWN: Final = frozenset({"own"})


def right_to(name: str | None) -> Right:
    """The right that the page of this name asks for before anything else does."""
    if name in _OWN:
        return "own_account"
    return "look_at_rows" if name in _OF_ROWS else "look"


def behind_log_in(
    view: Callable[Concatenate[Request, Given], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, Given], HttpResponseBase]:
    """The view for operators only. What an operator may do is the actions' to say; a page that is not named as open to
    domain administrators is closed to them."""

    @wraps(view)
    def gate(request: HttpRequest, /, *args: Given.args, **more: Given.kwargs) -> HttpResponseBase:
        own = request.caller.account is not None  # type: ignore[attr-defined]  # as below
        if not request.user.is_authenticated and not own:
            return to_log_in(request)
        match = request.resolver_match
        if own and match is not None and match.url_name == "overview":
            return redirect("own")
        require(request.caller, right_to(match.url_name if match else None))  # type: ignore[attr-defined]  # as below
        return view(request, *args, **more)  # type: ignore[arg-type]  # it has passed the peer middleware

    return gate


def to_log_in(request: HttpRequest) -> HttpResponse:
    """To the log-in; on a server without an administrator, to where the first one is made."""
    if first_code.needed():
        return redirect("first_run")
    # After the log-in one comes back to the page, unless it was an act: that is not done by following an address.
    answer = redirect_to_login(request.get_full_path()) if request.method == "GET" else redirect("account_login")
    # To htmx a redirection would be a page to put in place of a part.
    return HttpResponseClientRedirect(answer["Location"]) if "HX-Request" in request.headers else answer
