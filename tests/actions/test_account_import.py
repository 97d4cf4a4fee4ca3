"""Accounts go in and out as CSV: every wrong line is named, and nothing is changed unless all of it is right."""

from __future__ import annotations

import pytest

from fumibako.actions import account_csv, account_import, applies, drafts, passwords
from fumibako.actions import view as views
from fumibako.actions.account_import import Import
from fumibako.actions.caller import Caller
from fumibako.actions.checking import Wanted
from fumibako.actions.proposal import of_wanted
from fumibako.actions.trouble import Denied, Missing
from fumibako.schema import csv_table
from fumibako.store import directory

HASH = "{SHA512-CRYPT}$6$saltsalt$" + "x" * 86


@pytest.fixture
def hosted(admin: Caller) -> Caller:
    edits = [Wanted("domains/example.jp", {}), Wanted("accounts/taro@example.jp", {"name": "太郎", "quota_mb": 5})]
    assert applies.apply(admin, of_wanted(admin, edits)).outcome == "applied"
    return admin


def imported(caller: Caller, text: str, *, draft: bool = False) -> Import:
    job = account_import.start(caller, text, draft=draft)
    account_import.wait(job)
    assert job.ended.is_set()
    assert job.result is not None
    return job


def codes(job: Import) -> list[tuple[str, str]]:
    assert job.result is not None
    return [(each.code, each.path) for each in job.result.findings]


def refused(caller: Caller, text: str) -> list[tuple[str, str]]:
    """The findings; nothing is changed."""

    def everything() -> object:
        return views.live(), "".join(account_csv.exported(caller, with_secrets=True)), drafts.listed(caller)

    before = everything()
    jobs = [imported(caller, text, draft=draft) for draft in (False, True)]
    assert {job.result.outcome for job in jobs if job.result} == {"refused"}
    assert everything() == before
    assert codes(jobs[0]) == codes(jobs[1])
    return codes(jobs[0])


def row(key: str) -> dict[str, object]:
    found = directory.row("accounts", key)
    assert found is not None
    return found


def test_columns_come_in_any_order_and_others_stay(hosted: Caller) -> None:
    text = f"quota_mb,Address,password_hash\n,taro@example.jp,\n100,HANAKO@example.jp,{HASH}\n7,bare,\n"
    job = imported(hosted, text)
    assert (job.rows, job.added, job.changed) == (3, 2, 1)
    assert row("taro@example.jp")["name"] == "太郎"
    assert row("taro@example.jp")["quota_mb"] is None
    assert row("hanako@example.jp")["password_hash"] == HASH
    assert row("bare@example.jp")["quota_mb"] == 7
    again = imported(hosted, text)
    assert again.result is not None
    assert (again.result.outcome, again.added, again.changed) == ("unchanged", 0, 0)


def test_passwords_are_hashed_and_one_that_is_so_already_keeps_its_hash(hosted: Caller) -> None:
    text = "address,password\ntaro@example.jp,correct horse battery\nnew@example.jp,'=tr0ubador&3\n"
    job = imported(hosted, text)
    assert (job.done, job.total, codes(job)) == (2, 2, [])
    before = row("taro@example.jp")["password_hash"]
    assert passwords.matches("correct horse battery", str(before))
    # A password is taken to the letter: nobody exports any.
    assert passwords.matches("'=tr0ubador&3", str(row("new@example.jp")["password_hash"]))
    again = imported(hosted, text)
    assert again.result is not None
    assert again.result.outcome == "unchanged"
    assert row("taro@example.jp")["password_hash"] == before


def test_an_empty_password_or_switch_says_nothing(hosted: Caller) -> None:
    imported(hosted, f"address,password_hash,enabled,may_send\ntaro@example.jp,{HASH},0,FALSE\n")
    imported(hosted, "address,password,password_hash,enabled,may_send,may_receive\ntaro@example.jp,,,,,\n")
    taro = row("taro@example.jp")
    assert [taro[name] for name in ("password_hash", "enabled", "may_send", "may_receive")] == [
        HASH,
        False,
        False,
        True,
    ]


