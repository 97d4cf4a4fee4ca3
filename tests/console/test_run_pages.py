"""Planning, applying, watching and discarding, as a browser does it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from fumibako.actions import agent_link, applies, drafts
from fumibako.actions.caller import Caller
from fumibako.actions.checking import Wanted
from fumibako.actions.proposal import of_draft, of_wanted
from fumibako.store import revisions
from fumibako.store.models import Revision, Run
from tests.fake_node import FakeNode, Outcome, outcome, well

LIMIT = "basics.message_size_limit"
DANGEROUS = {
    "question": {"en": "A stranger to elsewhere", "ja": "外部から他所へ"},
    "before": {"en": "refused", "ja": "拒否"},
    "after": {"en": "accepted", "ja": "許可"},
    "changed": True,
    "danger": "danger",
    "path": None,
}


@pytest.fixture
def staged(hanako: Caller) -> str:
    """One edit in hanako's draft; its digest."""
    assert drafts.stage(hanako, [Wanted(LIMIT, 20971520)]).ok
    return of_draft(hanako).digest


def read(client: Client, path: str, **more: Any) -> str:
    answer = client.get(path, secure=True, **more)
    assert answer.status_code == 200, (path, answer.status_code)
    return answer.content.decode()


def post(client: Client, path: str, **fields: str) -> str:
    """Where the answer to a form leads."""
    answer: HttpResponse = client.post(path, fields, secure=True)  # type: ignore[assignment]
    assert answer.status_code == 302, (path, answer.status_code)
    return answer.headers["Location"]


def start_plan(client: Client, path: str = "/plan/") -> str:
    answer = client.get(path, secure=True)
    assert answer.status_code == 302
    return answer.headers["Location"]


def limit() -> int:
    value: int = revisions.head().settings["basics"]["message_size_limit"]
    return value


def test_nobody_sees_them_without_logging_in(browser: Client, hanako: Caller, staged: str) -> None:
    for path in ("/plan/", "/runs/1/", "/staged/discard/"):
        assert browser.get(path, secure=True).headers["Location"] == f"/login/?next={path}"
    answer = browser.get("/runs/1/", secure=True, headers={"HX-Request": "true"})
    assert answer.headers["HX-Redirect"] == "/login/?next=/runs/1/"
    strangers = Client(**{"wsgi.url_scheme": "https"})  # type: ignore[arg-type]
    assert post(strangers, "/apply/") == "/login/"
    assert drafts.counts(hanako) == {"basics": 1}
    assert limit() == 10485760


def test_where_nothing_is_staged_there_is_nothing_to_plan(hanakos: Client) -> None:
    assert "未適用の変更はありません" in read(hanakos, "/plan/")
    assert not Run.objects.filter(kind="plan").exists()
    assert post(hanakos, "/apply/") == "/"


def test_looking_again_looks_at_the_same_plan(hanakos: Client, staged: str) -> None:
    address = start_plan(hanakos)
    for view in ("", "&view=settings", "&view=files"):
        assert "1 件を設定する" in read(hanakos, address + view)
    assert Run.objects.filter(kind="plan").count() == 1


def test_a_plan_of_something_else_is_not_shown(hanakos: Client, hanako: Caller, staged: str) -> None:
    address = start_plan(hanakos)
    drafts.stage(hanako, [Wanted(LIMIT, 31457280)])
    assert start_plan(hanakos, address) != address
    for nonsense in ("0", "999999", "x", "9" * 30):
        assert start_plan(hanakos, f"/plan/?run={nonsense}").startswith("/plan/?run=")


def test_a_plan_that_is_still_tried_asks_again_and_cannot_be_applied(
    hanakos: Client, node: FakeNode, staged: str
) -> None:
    node.answer = lambda run: None
    address = start_plan(hanakos)
    page = read(hanakos, address)
    assert 'hx-get="/plan/?view=behaviour&amp;run=' in page
    assert '<noscript><meta http-equiv="refresh"' in page
    assert "件を設定する" not in page
    node.answer = well
    node.wake()
    page = read(hanakos, address)
    assert "1 件を設定する" in page
    assert "http-equiv" not in page


def test_one_edit_is_taken_back_on_the_plan(hanakos: Client, hanako: Caller, staged: str) -> None:
    assert "取消" in read(hanakos, start_plan(hanakos) + "&view=settings")
    assert post(hanakos, "/plan/", undo=LIMIT) == "/plan/?view=settings"
    assert drafts.counts(hanako) == {}


def test_only_the_chapter_that_is_asked_for_is_planned_and_applied(
    hanakos: Client, hanako: Caller, staged: str
) -> None:
    drafts.stage(hanako, [Wanted("domains/example.jp", {})])
    page = read(hanakos, start_plan(hanakos, "/plan/?chapter=basics"))
    assert "1 件を設定する" in page
    assert 'action="/apply/?chapter=basics' in page
    post(hanakos, "/apply/?chapter=basics")
    assert limit() == 20971520
    assert drafts.counts(hanako) == {"domains": 1}


