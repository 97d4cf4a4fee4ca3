"""Rows of the behaviour view, from transcripts as real servers gave them."""

from __future__ import annotations

from fumibako.plan.behaviour import Answers, Listener, behaviour
from fumibako.plan.probes import answers_well, as_tried, lookups_answer, silent_where_off
from fumibako.plan.questions import OUTSIDE_RECIPIENT, UNKNOWN_USER
from fumibako.plan.report import Row
from fumibako.plan.transcript import Exchange, Transcript
from fumibako.schema.edit import Edit

EHLO = ("250-mail.example.jp", "250-PIPELINING", "250-SIZE 10485760", "250-VRFY", "250-STARTTLS", "250 8BITMIME")
RELAY_DENIED = f"554 5.7.1 <{OUTSIDE_RECIPIENT}>: Relay access denied"


def smtp(
    *, ehlo: tuple[str, ...] = EHLO, mail: str = "250 2.1.0 Ok", greeting: str = "220 mail.example.jp ESMTP"
) -> Transcript:
    exchanges = [
        Exchange("clear", "greeting", (greeting,)),
        Exchange("clear", "ehlo", ehlo),
        Exchange("clear", "mail", (mail,)),
    ]
    if any("STARTTLS" in line for line in ehlo):
        exchanges.append(Exchange("tls", "ehlo", tuple(line for line in ehlo if "STARTTLS" not in line)))
    return Transcript("smtp", tuple(exchanges))


def stranger(relay: str = RELAY_DENIED, **recipients: str) -> Transcript:
    replies = {OUTSIDE_RECIPIENT: relay, **recipients}
    return Transcript("smtp", tuple(Exchange("clear", f"rcpt:{to}", (reply,)) for to, reply in replies.items()))


def server(
    session: Transcript | None = None, port: int = 25, outside: Transcript | None = None, **more: Transcript
) -> Answers:
    listeners = [Listener("smtp", "SMTP", "127.0.0.1", port, enabled=True)]
    listeners += [Listener("pop3", "POP3", "127.0.0.1", 110, enabled="pop3" in more)]
    sessions = {f"127.0.0.1:{port}": session or smtp(), **({"127.0.0.1:110": more["pop3"]} if "pop3" in more else {})}
    return Answers(tuple(listeners), sessions, {"smtp": outside or stranger()})


POP3 = Transcript(
    "pop3",
    (
        Exchange("clear", "greeting", ("+OK Postfix-pop3d",)),
        Exchange("clear", "capability", ("+OK", "STLS", "UIDL", ".")),
    ),
)


def changed(before: Answers, after: Answers) -> dict[str, tuple[str, str]]:
    return {row.question.en: (row.before.en, row.after.en) for row in behaviour(before, after) if row.changed}


def only(rows: list[Row]) -> Row:
    (row,) = rows
    return row


def test_nothing_changes_between_equal_servers_but_the_relay_row_stands() -> None:
    row = only(behaviour(server(), server()))
    assert (row.subject, row.changed, row.before.en, row.after.en) == ("relay", False, "refused 554", "refused 554")


def test_a_service_that_is_turned_off_stops() -> None:
    assert changed(server(pop3=POP3), server()) == {"POP3 (110)": ("answers", "stopped")}


def test_a_moved_port_stops_here_and_answers_there() -> None:
    rows = changed(server(port=25), server(port=2525))
    assert rows == {"SMTP (25)": ("answers", "stopped"), "SMTP (2525)": ("stopped", "answers")}


def test_the_largest_message_is_said_in_megabytes() -> None:
    larger = tuple(line.replace("10485760", "20971520") for line in EHLO)
    assert changed(server(), server(smtp(ehlo=larger))) == {"SMTP: largest message": ("10 MB", "20 MB")}


