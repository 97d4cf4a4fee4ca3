"""What must hold at a scanner's doors."""

from __future__ import annotations

from fumibako.plan.behaviour import Listener
from fumibako.plan.questions import OUTSIDE_RECIPIENT, OUTSIDER
from fumibako.plan.scanners import Doors, Passed, closed_well, through_scanner
from fumibako.plan.transcript import Exchange, Transcript

FRONT = Listener("smtp", "SMTP", "127.0.0.1", 10025, enabled=True)
BACK = Listener("scanned", "", "127.0.0.1", 10026, enabled=True)
GREETING = Exchange("clear", "greeting", ("220 mail.example.jp ESMTP",))


def said(*replies: str) -> Transcript:
    asked = (Exchange("clear", f"rcpt:{OUTSIDE_RECIPIENT}", (reply,)) for reply in replies)
    return Transcript("smtp", (GREETING, *asked))


def codes(passed: Passed, *listening: str) -> list[tuple[str, str]]:
    return [(each.code, each.path) for each in closed_well(passed, listening)]


def test_a_stranger_is_named_and_unnamed() -> None:
    lines = [each.line for each in through_scanner(OUTSIDER)]
    attempt = f"RCPT TO:<{OUTSIDE_RECIPIENT}>"
    named = f"XCLIENT ADDR={OUTSIDER} NAME=[UNAVAILABLE]"
    assert lines.index(attempt) < lines.index(named)
    assert lines.count(attempt) == 2


def test_a_relay_through_the_front_is_found_named_or_not() -> None:
    refused, taken = "554 5.7.1 Relay access denied", "250 2.1.5 Ok"
    assert codes(Passed(Doors((FRONT,)), (said(refused, refused),))) == []
    for replies in ((taken, refused), (refused, taken)):
        found = codes(Passed(Doors((FRONT,)), (said(*replies),)))
        assert found == [("open-relay", "basics.services.smtp.behind_scanner")]


def test_the_way_back_answers_here_and_nowhere_else() -> None:
    path = "basics.content_filter.reinject_port"
    assert codes(Passed(Doors((), BACK), back=Transcript("scanned", (GREETING,))), "127.0.0.1:10026") == []
    assert codes(Passed(Doors((), BACK), back=Transcript("scanned", (), "refused"))) == [("probe-silent", path)]
    wide = Passed(Doors((), BACK), back=Transcript("scanned", (GREETING,)))
    assert codes(wide, "0.0.0.0:10026", "127.0.0.1:10026", "127.0.0.1:25") == [("probe-listens", path)]