def test_a_draft_is_staged_and_not_live(hosted: Caller) -> None:
    job = imported(hosted, "address,name\nnew@example.jp,新\n", draft=True)
    assert job.result is not None
    assert job.result.outcome == "staged"
    assert [each.path for each in drafts.listed(hosted)] == ["accounts/new@example.jp"]
    assert directory.row("accounts", "new@example.jp") is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", [("csv-column", "line 1")]),
        ("name\nx\n", [("csv-column", "line 1")]),
        ("address,colour\nx,red\n", [("unknown-key", "line 1")]),
        ("address\n" + ",".join(["x"] * 40) + "\n", [("csv-cells", "line 2")]),
        ("address\na\0b@example.jp\n", [("local-part-characters", "line 2")]),
        ('address,name\nx@example.jp,"a\nb"\ny@example.jp,"c\n', [("control-characters", "line 2"), ("csv", "line 4")]),
        (
            'address,name\nx@example.jp,"a\nb"\na..b@example.jp,\n',
            [("control-characters", "line 2"), ("local-part-dots", "line 4")],
        ),
        ("address\rx@example.jp\rx y@example.jp\r", [("local-part-characters", "line 3")]),
        ("address\nx@example.jp\n\nX@example.jp\n", [("csv-twice", "line 4")]),
        (
            "address\nx@elsewhere.example\n" + "y" * 65 + "@example.jp\n",
            [("no-such-domain", "line 2"), ("local-part-too-long", "line 3")],
        ),
        ("address\nx@elsewhere.example\n", [("no-such-domain", "line 2")]),
        ("address,password\nx@example.jp,a\tb\n", [("password-characters", "line 2")]),
        (f"address,password,password_hash\nx@example.jp,correct horse,{HASH}\n", [("csv-two-passwords", "line 2")]),
        ("address,password_hash\nx@example.jp,secret\n", [("password-scheme", "line 2")]),
        ("address,enabled\nx@example.jp,maybe\n", [("not-a-switch", "line 2")]),
        (
            "address,quota_mb\na@example.jp,-1\nb@example.jp,0\nc@example.jp,1e30\nd@example.jp,10MB\ne@example.jp,10\n",
            [
                ("out-of-range", "line 2"),
                ("out-of-range", "line 3"),
                ("not-an-integer", "line 4"),
                ("not-an-integer", "line 5"),
            ],
        ),
    ],
)
def test_every_wrong_line_is_named_and_nothing_is_changed(
    hosted: Caller, text: str, found: list[tuple[str, str]]
) -> None:
    assert refused(hosted, text) == found


def test_more_wrong_lines_than_anybody_reads_are_not_all_named(hosted: Caller) -> None:
    found = refused(hosted, "address,quota_mb\n" + "".join(f"u{n}@example.jp,x\n" for n in range(csv_table.SAID + 5)))
    assert len(found) == csv_table.SAID + 1
    assert found[-1] == ("csv-more", "")


def test_no_password_is_hashed_for_a_file_with_a_wrong_line(hosted: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(account_import, "hashed", lambda _password: pytest.fail("hashed"))
    refused(hosted, "address,password\nx@example.jp,correct horse\ny@elsewhere.example,correct horse\n")


def test_what_is_exported_makes_the_same_accounts_again(hosted: Caller) -> None:
    names = ["=1+1", "'=1", "@x", "-", 'a,"b"', "＝SUM(1)", "", "'"]
    edits = [
        Wanted(("accounts", f"+{n}@example.jp"), {"name": name, "password_hash": HASH}) for n, name in enumerate(names)
    ]
    assert applies.apply(hosted, of_wanted(hosted, edits)).outcome == "applied"
    text = "".join(account_csv.exported(hosted, with_secrets=True))
    cells = [line.split(",")[0] for line in text.splitlines()[1:-1]]
    assert all(cell.startswith("'+") for cell in cells), text
    again = imported(hosted, text)
    assert again.result is not None
    assert (again.result.outcome, codes(again)) == ("unchanged", [])
    assert applies.apply(hosted, of_wanted(hosted, [Wanted(edit.path, None) for edit in edits])).outcome == "applied"
    assert imported(hosted, text).added == len(names)
    assert "".join(account_csv.exported(hosted, with_secrets=True)) == text
    assert HASH not in "".join(account_csv.exported(hosted))
    assert imported(hosted, "".join(account_csv.exported(hosted))).changed == 0


def test_an_import_can_be_stopped_while_it_hashes(hosted: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    job: list[Import] = []

    def hashing(_password: str) -> str:
        account_import.stop(hosted, job[0].number)
        return HASH

    monkeypatch.setattr(account_import, "hashed", hashing)
    with account_import._turn:
        job.append(
            account_import.start(
                hosted, "address,password\n" + "".join(f"u{n},correct horse\n" for n in range(9)), draft=False
            )
        )
        assert job[0].as_json("en") == {
            "outcome": "importing",
            "phase": "waiting",
            "done": 0,
            "total": 0,
            "import": job[0].number,
        }
    account_import.wait(job[0])
    assert codes(job[0]) == [("import-stopped", "")]
    assert job[0].done < 9
    assert directory.row("accounts", "u0@example.jp") is None


def test_an_import_is_seen_by_who_began_it(hosted: Caller, taro: Caller) -> None:
    job = imported(hosted, "address\n", draft=True)
    with pytest.raises(Missing):
        account_import.look(taro, job.number)
    assert account_import.look(hosted, job.number) is job


def test_hashes_go_out_to_who_may_see_secrets(hosted: Caller) -> None:
    script = Caller("script", "server_admin", "root", via="token")
    with pytest.raises(Denied):
        account_csv.exported(script, with_secrets=True)
    assert "taro@example.jp" in "".join(account_csv.exported(script))