def test_what_was_reviewed_is_applied_and_watched(hanakos: Client, hanako: Caller, staged: str) -> None:
    start_plan(hanakos)
    address = post(hanakos, "/apply/", digest=staged)
    page = read(hanakos, address)
    assert "設定が完了しました" in page
    assert "第 2 版で動いています" in page
    assert limit() == 20971520
    assert drafts.counts(hanako) == {}


def test_what_was_not_reviewed_is_not_applied(hanakos: Client, hanako: Caller, staged: str) -> None:
    drafts.stage(hanako, [Wanted(LIMIT, 31457280)])
    assert post(hanakos, "/apply/", digest=staged) == "/plan/"
    assert "確認した内容と一致しません" in read(hanakos, start_plan(hanakos))
    assert limit() == 10485760


def test_the_bar_applies_the_draft_as_it_stands(hanakos: Client, staged: str) -> None:
    assert "設定が完了しました" in read(hanakos, post(hanakos, "/apply/"))
    assert limit() == 20971520


def test_a_danger_must_be_read_before_it_is_applied(hanakos: Client, node: FakeNode, staged: str) -> None:
    node.answer = lambda run: (
        outcome("planned", tried=True, behaviour=[DANGEROUS]) if run["kind"] == "plan" else well(run)
    )
    address = start_plan(hanakos)
    page = read(hanakos, address)
    assert "外部から他所へ：許可" in page
    assert '<option value="300" selected>' in page
    apply = address.replace("/plan/", "/apply/")
    assert post(hanakos, apply, digest=staged) == address
    assert limit() == 10485760
    assert post(hanakos, apply, digest=staged, understood="yes").startswith("/runs/")
    assert limit() == 20971520


def test_the_bar_shows_the_plan_where_it_holds_a_danger(hanakos: Client, node: FakeNode, staged: str) -> None:
    node.answer = lambda run: (
        outcome("planned", tried=True, behaviour=[DANGEROUS]) if run["kind"] == "plan" else well(run)
    )
    review = post(hanakos, "/apply/", understood="yes")  # nobody has seen what
    assert review.startswith("/plan/?run=")
    page = read(hanakos, review)
    assert "外部から他所へ：許可" in page
    assert "注意を読み" in page
    assert limit() == 10485760
    assert post(hanakos, review.replace("/plan/", "/apply/"), digest=staged, understood="yes").startswith("/runs/")


def test_the_bar_shows_the_plan_where_it_was_refused(hanakos: Client, node: FakeNode, staged: str) -> None:
    node.answer = lambda run: outcome("refused") if run["kind"] == "plan" else well(run)
    assert post(hanakos, "/apply/").startswith("/plan/?run=")
    assert limit() == 10485760


