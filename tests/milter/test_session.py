"""A session is a stream: cut anywhere it gives the same commands, and only what the tables allow comes or goes."""

from __future__ import annotations

import contextlib
import itertools
from struct import pack

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fumibako.milter.answers import (
    AddHeader,
    ChangeHeader,
    DeleteHeader,
    InsertHeader,
    Quarantine,
    ReplaceBody,
    Reply,
    Verdict,
)
from fumibako.milter.commands import (
    Abort,
    Body,
    Command,
    Connect,
    Data,
    EndOfHeaders,
    EndOfMessage,
    Header,
    Helo,
    Macros,
    MailFrom,
    Negotiate,
    Quit,
    QuitForNext,
    RcptTo,
    Unknown,
    parse_command,
)
from fumibako.milter.frames import FRAME_LIMIT, Splitter, Violation, frame
from fumibako.milter.negotiation import Action, MacroStage, Step, Wanted, agree
from fumibako.milter.session import HELD_LIMIT, Session
from fumibako.milter.tables import ANSWERS, CHANGES, COMMANDS, SILENT

WANTED = Wanted(
    actions=Action.ADD_HEADERS | Action.CHANGE_HEADERS | Action.QUARANTINE | Action.SET_MACROS,
    steps=Step.LEADING_SPACE | Step.SKIP | Step.SILENT_HEADER | Step.SILENT_BODY | Step.NO_UNKNOWN,
    macros={MacroStage.CONNECT: "j {daemon_name}"},
)
POSTFIX = pack(">III", 6, 0x1FF, 0x1FFFFF)

# What Postfix sends for one message, packet by packet, and what it means.
STORY: list[tuple[bytes, Command]] = [
    (frame(b"O", POSTFIX), Negotiate(6, 0x1FF, 0x1FFFFF)),
    (frame(b"D", b"Cj\0mx.example.jp\0{daemon_name}\0MX\0"), Macros(ord("C"), {b"j": b"mx.example.jp", b"daemon_name": b"MX"})),
    (frame(b"C", b"mail.example.org\x004\x12\x34192.0.2.1\0"), Connect(b"mail.example.org", "inet", 0x1234, b"192.0.2.1")),
    (frame(b"H", b"mail.example.org\0"), Helo(b"mail.example.org")),
    (frame(b"D", b"M"), Macros(ord("M"), {})),
    (frame(b"M", b"<a@example.org>\0SIZE=100\0SMTPUTF8\0"), MailFrom(b"<a@example.org>", (b"SIZE=100", b"SMTPUTF8"))),
    (frame(b"R", b"<b@example.jp>\0"), RcptTo(b"<b@example.jp>", ())),
    (frame(b"R", b"<c@example.jp>\0NOTIFY=NEVER\0"), RcptTo(b"<c@example.jp>", (b"NOTIFY=NEVER",))),
    (frame(b"T"), Data()),
    (frame(b"L", b"Subject\0 Hallo\n\tfolded\0"), Header(b"Subject", b" Hallo\r\n\tfolded")),
    (frame(b"L", b"X-Long\0 " + b"x" * 100_000 + b"\0"), Header(b"X-Long", b" " + b"x" * 100_000)),
    (frame(b"L", b"X-Empty\0\0"), Header(b"X-Empty", b"")),
    (frame(b"N"), EndOfHeaders()),
    (frame(b"B", b"Hello\0\r\n" * 9_000), Body(b"Hello\0\r\n" * 9_000)),
    (frame(b"B", b"rest\r\n"), Body(b"rest\r\n")),
    (frame(b"E"), EndOfMessage(b"")),
    (frame(b"M", b"<>\0"), MailFrom(b"<>", ())),
    (frame(b"A"), Abort()),
    (frame(b"U", b"FOO bar\0"), Unknown(b"FOO bar")),
    (frame(b"K"), QuitForNext()),
    (frame(b"C", b"localhost\0U"), Connect(b"localhost", "unknown", 0, b"")),
    (frame(b"Q"), Quit()),
]  # fmt: skip
STREAM = b"".join(octets for octets, _ in STORY)
TOLD = [command for _, command in STORY]


def commands(pieces: list[bytes]) -> list[Command]:
    session = Session(WANTED)
    return [command for piece in pieces for command in session.receive(piece)]


def test_the_whole_story_is_understood() -> None:
    assert commands([STREAM]) == TOLD


@given(st.lists(st.integers(0, len(STREAM)), max_size=30))
@settings(max_examples=100, deadline=None)
def test_a_stream_cut_anywhere_tells_the_same(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(STREAM)]
    assert commands([STREAM[start:end] for start, end in itertools.pairwise(edges)]) == TOLD


def test_a_stream_octet_by_octet_tells_the_same() -> None:
    short = b"".join(octets for octets, _ in STORY if len(octets) < 200)
    assert commands([short[place : place + 1] for place in range(len(short))]) == [
        command for octets, command in STORY if len(octets) < 200
    ]


ALL_SILENT = Step.LEADING_SPACE | Step.NO_UNKNOWN | Step.NO_DATA
for step in SILENT.values():
    ALL_SILENT |= step


