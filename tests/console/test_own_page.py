"""An account holder in the console: log-in by address, the own page, and nothing else."""

from __future__ import annotations

import hashlib
import re
import subprocess
from dataclasses import replace

import pytest
from django.test import Client

from fumibako.actions import app_passwords as of_apps
from fumibako.actions import applies, directory_edits, drafts, history, passwords
from fumibako.actions.caller import Caller
from fumibako.actions.checking import Wanted
from fumibako.actions.conflicts import found
from fumibako.actions.proposal import of_wanted
from fumibako.actions.trouble import Missing
from fumibako.actions.view import live_for
from fumibako.console.pages.urls import urlpatterns
from fumibako.store import directory as store
from fumibako.store import revisions
from fumibako.store.models import Audit
from tests.console.test_log_in_pages import log_in, post
from tests.console.test_scope_of_pages import address, routes
from tests.fake_node import FakeNode

MINE, OTHER = "a@mine.example", "b@mine.example"
PASSWORD = "own mailbox secret"


@pytest.fixture
def home(node: FakeNode, admin: Caller, hanako: Caller) -> Caller:
    rows = {"password_hash": passwords.hashed(PASSWORD), "quota_mb": 10}
    wanted = [
        Wanted(("domains", "mine.example"), {}),
        Wanted(("accounts", MINE), rows),
        Wanted(("accounts", OTHER), {**rows, "name": "somebody else"}),
        Wanted(("aliases", "info@mine.example"), {"targets": [MINE]}),
    ]
    assert applies.apply(admin, of_wanted(admin, wanted)).outcome == "applied"
    return admin


@pytest.fixture
def holder(home: Caller, browser: Client) -> Client:
    assert log_in(browser, PASSWORD, MINE).headers["Location"] == "/own/"
    return browser


def row() -> dict[str, object]:
    found = store.row("accounts", MINE)
    assert found is not None
    return found


def own(browser: Client) -> int:
    return browser.get("/own/", secure=True).status_code


def test_one_logs_in_by_address_and_out(holder: Client) -> None:
    page = holder.get("/", secure=True, follow=True).content.decode()
    assert MINE in page
    assert "info@mine.example" in page  # the reply's other addresses
    assert OTHER not in page
    assert post(holder, "/logout/").status_code == 302
    assert own(holder) == 302


@pytest.mark.parametrize(
    ("name", "password"), [(MINE, "not-the-right-one"), ("nobody@mine.example", PASSWORD), ("@", PASSWORD)]
)
def test_a_wrong_log_in_says_nothing_of_why(home: Caller, browser: Client, name: str, password: str) -> None:
    answer = log_in(browser, password, name)
    assert answer.status_code == 200
    assert "Address or password is not right." in answer.content.decode()
    assert password not in answer.content.decode()
    assert own(browser) == 302


def test_after_five_failures_one_waits(home: Caller, browser: Client) -> None:
    for _ in range(5):
        log_in(browser, "wrong", MINE)
    assert "Too many failed attempts" in log_in(browser, PASSWORD, MINE).content.decode()
    assert own(browser) == 302


def test_who_is_switched_off_cannot_log_in_and_is_out(home: Caller, holder: Client) -> None:
    applies.apply(home, of_wanted(home, directory_edits.change_account(MINE, {"enabled": False})))
    assert own(holder) == 302
    assert "Address or password is not right." in log_in(holder, PASSWORD, MINE).content.decode()


def test_a_session_ends_when_somebody_else_changes_the_password(home: Caller, holder: Client) -> None:
    assert own(holder) == 200
    assert passwords.set_password(home, MINE, "another mailbox secret").outcome == "applied"
    assert own(holder) == 302


def test_a_session_ends_with_the_account(home: Caller, holder: Client) -> None:
    applies.apply(
        home, of_wanted(home, [Wanted(("aliases", "info@mine.example"), None), Wanted(("accounts", MINE), None)])
    )
    assert own(holder) == 302


def test_every_other_page_and_the_api_are_closed(holder: Client) -> None:
    wrong = []
    before = {"first-run/", "invitation/", "preferences/language/", "preferences/theme/"}
    for route in routes(urlpatterns):
        if route in before or route in {"", "own/"}:
            continue
        for ask in (holder.get, holder.post):
            at = address(route, "mine.example")
            answer = ask(at, secure=True)
            if answer.status_code not in {403, 404, 405} or OTHER in answer.content.decode():
                wrong.append((ask.__name__, route, answer.status_code))
    assert wrong == []
    for path in (
        "settings",
        "accounts",
        f"accounts/{OTHER}",
        f"accounts/{MINE}",
        "export",
        "draft",
        "history",
        "status",
    ):
        assert holder.get(f"/api/v1/{path}", secure=True).status_code in {401, 403, 404}, path


def test_the_password_changes_with_the_old_one_alone(holder: Client) -> None:
    answer = post(holder, "/own/", form="password", old="wrong", password="quite another secret")
    assert answer.status_code == 422
    assert "This is not your present password." in answer.content.decode()
    assert passwords.matches(PASSWORD, str(row()["password_hash"]))
    answer = post(holder, "/own/", form="password", old=PASSWORD, password="quite another secret")
    assert answer.status_code == 302
    assert passwords.matches("quite another secret", str(row()["password_hash"]))
    assert own(holder) == 200  # this session goes on


