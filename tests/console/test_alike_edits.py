"""Many edits that are alike are one line: in a plan, in the history, over REST; to open, and to take back together or one
by one."""

from __future__ import annotations

import json
import re
from urllib.parse import urlencode

import pytest
from django.test import Client

from fumibako.actions import applies, drafts
from fumibako.actions.caller import Caller
from fumibako.actions.checking import Wanted
from fumibako.actions.proposal import of_draft, of_wanted

NUMBER = 230


@pytest.fixture
def limits(hanako: Caller) -> None:
    """A bulk edit is staged, and something beside it."""
    rows = [Wanted(("domains", "example.jp"), {})]
    rows += [Wanted(("accounts", f"a{number}@example.jp"), {}) for number in range(NUMBER)]
    assert applies.apply(hanako, of_wanted(hanako, rows)).outcome == "applied"
    wanted = [Wanted(("accounts", f"a{number}@example.jp", "quota_mb"), 100) for number in range(NUMBER)]
    assert drafts.stage(hanako, [*wanted, Wanted("basics.message_size_limit", 20971520)]).ok


def read(client: Client, address: str) -> str:
    answer = client.get(address, secure=True, follow=True)
    assert answer.status_code == 200
    return str(answer.content.decode())


def rows(text: str) -> list[str]:
    return re.findall(r'<tr class="(?:added|changed|removed)">', text)


def key(hanako: Caller) -> str:
    edits = drafts.listed(hanako)
    return next(each.change.alike for each in edits if each.change.alike)


@pytest.mark.usefixtures("limits")
def test_a_plan_tells_them_in_one_line(hanakos: Client) -> None:
    text = read(hanakos, "/plan/?view=settings")
    assert len(rows(text)) == 2
    assert f"アカウント {NUMBER} 件: 制限容量" in text
    assert "100 MBytes" in text
    assert f"全 {NUMBER} 件を表示" in text


@pytest.mark.usefixtures("limits")
def test_all_of_them_are_a_page_at_a_time(hanakos: Client, hanako: Caller) -> None:
    seen: list[str] = []
    address: str | None = f"/staged/alike/?{urlencode({'key': key(hanako)})}"
    while address:
        text = read(hanakos, address)
        seen += re.findall(r'name="undo" value="accounts/(a[0-9]+)@', text)
        found = re.search(r'rel="next" href="([^"]+)"', text)
        address = "/staged/alike/" + found[1].replace("&amp;", "&") if found else None
    assert sorted(seen) == sorted(f"a{number}" for number in range(NUMBER))


@pytest.mark.usefixtures("limits")
def test_one_is_taken_back_and_then_all_of_them(hanakos: Client, hanako: Caller) -> None:
    page = f"/staged/alike/?{urlencode({'key': key(hanako)})}"
    answer = hanakos.post(page, {"undo": "accounts/a7@example.jp/quota_mb"}, secure=True)
    assert (answer.status_code, drafts.counts(hanako)) == (302, {"basics": 1, "quotas": NUMBER - 1})
    answer = hanakos.post("/plan/", {"undo_alike": key(hanako)}, secure=True)
    assert (answer.status_code, drafts.counts(hanako)) == (302, {"basics": 1})
    # What is no key takes nothing back.
    for text in ("", "[]", "{}", "[[]]", '[["accounts"],"changed","name",null,true]', "[" * 3000, '[["x"],1,2,3,4]'):
        hanakos.post("/plan/", {"undo_alike": text}, secure=True)
        assert hanakos.get(f"/staged/alike/?{urlencode({'key': text})}", secure=True).status_code == 302
    assert drafts.counts(hanako) == {"basics": 1}


def test_entries_of_a_list_are_taken_back_together(hanakos: Client, hanako: Caller) -> None:
    entries = [Wanted(("access", "permitted_clients", f"10.0.{number}.0/24"), True) for number in range(150)]
    assert drafts.stage(hanako, entries).ok
    assert "150 件" in read(hanakos, "/plan/?view=settings")
    assert len(rows(read(hanakos, f"/staged/alike/?{urlencode({'key': key(hanako)})}"))) == 100
    hanakos.post("/plan/", {"undo_alike": key(hanako)}, secure=True)
    assert drafts.counts(hanako) == {}


@pytest.mark.usefixtures("limits")
def test_the_history_tells_them_in_one_line(hanakos: Client, hanako: Caller) -> None:
    result = applies.apply(hanako, of_draft(hanako))
    assert result.outcome == "applied"
    for address in (f"/history/{result.revision}/", f"/history/compare/?a=2&b={result.revision}"):
        text = read(hanakos, address)
        assert len(rows(text)) == 2, address
        assert f"アカウント {NUMBER} 件: 制限容量" in text
        assert 'name="undo' not in text
    assert f"アカウント {NUMBER} 件: 制限容量" in read(hanakos, "/history/")


def test_over_rest_they_are_counted_beside_the_first_of_them(socket_client: Client) -> None:
    edits = [{"path": "domains/example.jp", "now": {}}]
    edits += [{"path": f"accounts/a{number}@example.jp", "now": {}} for number in range(30)]
    answer = socket_client.post(
        "/api/v1/plan", json.dumps({"edits": edits}), "application/json", headers={"Accept-Language": "en"}
    ).json()
    (alike,) = answer["alike"]
    assert (alike["text"], alike["kind"], alike["count"]) == ("30 accounts", "added", 30)
    assert alike["paths"] == [each["path"] for each in edits[1:]]
    assert len(answer["settings"]) == 31
