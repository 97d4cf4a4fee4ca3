"""A CSV file of accounts as a browser sends it, and the page on which one watches what becomes of it."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from fumibako.actions import account_import, applies, drafts
from fumibako.actions.caller import Caller
from fumibako.actions.checking import Wanted
from fumibako.actions.proposal import of_wanted
from fumibako.schema import csv_table
from fumibako.store.models import Operator


@pytest.fixture
def hanakos(hanako: Caller) -> Client:
    client = Client(headers={"Accept-Language": "ja"}, **{"wsgi.url_scheme": "https"})  # type: ignore[arg-type]
    client.force_login(Operator.objects.get(username="hanako"), "allauth.account.auth_backends.AuthenticationBackend")
    applies.apply(hanako, of_wanted(hanako, [Wanted("domains/example.jp", {})]))
    return client


def sent(client: Client, content: bytes) -> Any:
    return client.post("/accounts/csv/", {"file": SimpleUploadedFile("a.csv", content)}, secure=True)


def watched(client: Client, hanako: Caller, content: bytes) -> str:
    """The page of the import, when it is over."""
    where = sent(client, content).headers["Location"]
    account_import.wait(account_import.look(hanako, where.split("/")[3]))
    answer = client.get(where, secure=True)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_file_goes_into_the_draft(hanakos: Client, hanako: Caller) -> None:
    assert "/accounts/csv/" in hanakos.get("/accounts/", secure=True).content.decode()
    page = watched(hanakos, hanako, "address,name\ntaro,太郎\nhanako,=1\n".encode("cp932"))
    assert "追加 2 件" in page
    assert "http-equiv" not in page
    assert [each.edit.now["name"] for each in drafts.listed(hanako)] == ["太郎", "=1"]


def test_a_file_with_wrong_lines_names_them_and_changes_nothing(hanakos: Client, hanako: Caller) -> None:
    page = watched(hanakos, hanako, b"address,quota_mb\ntaro,0\n<b>,1\n")
    assert "2 行目：" in page
    assert "3 行目：" in page
    assert "<b>" not in page
    assert 'type="file"' in page
    assert drafts.listed(hanako) == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "ファイルを選んでください"),
        (b"\xff\xfea\0", "UTF-8 でも Shift_JIS でもありません"),
        (b"x" * 101, "超えています"),
    ],
)
def test_what_is_no_file_of_ours_is_not_begun(
    hanakos: Client, content: bytes, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_table, "LARGEST", 100)
    answer = sent(hanakos, content)
    assert answer.status_code == 422
    assert said in answer.content.decode()


def test_while_it_goes_on_the_page_comes_again_by_itself_and_can_stop_it(hanakos: Client, hanako: Caller) -> None:
    with account_import._turn:
        where = sent(hanakos, b"address,password\ntaro,correct horse\n").headers["Location"]
        page = hanakos.get(where, secure=True).content.decode()
        assert '<meta http-equiv="refresh" content="2">' in page
        assert "<progress" in page
        part = hanakos.get(where, secure=True, headers={"HX-Request": "true"}).content.decode()
        assert part.lstrip().startswith('<div id="import" hx-get=')
        assert hanakos.post(where, secure=True).headers["Location"] == where
    account_import.wait(account_import.look(hanako, where.split("/")[3]))
    assert "中止しました" in hanakos.get(where, secure=True).content.decode()
    assert drafts.listed(hanako) == []


def test_an_import_that_is_not_known_any_more_says_so(hanakos: Client) -> None:
    assert "残っていません" in hanakos.get("/accounts/csv/nothing/", secure=True).content.decode()


def test_the_download_has_hashes_only_when_they_are_asked_for(hanakos: Client) -> None:
    def columns(query: str) -> str:
        answer = hanakos.get(f"/accounts/csv/download/{query}", secure=True)
        assert answer.headers["Content-Disposition"] == 'attachment; filename="accounts.csv"'
        return b"".join(answer).decode().splitlines()[0]

    assert columns("") == "\ufeffaddress,name,quota_mb,enabled,may_send,may_receive"
    assert "password_hash" in columns("?with_secrets=on")


def test_nobody_sees_it_without_logging_in(browser: Client, hanako: Caller) -> None:
    for path in ("/accounts/csv/", "/accounts/csv/download/", "/accounts/csv/x/"):
        assert browser.get(path, secure=True).headers["Location"].startswith("/login/"), path
