from __future__ import annotations

import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.conf import settings
from django.http import HttpResponse
from django.test import Client

from fumibako.actions.caller import Caller
from fumibako.store.models import Audit, Operator

PASSWORD = "correct horse battery"


def post(browser: Client, path: str, **fields: str) -> HttpResponse:
    browser.get(path, secure=True)
    token = browser.cookies[settings.CSRF_COOKIE_NAME].value
    return browser.post(  # type: ignore[return-value]
        path, fields | {"csrfmiddlewaretoken": token}, secure=True, headers={"Referer": "https://testserver/"}
    )


def log_in(browser: Client, password: str = PASSWORD, name: str = "hanako") -> HttpResponse:
    return post(browser, "/login/", login=name, password=password)


def test_an_operator_logs_in_and_out(browser: Client, hanako: Caller) -> None:
    answer = log_in(browser)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    cookie = browser.cookies[settings.SESSION_COOKIE_NAME]
    assert settings.SESSION_COOKIE_NAME.startswith("__Host-")
    assert (cookie["secure"], cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, True, "Lax", "/")
    assert browser.get("/api/v1/settings", secure=True).status_code == 200
    assert Audit.objects.filter(who="hanako", verb="log_in").count() == 1
    assert post(browser, "/logout/").status_code == 302
    assert browser.get("/api/v1/settings", secure=True).status_code == 401


def test_a_form_without_its_token_is_refused(browser: Client, hanako: Caller) -> None:
    assert browser.post("/login/", {"login": "hanako", "password": PASSWORD}, secure=True).status_code == 403


def test_after_five_failures_even_the_right_password_waits(browser: Client, hanako: Caller) -> None:
    for _ in range(5):
        assert log_in(browser, "wrong").status_code == 200
    browser.cookies[settings.LANGUAGE_COOKIE_NAME] = "ja"
    answer = log_in(browser)
    assert answer.status_code == 200
    assert "一時的に受け付けません" in answer.content.decode()
    assert browser.get("/api/v1/settings", secure=True).status_code == 401
    assert Audit.objects.filter(verb="log_in.failed").count() == 5
    assert not any("wrong" in str(entry.detail) for entry in Audit.objects.all())


def test_an_operator_who_is_not_active_any_more_does_not_get_in(browser: Client, hanako: Caller) -> None:
    Operator.objects.update(is_active=False)
    log_in(browser)
    assert browser.get("/api/v1/settings", secure=True).status_code == 401


def test_a_second_factor_is_asked_for_and_its_secret_lies_sealed(browser: Client, hanako: Caller) -> None:
    secret = generate_totp_secret()
    TOTP.activate(Operator.objects.get(), secret)
    assert secret not in str(Authenticator.objects.get().data)
    answer = log_in(browser)
    assert answer.headers["Location"] == "/second-factor/authenticate/"
    assert browser.get("/api/v1/settings", secure=True).status_code == 401
    assert post(browser, "/second-factor/authenticate/", code="000000").status_code == 200
    now = format_hotp_value(hotp_value(secret, int(time.time()) // 30))
    assert post(browser, "/second-factor/authenticate/", code=now).headers["Location"] == "/"
    assert browser.get("/api/v1/settings", secure=True).status_code == 200


def test_who_wants_another_second_factor_shows_the_password_again(browser: Client, hanako: Caller) -> None:
    log_in(browser)
    path = "/second-factor/totp/activate/"
    again = browser.get(path, secure=True).headers["Location"]
    assert again.startswith("/reauthenticate/")
    assert post(browser, again, password="wrong").status_code == 200
    assert post(browser, again, password=PASSWORD).headers["Location"] == path
    assert browser.get(path, secure=True).status_code == 200


@pytest.mark.parametrize("path", ["/second-factor/", "/password/"])
def test_the_pages_of_ones_own_log_in_are_there(browser: Client, hanako: Caller, path: str) -> None:
    log_in(browser)
    assert browser.get(path, secure=True).status_code == 200


@pytest.mark.parametrize("path", ["/signup/", "/password/reset/", "/email/"])
@pytest.mark.usefixtures("node")
def test_there_is_no_way_in_by_signing_up_or_by_mail(browser: Client, path: str) -> None:
    assert browser.get(path, secure=True).status_code == 404


@pytest.mark.parametrize(
    ("cookie", "header", "language"),
    [("", "ja,en;q=0.5", "ja"), ("", "fr", "en"), ("en", "ja", "en"), ("ja", "en", "ja")],
)
@pytest.mark.usefixtures("node")
def test_the_language_is_the_cookies_else_the_browsers_else_english(
    browser: Client, cookie: str, header: str, language: str
) -> None:
    if cookie:
        browser.cookies[settings.LANGUAGE_COOKIE_NAME] = cookie
    answer = browser.get("/login/", secure=True, headers={"Accept-Language": header})
    assert f'lang="{language}"' in answer.content.decode()
