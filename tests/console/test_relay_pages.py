"""The smart relay's pages as a browser uses them."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from fumibako.actions import drafts, secrets
from fumibako.actions.caller import Caller
from fumibako.schema.place import looked_up
from fumibako.store.models import Operator

FORM = {"kind": "domain", "domain": "", "host": "", "port": "25", "username": "", "tls": "", "password": ""}


@pytest.fixture
def client(hanako: Caller, monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setattr(secrets, "_PATIENCE", 0.1)
    made = Client(headers={"Accept-Language": "ja"}, **{"wsgi.url_scheme": "https"})  # type: ignore[arg-type]
    made.force_login(Operator.objects.get(username="hanako"), "allauth.account.auth_backends.AuthenticationBackend")
    return made


def page(client: Client, path: str) -> str:
    answer: HttpResponse = client.get(path, secure=True)  # type: ignore[assignment]
    assert answer.status_code == 200
    return answer.content.decode()


def post(client: Client, path: str, **fields: str) -> Any:
    return client.post(path, fields, secure=True)


def routes(caller: Caller) -> Any:
    return looked_up(drafts.view(caller).settings, ("relay",))


def test_with_no_route_the_page_says_that_mail_goes_by_mx(client: Client) -> None:
    assert "中継先は設定されていません" in page(client, "/relay/")


def test_routes_are_added_changed_deleted_and_taken_back(client: Client, hanako: Caller) -> None:
    add = FORM | {"domain": "Local.Example.COM", "host": "192.168.12.34", "port": "1025"}
    assert post(client, "/relay/add/", **add).status_code == 302
    assert post(client, "/relay/add/", **(FORM | {"kind": "default", "host": "192.168.56.78"})).status_code == 302
    sender = FORM | {"kind": "sender", "domain": "@example.net", "host": "smtp.example.net", "username": "hanako"}
    assert post(client, "/relay/add/", **sender).status_code == 302
    assert routes(hanako)["domains"]["local.example.com"]["port"] == 1025
    assert routes(hanako)["senders"].keys() == {"example.net"}
    shown = page(client, "/relay/")
    assert "192.168.12.34:1025" in shown
    assert shown.count("追加・未適用") == 3
    assert "パスワードが未設定" in shown
    there = post(client, "/relay/add/", **add)
    assert (there.status_code, "すでにあります" in there.content.decode()) == (422, True)
    edited = "/relay/route/?route=to:local.example.com"
    assert 'value="1025"' in page(client, edited)
    assert post(client, edited, **(add | {"port": "26"})).status_code == 302
    assert routes(hanako)["domains"]["local.example.com"]["port"] == 26
    post(client, "/relay/", undo="to:local.example.com")
    assert routes(hanako)["domains"] == {}
    post(client, "/relay/", remove="default")
    assert routes(hanako)["default"] is None


def test_a_password_is_sealed_and_never_shown_again(client: Client, hanako: Caller) -> None:
    add = FORM | {"kind": "default", "host": "smtp.example.net", "username": "hanako", "password": "himitsu no kotoba"}
    assert post(client, "/relay/add/", **add).status_code == 302
    assert secrets.names(hanako) == ["relay/default"]
    assert "himitsu" not in page(client, "/relay/route/?route=default") + page(client, "/relay/")
    assert "設定済みです" in page(client, "/relay/route/?route=default")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"host": "１９２.168.0.1"}, 'value="host=192.168.0.1"'),
        ({"host": "hash:/etc/x"}, "アドレスでもホスト名でもありません"),
        ({"host": "x" * 300}, "255 文字を超えています"),
        ({"port": "0"}, "範囲にありません"),
        ({"port": "70000"}, "範囲にありません"),
        ({"port": "25x"}, 'value="port=25"'),
        ({"domain": "exa mple.com"}, "ドメイン名ではありません"),
        ({"domain": ""}, "ドメイン名がありません"),
        ({"username": "a", "tls": "none"}, 'value="tls=required"'),
    ],
)
def test_what_is_wrong_stands_beside_its_field(client: Client, changed: dict[str, str], said: str) -> None:
    answer = post(client, "/relay/add/", **(FORM | {"domain": "example.com", "host": "192.168.0.1"} | changed))
    assert answer.status_code == 422
    assert said in answer.content.decode()


def test_a_provider_s_values_fill_the_form(client: Client) -> None:
    shown = page(client, "/relay/add/?preset=nifty")
    assert 'value="smtp.nifty.com"' in shown
    assert 'value="465"' in shown


def test_a_route_that_is_not_there_is_not_found(client: Client) -> None:
    for route in ("default", "to:example.com", "nonsense", ""):
        assert client.get("/relay/route/", {"route": route}, secure=True).status_code == 404