def test_forwarding_is_live_at_once(holder: Client) -> None:
    answer = post(holder, "/own/", form="forward", forward="owner@far.example\n" + OTHER)
    assert answer.status_code == 302
    assert (row()["forward"], row()["keep_copy"]) == (["owner@far.example", OTHER], False)
    for wrong in ("|/bin/sh", MINE, "x@@y", "a@forward.invalid"):
        assert post(holder, "/own/", form="forward", forward=wrong).status_code == 422
    assert row()["forward"] == ["owner@far.example", OTHER]
    assert post(holder, "/own/", form="forward", forward="").status_code == 302
    assert row()["forward"] == []


def test_a_reply_is_text_and_nothing_else(holder: Client) -> None:
    hostile = '";\ndiscard; /* <script>alert(1)</script> */ ${x}'
    fields = {"form": "vacation", "enabled": "on", "text": hostile, "days": "3", "subject": "away"}
    assert post(holder, "/own/", **fields).status_code == 302
    vacation = row()["vacation"]
    assert isinstance(vacation, dict)
    assert (vacation["text"], vacation["days"], vacation["enabled"]) == (hostile, 3, True)
    assert "<script>alert" not in holder.get("/own/", secure=True).content.decode()
    answer = post(holder, "/own/", **(fields | {"first_day": "tomorrow"}))
    assert answer.status_code == 422
    assert "tomorrow" in answer.content.decode()


def test_other_fields_are_not_his(holder: Client) -> None:
    before = row()
    post(holder, "/own/", form="forward", forward="", keep_copy="on", quota_mb="99999", may_send="on", address=OTHER)
    post(holder, "/own/", form="row", quota_mb="99999")
    assert row() == before


def test_what_an_operator_has_staged_meets_it_as_a_conflict(home: Caller, holder: Client) -> None:
    assert drafts.stage(home, directory_edits.change_account(MINE, {"forward": ["x@far.example"]})).ok
    post(holder, "/own/", form="forward", forward="y@far.example", keep_copy="on")
    assert [each.path for each in found(home)] == [f"accounts/{MINE}/forward"]


def app_passwords() -> list[dict[str, str]]:
    held = row().get("app_passwords") or []
    assert isinstance(held, list)
    return held


def make(browser: Client, name: str) -> str:
    """The new app password, as the page shows it."""
    answer = post(browser, "/own/", form="app-password", name=name)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    found = re.search(r"[a-z2-9]{4}(?:-[a-z2-9]{4}){4}", answer.content.decode())
    assert found is not None
    return found[0]


def test_an_app_password_is_shown_once_and_kept_as_its_digest(holder: Client) -> None:
    secret = make(holder, " 私の電話 ")
    [held] = app_passwords()
    assert (held["name"], held["digest"]) == ("私の電話", hashlib.sha256(secret.encode()).hexdigest())
    page = holder.get("/own/", secure=True).content.decode()
    assert "私の電話" in page
    assert secret not in page
    assert held["digest"] not in page
    assert secret not in str(list(Audit.objects.values()))
    assert Audit.objects.filter(verb="app-password.make", path=f"accounts/{MINE}").exists()


def test_one_is_revoked_by_itself(holder: Client) -> None:
    make(holder, "phone")
    make(holder, "laptop")
    assert post(holder, "/own/", form="app-password-revoke", app="phone").status_code == 302
    assert [each["name"] for each in app_passwords()] == ["laptop"]
    assert post(holder, "/own/", form="app-password-revoke", app="phone").status_code == 302  # once more
    assert post(holder, "/own/", form="app-password-revoke", app="laptop").status_code == 302
    assert "app_passwords" not in row()
    assert own(holder) == 200


@pytest.mark.parametrize("name", ["", " ", "a\nb", "x" * 61, "PHONE"])
def test_a_name_is_short_and_of_its_own(holder: Client, name: str) -> None:
    make(holder, "phone")
    assert post(holder, "/own/", form="app-password", name=name).status_code == 422
    assert len(app_passwords()) == 1


def test_twenty_are_enough(home: Caller) -> None:
    for number in range(20):
        assert of_apps.make(home, MINE, str(number))[0]
    secret, result = of_apps.make(home, MINE, "one more")
    assert (secret, [each.code for each in result.findings]) == ("", ["app-password-many"])


def test_an_administrator_sees_the_names_and_revokes(home: Caller, holder: Client) -> None:
    make(holder, "phone")
    assert [each.name for each in of_apps.listed(home, MINE)[1]] == ["phone"]
    others = replace(home, power="domain_admin", domains=frozenset({"other.example"}))
    for refused in (lambda: of_apps.listed(others, MINE), lambda: of_apps.revoke(others, MINE, "phone")):
        with pytest.raises(Missing):
            refused()
    assert of_apps.revoke(home, MINE, "phone").outcome == "applied"
    assert app_passwords() == []
    with pytest.raises(Missing):
        of_apps.revoke(home, MINE, "phone")