def test_forced_tls_is_read_off_the_refusal_of_mail() -> None:
    forced = smtp(mail="530 5.7.0 Must issue a STARTTLS command first")
    rows = changed(server(), server(forced))
    assert rows["SMTP: TLS"] == ("offered", "required")


def test_clear_text_log_in_is_a_danger() -> None:
    with_auth = (*EHLO[:-1], "250-AUTH PLAIN LOGIN", "250 8BITMIME")
    row = next(row for row in behaviour(server(), server(smtp(ehlo=with_auth))) if "without TLS" in row.question.en)
    assert (row.before.en, row.after.en, row.danger) == ("not offered", "LOGIN, PLAIN", "danger")


def test_a_keyword_that_no_option_stands_for_shows_as_the_server_says_it() -> None:
    without = tuple(line for line in EHLO if "VRFY" not in line)
    assert changed(server(), server(smtp(ehlo=without))) == {"SMTP: announced features": ("VRFY", "—")}


def test_a_reply_that_no_option_stands_for_shows_in_the_servers_own_words() -> None:
    was = Transcript("smtp", (*smtp().exchanges, Exchange("clear", "vrfy", ("252 2.0.0 postmaster",))))
    now = Transcript("smtp", (*smtp().exchanges, Exchange("clear", "vrfy", ("502 5.5.1 VRFY command is disabled",))))
    assert changed(server(was), server(now)) == {
        "SMTP: VRFY": ("252 2.0.0 postmaster", "502 5.5.1 VRFY command is disabled")
    }


def test_a_new_domain_is_accepted_though_not_each_name_in_it() -> None:
    name = f"{UNKNOWN_USER}@example.jp"
    was = stranger(**{name: f"554 5.7.1 <{name}>: Relay access denied"})
    now = stranger(**{name: f"550 5.1.1 <{name}>: Recipient address rejected"})
    rows = changed(server(outside=was), server(outside=now))
    assert rows == {"Mail for example.jp, a name that nobody has": ("refused 554", "domain accepted, name refused 550")}


def test_an_open_relay_is_a_danger_and_a_finding() -> None:
    after = server(outside=stranger(relay="250 2.1.5 Ok"))
    row = next(row for row in behaviour(server(), after) if row.subject == "relay")
    assert (row.before.en, row.after.en, row.danger) == ("refused 554", "accepted", "danger")
    assert [each.code for each in answers_well(after)] == ["open-relay"]
    assert list(answers_well(server())) == []


def test_a_deferred_stranger_is_no_open_relay() -> None:
    assert list(answers_well(server(outside=stranger(relay="451 4.3.0 Temporary lookup failure")))) == []


def test_a_service_that_keeps_silent_is_a_finding() -> None:
    silent = Answers(server().listeners, {"127.0.0.1:25": Transcript("smtp", (), "refused")}, {})
    assert [(each.code, each.path) for each in answers_well(silent)] == [("probe-silent", "basics.services.smtp")]


def test_a_service_that_is_off_must_not_listen() -> None:
    assert [each.code for each in silent_where_off(server(), ["127.0.0.1:25", "127.0.0.1:110"])] == ["probe-listens"]
    assert list(silent_where_off(server(), ["127.0.0.1:25"])) == []


def test_the_live_server_must_present_itself_as_in_the_trial() -> None:
    other = server(smtp(greeting="220 mail.example.jp Other"))
    assert [each.code for each in as_tried(other, server())] == ["probe-differs"]
    assert list(as_tried(server(), server())) == []


def test_an_account_that_came_must_be_known() -> None:
    edit = Edit(("accounts", "a@example.jp"), None, {})
    unknown = stranger(**{"a@example.jp": "550 5.1.1 <a@example.jp>: Recipient address rejected"})
    assert [each.path for each in lookups_answer(server(outside=unknown), [edit])] == ["accounts/a@example.jp"]
    assert list(lookups_answer(server(outside=stranger(**{"a@example.jp": "250 2.1.5 Ok"})), [edit])) == []
