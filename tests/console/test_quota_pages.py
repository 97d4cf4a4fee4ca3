"""Mailbox quotas as a browser lists, sorts and limits them, one and many."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from fumibako.actions import applies, drafts
from fumibako.actions.caller import Caller
from fumibako.actions.checking import Wanted
from fumibako.actions.proposal import of_draft, of_wanted
from fumibako.store import directory, usage

NAMES = ["ann", "ben", "bob", "7up", "_x"]


@pytest.fixture(autouse=True)
def live(hanako: Caller) -> None:
    rows = [Wanted(f"accounts/{name}@example.jp", {"quota_mb": 10}) for name in NAMES]
    more = Wanted("accounts/kei@example.jp", {"name": "ヤマダ ケイ"})
    applies.apply(hanako, of_wanted(hanako, [Wanted("domains/example.jp", {}), *rows, more]))
    usage.hear(("", 0), ("e", 1), [("ann@example.jp", 9 * 1_048_576, 5), ("bob@example.jp", 11 * 1_048_576, 7)])


def read(client: Client, path: str) -> str:
    answer = client.get(path, secure=True)
    assert answer.status_code == 200, path
    return answer.content.decode()


def post(client: Client, path: str, **fields: Any) -> Any:
    return client.post(path, fields, secure=True)


def shown(client: Client, path: str) -> list[str]:
    answer = client.get(path, secure=True)
    return [row.address.partition("@")[0] for row in answer.context["rows"]]


def test_they_answer_in_both_languages(hanakos: Client) -> None:
    for path in ("/quotas/", "/quotas-bulk/", "/quotas/of/ann@example.jp/"):
        assert 'lang="ja"' in read(hanakos, path)
        english = hanakos.get(path, secure=True, headers={"Accept-Language": "en"}).content.decode()
        assert 'lang="en"' in english
        assert "制限" not in english


def test_the_list_sorts_by_name_and_by_usage_both_ways(hanakos: Client) -> None:
    assert shown(hanakos, "/quotas/") == ["7up", "_x", "ann", "ben", "bob", "kei"]
    assert shown(hanakos, "/quotas/?sort=-name") == ["kei", "bob", "ben", "ann", "_x", "7up"]
    assert shown(hanakos, "/quotas/?sort=-usage")[:2] == ["bob", "ann"]
    assert shown(hanakos, "/quotas/?sort=usage")[-2:] == ["ann", "bob"]


def test_pages_go_forth_and_back_in_any_order(hanakos: Client) -> None:
    for sort in ("name", "-name", "usage", "-usage"):
        whole = shown(hanakos, f"/quotas/?sort={sort}")
        answer = hanakos.get(f"/quotas/?rows=2&sort={sort}", secure=True)
        seen, pages = [], 0
        while True:
            seen += [row.address.partition("@")[0] for row in answer.context["rows"]]
            following = answer.context["pager"].next_url
            pages += 1
            if not following:
                break
            answer = hanakos.get(f"/quotas/{following}", secure=True)
        assert (seen, pages) == (whole, 3)
        back = f"/quotas/{answer.context['pager'].previous_url}"
        assert shown(hanakos, back) == whole[2:4]
        assert shown(hanakos, f"/quotas/{hanakos.get(back, secure=True).context['pager'].previous_url}") == whole[:2]


def test_search_and_initials_narrow_it(hanakos: Client) -> None:
    assert shown(hanakos, "/quotas/?q=b") == ["ben", "bob"]
    assert shown(hanakos, "/quotas/?q=%40example.jp&sort=-usage")[0] == "bob"
    assert shown(hanakos, "/quotas/?q=%E3%83%A4%E3%83%9E") == ["kei"]
    assert shown(hanakos, "/quotas/?initial=b&sort=-usage") == ["bob", "ben"]
    assert shown(hanakos, "/quotas/?initial=0") == ["7up"]
    assert shown(hanakos, "/quotas/?initial=%23") == ["_x"]
    assert shown(hanakos, "/quotas/?initial=%E3%82%84") == ["kei"]
    letters = {str(each.label): each for each in hanakos.get("/quotas/", secure=True).context["letters"]}
    assert letters["B"].number == 2
    assert letters["C"].url == ""


def test_nothing_found_leads_back_to_all(hanakos: Client) -> None:
    assert "全て表示" in read(hanakos, "/quotas/?q=nobody")


@pytest.mark.parametrize("rows", ["0", "-3", "", "x", "99999999999"])
def test_a_strange_number_of_rows_does_no_harm(hanakos: Client, rows: str) -> None:
    assert shown(hanakos, f"/quotas/?rows={rows}")


@pytest.mark.parametrize("cursor", ["x", ":", "99999999999999999999:a", "1:'; DROP TABLE store_account --"])
def test_a_strange_cursor_does_no_harm(hanakos: Client, cursor: str) -> None:
    for name in ("after", "before"):
        read(hanakos, f"/quotas/?sort=usage&{name}={cursor}")


def test_ok_stages_and_undo_takes_back(hanakos: Client, hanako: Caller) -> None:
    assert post(hanakos, "/quotas/of/ann@example.jp/", kind="limit", mbytes="20").status_code == 302
    assert drafts.counts(hanako) == {"quotas": 1}
    page = read(hanakos, "/quotas/")
    assert "<del>10 MB</del> → <ins>20 MB</ins>" in page
    assert directory.row("accounts", "ann@example.jp")["quota_mb"] == 10  # type: ignore[index]
    post(hanakos, "/quotas/", undo="ann@example.jp")
    assert drafts.counts(hanako) == {}


def test_apply_makes_it_live(hanakos: Client, hanako: Caller) -> None:
    post(hanakos, "/quotas/of/ann@example.jp/", kind="none")
    assert applies.apply(hanako, of_draft(hanako, ["quotas"])).outcome == "applied"
    assert directory.row("accounts", "ann@example.jp")["quota_mb"] is None  # type: ignore[index]
    assert "無制限" in read(hanakos, "/quotas/of/ann@example.jp/")


@pytest.mark.parametrize("typed", ["-1", "0", "1e30", "10MB", "", "１００", "1.5", "<b>"])
def test_a_wrong_limit_is_said_beside_the_field(hanakos: Client, hanako: Caller, typed: str) -> None:
    for path, more in (("/quotas/of/ann@example.jp/", {}), ("/quotas-bulk/", {"pick": "ann@example.jp"})):
        answer = post(hanakos, path, kind="limit", mbytes=typed, **more)
        assert answer.status_code == 422, path
        assert 'class="finding"' in answer.content.decode()
        assert "<b>" not in answer.content.decode()
    assert drafts.counts(hanako) == {}


def test_a_suggestion_is_taken_with_one_button(hanakos: Client, hanako: Caller) -> None:
    page = post(hanakos, "/quotas/of/ann@example.jp/", kind="limit", mbytes="20MB").content.decode()
    assert 'name="use" value="20"' in page
    assert post(hanakos, "/quotas/of/ann@example.jp/", kind="limit", mbytes="20MB", use="20").status_code == 302
    assert drafts.counts(hanako) == {"quotas": 1}


def test_an_account_that_is_none_is_not_found(hanakos: Client) -> None:
    assert hanakos.get("/quotas/of/nobody@example.jp/", secure=True).status_code == 404


def staged_by_bulk(client: Client, path: str = "/quotas-bulk/", **fields: Any) -> Any:
    """The preview, then what it leads to."""
    answer = post(client, path, kind="limit", mbytes="10", **fields)
    assert answer.status_code == 200, answer.content.decode()
    hidden = {name: answer.context[name] for name in ("names", "kind", "mbytes")}
    chosen = "found" if answer.context["chosen"] == "found" else "list"
    post(client, path, then="stage", chosen=chosen, **hidden)
    return answer.context["preview"]


def test_those_ticked_get_one_limit(hanakos: Client, hanako: Caller) -> None:
    preview = staged_by_bulk(hanakos, pick=["ann@example.jp", "kei@example.jp"])
    assert (preview.changed, preview.unchanged, preview.unknown) == (1, 1, ())
    assert [each.path for each in drafts.listed(hanako)] == ["accounts/kei@example.jp/quota_mb"]


def test_all_that_a_search_found_get_one_limit(hanakos: Client, hanako: Caller) -> None:
    preview = staged_by_bulk(hanakos, "/quotas-bulk/?q=k", chosen="found")
    assert preview.changed == 1
    assert drafts.counts(hanako) == {"quotas": 1}


def test_a_list_names_its_unknown(hanakos: Client, hanako: Caller) -> None:
    names = "address,name\r\nkei,Kei\r\nKEI@example.jp\r\nnobody@example.jp\r\n<b>\r\n\r\nann@example.jp\r\n"
    file = SimpleUploadedFile("names.csv", b"\xef\xbb\xbf" + names.encode())
    preview = staged_by_bulk(hanakos, chosen="list", file=file)
    assert (preview.changed, preview.unchanged, preview.unknown) == (1, 1, ("nobody@example.jp", "<b>"))
    assert drafts.counts(hanako) == {"quotas": 1}


def test_nobody_chosen_and_an_unreadable_file_are_said(hanakos: Client) -> None:
    assert post(hanakos, "/quotas-bulk/", kind="none").status_code == 422
    file = SimpleUploadedFile("names.csv", b"\xff\xfe\x00\x81")
    assert post(hanakos, "/quotas-bulk/", kind="none", chosen="list", file=file).status_code == 422