def test_it_does_not_open_the_console(holder: Client, browser: Client) -> None:
    secret = make(holder, "phone")
    post(holder, "/logout/")
    log_in(browser, secret, MINE)
    assert own(browser) == 302


def test_it_goes_along_with_a_new_address_and_goes_with_the_account(home: Caller, holder: Client) -> None:
    make(holder, "phone")
    [held] = app_passwords()
    new = "renamed@mine.example"
    free = [Wanted(("aliases", "info@mine.example"), None)]
    applies.apply(home, of_wanted(home, free))
    applies.apply(home, of_wanted(home, directory_edits.rename_account(live_for(home), MINE, new)))
    assert (store.row("accounts", new) or {})["app_passwords"] == [held]
    before = revisions.head().number
    applies.apply(home, of_wanted(home, directory_edits.remove_account(new)))
    applies.apply(home, of_wanted(home, directory_edits.restore_account(home, live_for(home), new)))
    assert "app_passwords" not in (store.row("accounts", new) or {})
    applies.apply(home, history.restored(home, before))
    assert "app_passwords" not in (store.row("accounts", new) or {})


def test_what_was_revoked_does_not_come_back_with_an_older_revision(home: Caller, holder: Client) -> None:
    make(holder, "phone")
    before = revisions.head().number
    post(holder, "/own/", form="app-password-revoke", app="phone")
    post(holder, "/own/", form="forward", forward="x@far.example")
    assert applies.apply(home, history.restored(home, before)).outcome == "applied"
    assert row()["forward"] == []
    assert "app_passwords" not in row()


@pytest.mark.parametrize("scheme", ["SHA512-CRYPT", "SHA256-CRYPT", "BLF-CRYPT", "ARGON2ID"])
def test_hashes_as_dovecot_makes_them_open_as_well(scheme: str) -> None:
    made = subprocess.run(
        ["doveadm", "-c", "/dev/null", "pw", "-s", scheme, "-p", "ひみつ no. 1"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    assert passwords.verified("ひみつ no. 1", made)
    assert not passwords.verified("ひみつ no. 2", made)
    assert not passwords.verified("", made)


def allow(admin: Caller, what: str) -> None:
    assert applies.apply(admin, of_wanted(admin, [Wanted("basics.holder_forwarding", what)])).outcome == "applied"


def forward(holder: Client, *targets: str) -> int:
    return post(holder, "/own/", form="forward", forward="\n".join(targets), keep_copy="on").status_code


def test_where_holders_may_not_forward_the_page_says_so_and_nothing_is_added(home: Caller, holder: Client) -> None:
    allow(home, "none")
    page = holder.get("/own/", secure=True).content.decode()
    assert "does not allow account holders to forward" in page
    assert 'name="forward"' not in page
    assert forward(holder, "x@elsewhere.example") == 422
    assert forward(holder, OTHER) == 422
    assert row()["forward"] == []


def test_what_an_administrator_or_an_earlier_time_set_stays_and_may_be_taken_away(home: Caller, holder: Client) -> None:
    assert forward(holder, "x@elsewhere.example") == 302
    allow(home, "none")
    wanted = directory_edits.change_account(MINE, {"forward": ["x@elsewhere.example", "y@elsewhere.example"]})
    assert applies.apply(home, of_wanted(home, wanted)).outcome == "applied", "an administrator may"
    assert 'name="forward"' in holder.get("/own/", secure=True).content.decode()
    assert forward(holder, "x@elsewhere.example", "z@elsewhere.example") == 422
    assert forward(holder, "y@elsewhere.example") == 302
    assert row()["forward"] == ["y@elsewhere.example"]
    assert forward(holder) == 302
    assert row()["forward"] == []
    assert forward(holder, "x@elsewhere.example") == 422


def test_where_holders_may_forward_here_only_addresses_elsewhere_are_refused(home: Caller, holder: Client) -> None:
    allow(home, "local")
    assert forward(holder, OTHER) == 302
    assert forward(holder, OTHER, "x@elsewhere.example") == 422
    assert forward(holder, OTHER, "x@sub.mine.example") == 422
    assert row()["forward"] == [OTHER]


def test_the_language_is_the_holders_and_the_page_speaks_it(holder: Client) -> None:
    answer = post(holder, "/own/", form="language", language="ja")
    assert (answer.status_code, row()["language"]) == (302, "ja")
    assert 'lang="ja"' in holder.get("/own/", secure=True).content.decode()
    assert post(holder, "/own/", form="language", language="xx").status_code == 422
    assert post(holder, "/own/", form="language", language="").status_code == 302
    assert row()["language"] is None


def test_who_logs_in_is_spoken_to_in_the_accounts_language(home: Caller, browser: Client) -> None:
    assert (
        applies.apply(home, of_wanted(home, directory_edits.change_account(MINE, {"language": "ja"}))).outcome
        == "applied"
    )
    log_in(browser, PASSWORD, MINE)
    assert 'lang="ja"' in browser.get("/own/", secure=True).content.decode()
