from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.utils import timezone

from fumibako.actions import applies, drafts, history, plans, runs
from fumibako.actions.caller import Caller
from fumibako.actions.checking import Wanted
from fumibako.actions.directory_edits import add_account, add_domain, remove_domain
from fumibako.actions.proposal import of_draft, of_wanted
from fumibako.actions.trouble import Unfinished
from fumibako.actions.view import live
from fumibako.schema.finding import Finding
from fumibako.schema.text import plain
from fumibako.store import directory, revisions
from fumibako.store.models import Audit, Revision, Run
from tests.fake_node import FakeNode, outcome, well

SIZE = Wanted("basics.message_size_limit", 1111)


def states() -> dict[int, str]:
    return dict(Revision.objects.values_list("number", "state"))


def test_a_plan_changes_nothing_and_its_digest_is_what_is_applied(admin: Caller) -> None:
    proposal = of_wanted(admin, [SIZE, *add_domain("example.jp")])
    plan = plans.plan(admin, proposal)
    assert (plan.outcome, plan.change_count, plan.tried) == ("planned", 2, True)
    assert states() == {1: "applied"}
    assert directory.count("domains") == 0
    result = applies.apply(admin, of_wanted(admin, [SIZE, *add_domain("example.jp")]), digest=plan.digest)
    assert (result.outcome, result.revision) == ("applied", 2)


def test_a_person_is_not_taken_past_a_danger_that_he_has_not_read(admin: Caller, node: FakeNode) -> None:
    row = {"question": {"en": "q", "ja": "q"}, "after": {"en": "a", "ja": "a"}, "changed": True, "danger": "danger"}
    node.answer = lambda run: outcome("planned", behaviour=[row]) if run["kind"] == "plan" else well(run)
    proposal = of_wanted(admin, [SIZE])
    plan = applies.start_planned(admin, proposal)
    assert (plan.outcome, states()) == ("planned", {1: "applied"})
    assert applies.start_planned(admin, proposal, seen=plan).outcome == "planned"
    assert applies.start_planned(admin, proposal, seen=plan, understood=True).revision == 2


def test_what_holds_no_danger_is_planned_and_applied_at_once(admin: Caller, node: FakeNode) -> None:
    assert applies.start_planned(admin, of_wanted(admin, [SIZE])).revision == 2
    assert [run["kind"] for run in node.seen][-2:] == ["plan", "apply"]
    assert applies.start_planned(admin, of_wanted(admin, [SIZE])).outcome == "unchanged"


def test_another_digest_is_refused(admin: Caller) -> None:
    plan = plans.plan(admin, of_wanted(admin, [SIZE]))
    other = of_wanted(admin, [Wanted("basics.message_size_limit", 2222)])
    result = applies.apply(admin, other, digest=plan.digest)
    assert (result.outcome, result.findings[0].code) == ("refused", "plan-stale")


def test_a_reviewed_plan_is_refused_once_anything_else_was_applied(admin: Caller) -> None:
    proposal = of_wanted(admin, [SIZE])
    plan = plans.plan(admin, proposal)
    applies.apply(admin, of_wanted(admin, add_domain("example.jp")))
    assert applies.apply(admin, proposal, digest=plan.digest).findings[0].code == "plan-stale"
    assert applies.apply(admin, of_wanted(admin, [SIZE]), digest=plan.digest).findings[0].code == "plan-stale"


def test_the_second_time_it_is_unchanged_and_no_revision(admin: Caller) -> None:
    assert applies.apply(admin, of_wanted(admin, [SIZE])).outcome == "applied"
    again = applies.apply(admin, of_wanted(admin, [SIZE]))
    assert (again.outcome, again.revision) == ("unchanged", None)
    assert states() == {1: "applied", 2: "applied"}


def test_counts_and_rows_follow_what_is_applied(admin: Caller) -> None:
    wanted = [*add_domain("example.jp"), *add_account("a@example.jp")[0], *add_account("b@example.jp")[0]]
    applies.apply(admin, of_wanted(admin, wanted))
    assert (directory.count("domains"), directory.count("accounts"), directory.number_in("accounts", "example.jp")) == (
        1,
        2,
        2,
    )
    applies.apply(admin, of_wanted(admin, remove_domain(live(), "example.jp", with_accounts=True)))
    assert (directory.count("domains"), directory.count("accounts")) == (0, 0)


def test_what_rolls_back_changes_nothing_and_stays_in_the_draft(admin: Caller, node: FakeNode) -> None:
    said = outcome("rolled_back", findings=[Finding("probe", "basics", plain("dead")).as_wire()])
    node.answer = lambda run: said
    drafts.stage(admin, [SIZE, *add_domain("example.jp")])
    result = applies.apply(admin, of_draft(admin))
    assert (result.outcome, [finding.code for finding in result.findings]) == ("rolled_back", ["probe"])
    assert states() == {1: "applied", 2: "rolled_back"}
    assert revisions.head().number == 1
    assert directory.count("domains") == 0
    assert drafts.counts(admin) == {"basics": 1, "domains": 1}


