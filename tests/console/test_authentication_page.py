"""Sender authentication as a browser changes it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from fumibako.actions import applies, drafts
from fumibako.actions.caller import Caller
from fumibako.actions.checking import Wanted
from fumibako.actions.proposal import of_wanted
from fumibako.schema.place import written
from fumibako.store.models import Operator


@pytest.fixture
def hanakos(hanako: Caller) -> Client:
    client = Client(headers={"Accept-Language": "ja"}, **{"wsgi.url_scheme": "https"})  # type: ignore[arg-type]
    client.force_login(Operator.objects.get(username="hanako"), "allauth.account.auth_backends.AuthenticationBackend")
    applies.apply(hanako, of_wanted(hanako, [Wanted(("domains", "example.jp"), {})]))
    return client


def read(client: Client) -> str:
    answer = client.get("/authentication/", secure=True)
    assert answer.status_code == 200
    return answer.content.decode()


def post(client: Client, **fields: str) -> Any:
    return client.post(
        "/authentication/", {name.replace("__", "."): value for name, value in fields.items()}, secure=True
    )


def staged(caller: Caller) -> dict[tuple[str, ...], Any]:
    return {each.edit.place: each.edit.now for each in drafts.listed(caller, ["authentication", "dns"])}


def test_it_answers_in_both_languages(hanakos: Client) -> None:
    assert "SPF を検査する" in read(hanakos)
    english = hanakos.get("/authentication/", secure=True, headers={"Accept-Language": "en"}).content.decode()
    assert "Signatures by domain" in english


def test_a_switch_is_staged_and_taken_back(hanakos: Client, hanako: Caller) -> None:
    assert post(hanakos, authentication__spf__reject_fail="on", then="stage").status_code == 302
    assert staged(hanako) == {("authentication", "spf", "reject_fail"): True}
    post(hanakos, undo="authentication.spf.reject_fail")
    assert staged(hanako) == {}


def test_a_domain_begins_to_sign_and_stops(hanakos: Client, hanako: Caller) -> None:
    assert "example.jp dkim off" in read(hanakos)  # it signs with DKIM from the first
    post(hanakos, switch="example.jp domainkeys on")
    (entry,) = staged(hanako).values()
    assert entry == {
        "dkim": {"enabled": True, "rsa": None, "ed25519": None},
        "domainkeys": {"enabled": True, "selector": "default"},
    }
    assert "example.jp domainkeys off" in read(hanakos)
    post(hanakos, switch="example.jp dkim off")
    (entry,) = staged(hanako).values()
    assert entry["dkim"]["enabled"] is False
    post(hanakos, undo=written(("authentication", "signing", "example.jp")))
    assert staged(hanako) == {}
    post(hanakos, switch="nonsense")
    assert staged(hanako) == {}


def test_what_is_wrong_stands_beside_its_field(hanakos: Client, hanako: Caller) -> None:
    answer = post(hanakos, dns__resolvers="192.0.2.53", then="stage")
    assert answer.status_code == 422
    assert "192.0.2.53:53" in answer.content.decode()
    assert staged(hanako) == {}
    post(hanakos, dns__resolvers="192.0.2.53:53", then="stage")
    assert staged(hanako) == {("dns", "resolvers"): ["192.0.2.53:53"]}