def silent_session() -> Session:
    session = Session(Wanted(Action.ADD_HEADERS, ALL_SILENT))
    (offer,) = session.receive(frame(b"O", POSTFIX))
    assert isinstance(offer, Negotiate)
    session.negotiate(offer)
    return session


def test_what_needs_no_answer_is_told_with_what_needs_one() -> None:
    session = silent_session()
    pieces = [frame(b"C", b"h\0U"), frame(b"M", b"<a>\0"), frame(b"R", b"<b>\0"), frame(b"L", b"A\0b\0"), frame(b"N")]
    for number, piece in enumerate(pieces):
        assert list(session.receive(piece)) == []
        assert session.in_message == (number > 0)
    told = [type(command) for command in session.receive(frame(b"E"))]
    assert told == [Connect, MailFrom, RcptTo, Header, EndOfHeaders, EndOfMessage]
    assert not session.in_message
    assert list(session.receive(frame(b"M", b"<c>\0"))) == []
    assert [type(command) for command in session.receive(frame(b"A"))] == [MailFrom, Abort]


def test_much_is_told_though_it_needs_no_answer() -> None:
    session = silent_session()
    start = [frame(b"C", b"h\0U"), frame(b"M", b"<a>\0"), frame(b"L", b"A\0b\0"), frame(b"N")]
    assert list(session.receive(b"".join(start))) == []
    told = list(session.receive(frame(b"B", b"x" * HELD_LIMIT)))
    assert [type(command) for command in told] == [Connect, MailFrom, Header, EndOfHeaders, Body]


def test_where_silence_was_not_agreed_each_command_is_told_at_once() -> None:
    session = Session(Wanted(Action.ADD_HEADERS, Step.LEADING_SPACE))
    (offer,) = session.receive(frame(b"O", POSTFIX))
    assert isinstance(offer, Negotiate)
    session.negotiate(offer)
    assert len(list(session.receive(frame(b"C", b"h\0U")))) == 1
    assert len(list(session.receive(frame(b"M", b"<a>\0")))) == 1


def test_families_of_clients() -> None:
    assert parse_command(ord("C"), b"h\x006\0\x19IPv6:2001:db8::1\0") == Connect(b"h", "inet6", 25, b"2001:db8::1")
    assert parse_command(ord("C"), b"h\x00L\0\0/run/x\0") == Connect(b"h", "unix", 0, b"/run/x")


@pytest.mark.parametrize(
    ("octets", "code"),
    [
        (b"\0\0\0\0", "milter-frame-length"),
        (pack(">I", FRAME_LIMIT + 1), "milter-frame-length"),
        (b"GET / HTTP/1.1\r\n\r\n", "milter-frame-length"),
        (frame(b"z"), "milter-command-unknown"),
        (frame(b"O", b"short"), "milter-command-malformed"),
        (frame(b"H", b"x\0"), "milter-command-unexpected"),
        (frame(b"O", POSTFIX) * 2, "milter-command-unexpected"),
        (frame(b"O", POSTFIX) + frame(b"L", b"A\0b\0"), "milter-command-unexpected"),
        (frame(b"O", POSTFIX) + frame(b"D"), "milter-command-malformed"),
        (frame(b"O", POSTFIX) + frame(b"D", b"Cx\0"), "milter-command-malformed"),
        (frame(b"O", POSTFIX) + frame(b"D", b"Cx\0y"), "milter-command-malformed"),
        (frame(b"O", POSTFIX) + frame(b"C", b""), "milter-command-malformed"),
        (frame(b"O", POSTFIX) + frame(b"C", b"h\0"), "milter-command-malformed"),
        (frame(b"O", POSTFIX) + frame(b"C", b"h\x00X\0\0"), "milter-command-malformed"),
        (frame(b"O", POSTFIX) + frame(b"C", b"h\x004"), "milter-command-malformed"),
        (frame(b"O", POSTFIX) + frame(b"M", b"<a>"), "milter-command-malformed"),
        (frame(b"O", POSTFIX) + frame(b"M", b""), "milter-command-malformed"),
    ],
)
def test_garbage_ends_the_connection(octets: bytes, code: str) -> None:
    with pytest.raises(Violation) as broken:
        commands([octets])
    assert broken.value.code == code


@given(st.binary(max_size=200), st.lists(st.integers(0, 250), max_size=4))
def test_garbage_raises_nothing_else(garbage: bytes, cuts: list[int]) -> None:
    stream = frame(b"O", POSTFIX) + garbage
    edges = [0, *sorted(cuts), len(stream)]
    with contextlib.suppress(Violation):
        commands([stream[start:end] for start, end in itertools.pairwise(edges)])


def test_an_unfinished_packet_is_kept_and_no_more() -> None:
    splitter = Splitter()
    assert list(splitter.feed(frame(b"Q") + b"\0\0")) == [(ord("Q"), b"")]
    assert splitter.pending == 2


