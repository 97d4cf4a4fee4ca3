"""All addresses: the API, log-in, the language, and the pages."""

from __future__ import annotations

from allauth.account import views as account
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, URLResolver, include, path
from django.views.decorators.http import require_safe

from fumibako.api.node import node
from fumibako.api.rest import metrics, nowhere, rest
from fumibako.console.pages import own


@require_safe
def away(_request: HttpRequest, **_more: object) -> HttpResponse:
    """For the pages of allauth that we do not have (sign-up, mail, forgotten passwords) but whose names it looks up."""
    return HttpResponseRedirect("/")


urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", rest.urls),
    path("api/node/v1/", node.urls),
    path("api/<path:rest>", nowhere),
    path("metrics", metrics, name="metrics"),
    path("login/", own.log_in, name="account_login"),
    path("logout/", own.log_out, name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("password/", account.password_change, name="account_change_password"),
    path("second-factor/", include("allauth.mfa.urls")),
    *(
        path(f"away/{name}/", away, name=name)
        for name in (
            "account_signup",
            "account_email",
            "account_email_verification_sent",
            "account_set_password",
            "account_reset_password",
            "account_confirm_login_code",
        )
    ),
    path("", include("fumibako.console.pages.urls")),
]