def test_a_change_that_is_not_confirmed_goes_back_in_directory_and_settings(admin: Caller, node: FakeNode) -> None:
    result = applies.apply(admin, of_wanted(admin, [SIZE, *add_domain("example.jp")]), confirm_within=60)
    assert (result.outcome, result.confirm_by) == ("unconfirmed", 2_000_000_000)
    assert directory.count("domains") == 1
    busy = applies.apply(admin, of_wanted(admin, add_domain("example.com")))
    assert (busy.outcome, busy.findings[0].code) == ("refused", "unconfirmed")
    same = applies.apply(admin, of_wanted(admin, [SIZE]))
    assert (same.outcome, same.findings[0].code) == ("refused", "unconfirmed"), "it may still go back"
    run = node.seen[-1]
    node.rows.clear()
    node.report(run["id"], outcome("rolled_back"))
    node.report(run["id"], outcome("rolled_back"))
    assert states()[2] == "rolled_back"
    assert revisions.head().number == 1
    assert directory.count("domains") == 0
    assert runs.look(admin, run["id"]).outcome == "rolled_back"


def test_a_change_that_is_confirmed_stays(admin: Caller) -> None:
    applied = applies.apply(admin, of_wanted(admin, [SIZE]), confirm_within=60)
    assert applies.confirm(admin).outcome == "confirmed"
    assert applied.run is not None
    assert runs.look(admin, applied.run).outcome == "confirmed"
    assert states()[2] == "applied"
    again = applies.confirm(admin)
    assert (again.outcome, again.findings[0].code) == ("refused", "nothing-unconfirmed")


def test_a_change_is_taken_back_by_hand(admin: Caller) -> None:
    applies.apply(admin, of_wanted(admin, [SIZE, *add_domain("example.jp")]), confirm_within=60)
    assert applies.roll_back(admin).outcome == "rolled_back"
    assert states()[2] == "rolled_back"
    assert (revisions.head().number, directory.count("domains")) == (1, 0)


def test_an_outcome_that_comes_twice_counts_once(admin: Caller, node: FakeNode) -> None:
    applies.apply(admin, of_wanted(admin, add_domain("example.jp")))
    node.report(node.seen[-1]["id"], outcome("applied"))
    node.report(node.seen[-1]["id"], outcome("rolled_back"))
    assert (directory.count("domains"), states()[2]) == (1, "applied")


def test_an_outcome_counts_though_nobody_waits_any_more(admin: Caller, node: FakeNode) -> None:
    node.asleep = True
    begun = applies.start(admin, of_wanted(admin, add_domain("example.jp")))
    assert (begun.outcome, begun.revision) == ("running", 2)
    node.step()
    assert begun.run is not None
    assert runs.look(admin, begun.run).outcome == "applied"
    assert directory.count("domains") == 1


def test_a_run_is_given_again_until_its_outcome_has_come(admin: Caller, node: FakeNode) -> None:
    node.asleep = True
    applies.start(admin, of_wanted(admin, [SIZE]))
    first = node.work()["run"]
    plans.start(admin, of_wanted(admin, [Wanted("basics.services.imap.enabled", "off")]))
    assert node.work()["run"] == first


def test_while_one_is_applied_another_waits_for_its_turn(admin: Caller, node: FakeNode) -> None:
    node.asleep = True
    applies.start(admin, of_wanted(admin, [SIZE]))
    other = of_wanted(admin, add_domain("example.jp"))
    assert applies.start(admin, other, wait_turn=0.1).findings[0].code == "apply-busy"
    threading.Timer(0.3, node.step).start()
    begun = applies.start(admin, other, wait_turn=10)
    assert (begun.outcome, begun.revision, begun.base) == ("running", 3, 2)
    node.asleep = False
    node.wake()


@pytest.mark.usefixtures("node")
def test_a_run_that_nobody_takes_is_given_up_and_then_never_given_out(admin: Caller, node: FakeNode) -> None:
    node.asleep = True
    begun = applies.start(admin, of_wanted(admin, [SIZE]))
    Run.objects.filter(kind="apply", base=1).update(created=timezone.now() - timedelta(minutes=1))
    assert begun.run is not None
    result = runs.wait(begun.run, 5)
    assert (result.outcome, result.findings[0].code) == ("refused", "agent-away")
    assert states()[2] == "refused"
    assert node.work()["run"] is None


def test_a_run_that_was_taken_is_never_given_up(admin: Caller, node: FakeNode) -> None:
    node.asleep = True
    begun = applies.start(admin, of_wanted(admin, [SIZE]))
    node.work()
    Run.objects.update(created=timezone.now() - timedelta(minutes=1))
    assert begun.run is not None
    with pytest.raises(Unfinished):
        runs.wait(begun.run, 0.1)
    assert states()[2] == "pending"


def test_progress_is_seen_while_it_runs(admin: Caller, node: FakeNode) -> None:
    node.asleep = True
    begun = applies.start(admin, of_wanted(admin, [SIZE]))
    number = node.work()["run"]["id"]
    steps = [{"name": "try", "title": {"en": "Trial", "ja": "試験起動"}, "outcome": "running"}]
    node.client.post(f"/api/node/v1/runs/{number}/progress", {"steps": steps}, content_type="application/json")
    assert begun.run is not None
    seen = runs.look(admin, begun.run)
    assert (seen.outcome, seen.finished) == ("running", False)
    assert seen.as_json("ja")["steps"] == [{"name": "try", "title": "試験起動", "outcome": "running"}]


def test_the_history_tells_who_did_what(hanako: Caller) -> None:
    applies.apply(hanako, of_wanted(hanako, [SIZE]), comment="smaller")
    lines, more = history.page(hanako)
    assert [(line.number, line.who, line.state, line.serves, line.comment) for line in lines] == [
        (2, "hanako", "applied", True, "smaller"),
        (1, "init", "applied", False, ""),
    ]
    assert more is None
    assert list(Audit.objects.filter(path="revisions/2").values_list("who", "verb")) == [
        ("hanako", "apply"),
        ("node", "run.applied"),
    ]
