"""The permitted clients as a browser adds, takes back, deletes and applies them."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from fumibako.actions import applies, drafts
from fumibako.actions import view as views
from fumibako.actions.caller import Caller
from fumibako.actions.checking import Wanted
from fumibako.actions.proposal import of_wanted

LIST = ("access", "permitted_clients")


def read(client: Client, path: str = "/access/") -> str:
    answer = client.get(path, secure=True)
    assert answer.status_code == 200, path
    return answer.content.decode()


def post(client: Client, **fields: str) -> Any:
    return client.post("/access/", fields, secure=True)


def staged(caller: Caller) -> dict[str, str]:
    return {each.edit.place[-1]: each.change.kind for each in drafts.listed(caller, ["access"])}


def serve(caller: Caller, *entries: str) -> None:
    applies.apply(caller, of_wanted(caller, [Wanted(LIST, list(entries))]), sure=True)


def test_nobody_sees_it_without_logging_in(browser: Client, hanako: Caller) -> None:
    assert browser.get("/access/", secure=True).headers["Location"].startswith("/login/")


def test_an_entry_is_added_with_its_exact_range_and_taken_back(hanakos: Client, hanako: Caller) -> None:
    assert post(hanakos, entry=" 192.168.0.21-24 ").headers["Location"] == "/access/?fresh=192.168.0.21-24"
    page = read(hanakos)
    assert "192.168.0.21 – .24" in page
    assert "4 アドレス" in page
    assert "追加・未適用" in page
    post(hanakos, undo="192.168.0.21-24")
    assert staged(hanako) == {}


def test_deleting_becomes_undoing_and_comes_back_as_it_was(hanakos: Client, hanako: Caller) -> None:
    serve(hanako, "192.168.7.", "example.com")
    post(hanakos, remove="192.168.7.")
    page = read(hanakos)
    assert 'name="undo" value="192.168.7."' in page
    assert 'name="remove" value="example.com"' in page
    post(hanakos, undo="192.168.7.")
    assert staged(hanako) == {}
    assert 'name="remove" value="192.168.7."' in read(hanakos)


@pytest.mark.parametrize(
    ("entry", "suggestion"), [("10.0.0.1/8", "10.0.0.0/8"), ("10.0.0.9-1", "10.0.0.1-9"), ("１０.", "10.")]
)
def test_what_was_probably_meant_is_a_button(hanakos: Client, hanako: Caller, entry: str, suggestion: str) -> None:
    answer = post(hanakos, entry=entry)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert f'value="entry={suggestion}"' in page
    assert f'value="{entry}"' in page
    assert staged(hanako) == {}
    post(hanakos, entry=entry, use=f"entry={suggestion}")
    assert staged(hanako) == {suggestion: "added"}


@pytest.mark.parametrize("entry", ["0.0.0.0/0", "::/0", "128.0.0.0/1", "com", "192.168.0.300", "<script>", ""])
def test_what_is_no_client_stages_nothing(hanakos: Client, hanako: Caller, entry: str) -> None:
    answer = post(hanakos, entry=entry)
    assert answer.status_code == 422
    assert "<script>" not in answer.content.decode().replace("<script src", "")
    assert staged(hanako) == {}


def test_many_are_pasted_all_or_none(hanakos: Client, hanako: Caller) -> None:
    answer = post(hanakos, entries="192.168.0.1\r\n\r\n192.168.0.300\r\nexample.com")
    assert answer.status_code == 422
    assert "192.168.0.300" in answer.content.decode()
    assert staged(hanako) == {}
    assert post(hanakos, entries="192.168.0.1\r\n\r\nEXAMPLE.com\r\n").status_code == 302
    assert staged(hanako) == {"192.168.0.1": "added", "example.com": "added"}


def test_a_wide_entry_is_applied_only_by_who_says_so_again(hanakos: Client, hanako: Caller) -> None:
    post(hanakos, entry="10.")
    assert "16,777,216 アドレス" in read(hanakos)
    answer = post(hanakos, then="apply")
    assert answer.headers["Location"].startswith("/plan/")
    review = hanakos.get(answer.headers["Location"], secure=True).content.decode()
    assert 'name="understood"' in review
    assert "管理下" in review
    assert not views.live().settings["access"]["permitted_clients"]
    hanakos.post(answer.headers["Location"].replace("/plan/", "/apply/"), {"understood": "yes"}, secure=True)
    assert views.live().settings["access"]["permitted_clients"] == ["10."]


def test_an_entry_that_is_there_already_is_said_to_be(hanakos: Client, hanako: Caller) -> None:
    serve(hanako, "192.168.0.1")
    assert "すでにあります" in post(hanakos, entry="192.168.0.1").content.decode()


def test_overlaps_stand_beside_their_rows_and_loopback_is_fixed(hanakos: Client, hanako: Caller) -> None:
    serve(hanako, "192.168.0.", "192.168.0.7")
    page = read(hanakos)
    assert "192.168.0. に含まれています" in page
    assert "このサーバー自身" in page
    assert "固定" in page


def test_a_long_list_comes_in_pages_and_can_be_searched(hanakos: Client, hanako: Caller) -> None:
    serve(hanako, *[f"192.0.2.{last}" for last in range(1, 61)])
    first = read(hanakos)
    assert 'value="192.0.2.50"' in first
    assert 'value="192.0.2.51"' not in first
    second = read(hanakos, "/access/?after=192.0.2.50")
    assert 'value="192.0.2.51"' in second
    assert "このサーバー自身" in second
    assert 'value="192.0.2.1"' in read(hanakos, "/access/?before=192.0.2.51")
    found = read(hanakos, "/access/?q=2.60")
    assert 'value="192.0.2.60"' in found
    assert 'value="192.0.2.6"' not in found