def test_a_plan_that_takes_long_is_watched_instead(
    hanakos: Client, node: FakeNode, staged: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fumibako.actions.applies.PLAN_SECONDS", 0.0)
    node.answer = lambda run: None
    assert "試しています" in read(hanakos, post(hanakos, "/apply/"))
    assert limit() == 10485760


def test_putting_back_what_was_is_planned_like_anything_else(hanakos: Client, node: FakeNode, staged: str) -> None:
    address, digest = undo_form(read(hanakos, post(hanakos, "/apply/")))
    node.answer = lambda run: outcome("planned", tried=True, behaviour=[DANGEROUS])
    assert post(hanakos, address, digest=digest).startswith("/plan/?restore=1&run=")
    assert limit() == 20971520


def test_a_plan_that_was_refused_says_why_and_cannot_be_applied(hanakos: Client, node: FakeNode, staged: str) -> None:
    failed = {
        "name": "try",
        "title": {"en": "Trial", "ja": "試験起動"},
        "outcome": "failed",
        "seconds": 5.0,
        "text": {"en": "It did not start.", "ja": "起動しませんでした。"},
    }
    node.answer = lambda run: outcome("refused") | {"steps": [failed]}
    page = read(hanakos, start_plan(hanakos))
    assert "試験起動：起動しませんでした。" in page
    assert " disabled>" in page


def test_the_steps_tick_over(hanakos: Client, node: FakeNode, staged: str) -> None:
    said: list[Outcome | None] = [None]
    node.answer = lambda run: well(run) if run["kind"] == "plan" else said[0]
    address = post(hanakos, "/apply/")
    page = read(hanakos, address)
    assert "設定しています" in page
    assert "動作確認" in page, "steps to come are named"
    assert f'hx-get="{address}" hx-trigger="load delay:0.5s"' in page
    part = read(hanakos, address, headers={"HX-Request": "true"})
    assert part.lstrip().startswith('<div id="run"')
    assert "<html" not in part
    said[0] = outcome("applied")
    node.wake()
    part = read(hanakos, address, headers={"HX-Request": "true"})
    assert "設定が完了しました" in part
    assert "hx-get" not in part
    for place in ("rail-chapters", "menu-chapters", "menu-mark", "bar"):
        assert f'id="{place}" hx-swap-oob' in part, "the marks of what was staged go"
    assert "未適用の変更" not in part


def test_a_failure_says_so_and_leads_back_to_the_draft(hanakos: Client, node: FakeNode, staged: str) -> None:
    node.answer = lambda run: well(run) if run["kind"] == "plan" else outcome("rolled_back")
    page = read(hanakos, post(hanakos, "/apply/"))
    assert "元の状態に戻しました" in page
    assert 'href="/plan/"' in page
    assert limit() == 10485760


@pytest.mark.parametrize(("way", "state", "said"), [("confirm", "applied", "完了"), ("roll-back", "rolled_back", "戻")])
def test_what_waits_is_kept_or_goes_back(hanakos: Client, staged: str, way: str, state: str, said: str) -> None:
    address = post(hanakos, "/apply/", digest=staged, confirm_within="300")
    page = read(hanakos, address)
    assert 'action="/runs/confirm/"' in page
    assert 'action="/runs/roll-back/"' in page
    assert "data-until" in page
    assert "hx-get" in page, "it looks again when the time is over"
    assert said in read(hanakos, post(hanakos, f"/runs/{way}/"))
    assert Revision.objects.get(number=2).state == state
    again = post(hanakos, f"/runs/{way}/")
    assert "確認待ちの変更はありません" in read(hanakos, again)


def test_only_a_time_that_is_offered_counts(hanakos: Client, staged: str) -> None:
    post(hanakos, "/apply/", digest=staged, confirm_within="0")
    assert Run.objects.get(kind="apply", revision__number=2).confirm_within is None


def test_while_something_waits_nothing_else_is_applied(hanakos: Client, taro: Caller, staged: str) -> None:
    applies.apply(taro, of_wanted(taro, [Wanted("basics.hostname", "mx.example.jp")]), confirm_within=300)
    post(hanakos, "/apply/")
    assert "確認待ち" in read(hanakos, start_plan(hanakos))
    assert limit() == 10485760


def test_plans_and_runs_that_are_not_there_are_no_pages_of_runs(hanakos: Client, staged: str) -> None:
    plan = start_plan(hanakos).partition("run=")[2]
    for number in (plan, "999999"):
        answer = hanakos.get(f"/runs/{number}/", secure=True)
        assert answer.status_code == 404


def test_an_older_revision_is_planned_and_brought_back(hanakos: Client, hanako: Caller, staged: str) -> None:
    post(hanakos, "/apply/")
    page = read(hanakos, start_plan(hanakos, "/plan/?restore=1"))
    assert "第 1 版に戻す" in page
    assert 'action="/apply/?restore=1' in page
    post(hanakos, "/apply/?restore=1")
    assert limit() == 10485760
    assert Revision.objects.get(number=3).restores == 1


def undo_form(page: str) -> tuple[str, str]:
    """The address and the digest of 元に戻す."""
    found = re.search(r'action="(/apply/\?restore=\d+)".*?name="digest" value="(\w+)"', page)
    assert found, page
    return found[1], found[2]


def test_what_was_applied_is_put_back(hanakos: Client, staged: str) -> None:
    address, digest = undo_form(read(hanakos, post(hanakos, "/apply/")))
    assert "設定が完了しました" in read(hanakos, post(hanakos, address, digest=digest))
    assert limit() == 10485760


def test_an_old_page_does_not_put_back_what_came_after_it(hanakos: Client, taro: Caller, staged: str) -> None:
    run = post(hanakos, "/apply/")
    address, digest = undo_form(read(hanakos, run))
    applies.apply(taro, of_wanted(taro, [Wanted("basics.hostname", "mx.example.jp")]))
    assert post(hanakos, address, digest=digest) == "/plan/?restore=1"
    assert (limit(), revisions.head().number) == (20971520, 3)
    assert "元に戻す" not in read(hanakos, run)


def test_discarding_asks_first(hanakos: Client, hanako: Caller, staged: str) -> None:
    page = read(hanakos, "/staged/discard/")
    assert "基本設定: 1 件" in page
    assert drafts.counts(hanako) == {"basics": 1}
    assert post(hanakos, "/staged/discard/") == "/"
    assert drafts.counts(hanako) == {}


def test_discarding_a_chapter_leaves_the_others(hanakos: Client, hanako: Caller, staged: str) -> None:
    drafts.stage(hanako, [Wanted("domains/example.jp", {})])
    post(hanakos, "/staged/discard/?chapter=domains")
    assert drafts.counts(hanako) == {"basics": 1}


def test_what_somebody_else_staged_is_his(hanakos: Client, taro: Caller) -> None:
    drafts.stage(taro, [Wanted(LIMIT, 20971520)])
    post(hanakos, "/staged/discard/")
    assert post(hanakos, "/apply/") == "/"
    assert drafts.counts(taro) == {"basics": 1}


def test_an_agent_that_is_away_is_said(
    hanakos: Client, node: FakeNode, staged: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agent_link, "wake", lambda: None)
    monkeypatch.setattr("fumibako.actions.runs.PATIENCE", timedelta(0))
    page = read(hanakos, start_plan(hanakos))
    assert "エージェントが応答しない" in page
    page = read(hanakos, post(hanakos, "/apply/"))
    assert "このままでは設定できません" in page
    assert "エージェントが応答しない" in page
    assert limit() == 10485760
