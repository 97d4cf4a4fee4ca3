"""Block lists and refused senders as a browser changes them."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from fumibako.actions import agent_link, applies, drafts
from fumibako.actions.caller import Caller
from fumibako.actions.checking import Wanted
from fumibako.actions.proposal import of_wanted


def read(client: Client, path: str = "/spam/") -> str:
    answer = client.get(path, secure=True)
    assert answer.status_code == 200, path
    return answer.content.decode()


def post(client: Client, which: str, **fields: str) -> Any:
    return client.post(f"/spam/?{which}", fields, secure=True)


def staged(caller: Caller) -> dict[str, str]:
    return {each.edit.place[-1]: each.change.kind for each in drafts.listed(caller, ["spam"])}


def serve(caller: Caller, **options: object) -> None:
    applies.apply(caller, of_wanted(caller, [Wanted(("spam", name), value) for name, value in options.items()]))


def test_it_answers_in_both_languages(hanakos: Client) -> None:
    assert "受信拒否リスト自動設定" in read(hanakos)
    english = hanakos.get("/spam/", secure=True, headers={"Accept-Language": "en"}).content.decode()
    assert "DNS block lists" in english


def test_a_sender_and_a_list_are_added_and_taken_back(hanakos: Client, hanako: Caller) -> None:
    assert post(hanakos, "senders", entry="Spam@Example.CO.JP").status_code == 302
    assert post(hanakos, "lists", entry="BL.example.net").status_code == 302
    assert staged(hanako) == {"spam@example.co.jp": "added", "bl.example.net": "added"}
    assert read(hanakos).count("追加・未適用") == 2
    post(hanakos, "senders", undo="spam@example.co.jp")
    post(hanakos, "lists", undo="bl.example.net")
    assert staged(hanako) == {}


def test_what_is_wrong_stands_beside_its_own_field(hanakos: Client, hanako: Caller) -> None:
    answer = post(hanakos, "senders", entry="example.co.jp")
    assert answer.status_code == 422
    page = answer.content.decode()
    assert 'value="entry=@example.co.jp"' in page
    assert page.index('id="sender-finding"') > page.index('id="list"')
    assert 'id="list-finding"' not in page
    assert 'id="list-finding"' in post(hanakos, "lists", entry="bl").content.decode()
    assert staged(hanako) == {}


def test_ten_thousand_senders_are_pasted_at_once(hanakos: Client, hanako: Caller) -> None:
    text = "\r\n".join(f"spam{number}@example.co.jp" for number in range(10_000))
    assert post(hanakos, "senders", entries=text).status_code == 302
    assert drafts.counts(hanako) == {"spam": 10_000}
    assert "10,000 件" in read(hanakos)
    bad = post(hanakos, "senders", entries="a@example.org\r\nnonsense")
    assert bad.status_code == 422
    assert drafts.counts(hanako) == {"spam": 10_000}


def test_the_weight_to_refuse_from_is_staged_and_taken_back(hanakos: Client, hanako: Caller) -> None:
    serve(hanako, dns_blocklists=["bl.example.net*2"])
    assert post(hanakos, "threshold", **{"spam.threshold": "0"}).status_code == 422
    assert post(hanakos, "threshold", **{"spam.threshold": "2"}).status_code == 302
    assert staged(hanako) == {"threshold": "changed"}
    post(hanakos, "threshold", undo="spam.threshold")
    assert staged(hanako) == {}


def test_a_dead_list_is_reported_with_what_it_did(
    hanakos: Client, hanako: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(hanako, dns_blocklists=["bl.example.net", "dead.example.net"])
    known = [
        {"name": "bl.example.net", "state": "alive", "checked": 1_700_000_000, "hits": 1234, "refused": 0},
        {"name": "dead.example.net", "state": "everybody", "checked": 1_700_000_000, "hits": 0, "refused": 0},
    ]
    monkeypatch.setattr(agent_link, "observe", lambda: {"ok": True, "block_lists": known})
    page = read(hanakos)
    assert "拒否 1,234 件" in page
    assert "停止: すべてを掲載" in page
    assert "リストとして働いていないため停止中: dead.example.net" in read(hanakos, "/access/"), "a mark in the rail"
    assert "127.0.0.1 を含め" in page