def test_a_step_that_was_passed_does_not_come_again_within_a_message() -> None:
    start = frame(b"O", POSTFIX) + frame(b"C", b"h\0U") + frame(b"M", b"<a>\0") + frame(b"N")
    with pytest.raises(Violation):
        commands([start + frame(b"L", b"A\0b\0")])
    assert commands([start + frame(b"M", b"<b>\0")])[-1] == MailFrom(b"<b>", ())  # the filter had refused the first


def test_both_agree_on_what_both_can_do() -> None:
    agreement, octets = agree(Negotiate(6, 0x1FF, 0x1FFFFF), WANTED)
    assert agreement.version == 6
    assert agreement.actions == WANTED.actions
    assert agreement.steps == WANTED.steps
    assert octets == frame(b"O", pack(">III", 6, 0x131, int(WANTED.steps)) + pack(">I", 0) + b"j {daemon_name}\0")


def test_an_older_server_gets_less() -> None:
    agreement, octets = agree(Negotiate(2, 0x3F, 0x7F), WANTED)
    assert (agreement.version, agreement.steps) == (2, Step(0))
    assert len(octets) == 17  # no list of macros


def test_what_the_filter_needs_must_be_offered() -> None:
    with pytest.raises(Violation) as broken:
        agree(Negotiate(6, 0x01, 0x1FFFFF), WANTED)
    assert broken.value.code == "milter-actions"
    with pytest.raises(Violation):
        agree(Negotiate(1, 0x1FF, 0), WANTED)


def ready() -> Session:
    session = Session(WANTED)
    for command in session.receive(frame(b"O", POSTFIX)):
        assert isinstance(command, Negotiate)
        session.negotiate(command)
    return session


def test_answers_on_the_wire() -> None:
    session = ready()
    assert session.answer(Helo(b""), Verdict.CONTINUE) == b"\0\0\0\x01c"
    assert session.answer(RcptTo(b"", ()), Reply("550", "5.7.1", ("No\r\nthanks", "100%"))) == frame(
        b"y", b"550-5.7.1 No??thanks\r\n550 5.7.1 100%%\0"
    )
    end = EndOfMessage(b"")
    assert session.answer(end, Verdict.PROGRESS) == frame(b"p")
    assert session.answer(
        end,
        Verdict.ACCEPT,
        [
            InsertHeader(0, b"X-A", b" one\r\n\ttwo"),
            AddHeader(b"X-B", b" b"),
            ChangeHeader(2, b"X-C", b" c"),
            DeleteHeader(1, b"X-D"),
            Quarantine("why 5%"),
        ],
    ) == b"".join(
        [
            frame(b"i", b"\0\0\0\0X-A\0 one\n\ttwo\0"),
            frame(b"h", b"X-B\0 b\0"),
            frame(b"m", b"\0\0\0\x02X-C\0 c\0"),
            frame(b"m", b"\0\0\0\x01X-D\0\0"),
            frame(b"q", b"why 5%\0"),
            frame(b"a"),
        ]
    )


def test_without_leading_space_the_server_adds_it_itself() -> None:
    session = Session(Wanted(Action.ADD_HEADERS, Step(0)))
    session.negotiate(Negotiate(6, 0x1FF, 0))
    assert frame(b"h", b"X\0y\0") in session.answer(EndOfMessage(b""), Verdict.CONTINUE, [AddHeader(b"X", b" y")])


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        (Header(b"", b""), Verdict.CONTINUE),  # agreed to be silent
        (Body(b""), Verdict.SKIP),
        (Macros(0, {}), Verdict.CONTINUE),
        (Quit(), Verdict.CONTINUE),
        (Abort(), Verdict.CONTINUE),
        (Helo(b""), Verdict.SKIP),
        (Connect(b"", "inet", 0, b""), Verdict.DISCARD),  # Postfix refuses that
        (Helo(b""), Verdict.PROGRESS),
    ],
)
def test_what_may_not_be_answered_is_our_own_mistake(command: Command, answer: Verdict) -> None:
    with pytest.raises(AssertionError):
        ready().answer(command, answer)


def test_changes_need_an_agreement_and_the_end_of_the_message() -> None:
    with pytest.raises(AssertionError):
        ready().answer(EndOfMessage(b""), Verdict.ACCEPT, [ReplaceBody(b"x")])
    with pytest.raises(AssertionError):
        ready().answer(EndOfHeaders(), Verdict.CONTINUE, [AddHeader(b"X", b" y")])


@pytest.mark.parametrize("value", [b" a\r\nb", b" a\nb", b" a\rb", b" a\0b", b" a\r\n"])
def test_a_value_cannot_become_two_fields(value: bytes) -> None:
    with pytest.raises(AssertionError):
        ready().answer(EndOfMessage(b""), Verdict.ACCEPT, [AddHeader(b"X", value)])


def test_the_tables_know_each_other() -> None:
    assert {following for table in COMMANDS.values() for following in table.values()} <= set(COMMANDS)
    assert set(SILENT) | {EndOfMessage} == set(ANSWERS)
    assert len(CHANGES) == 9
    reachable = {kind for table in COMMANDS.values() for kind in table}
    assert set(ANSWERS) <= reachable
