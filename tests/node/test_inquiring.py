"""A session that puts many questions gets the answers that each would get alone."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from fumibako.node.inquiring import in_sessions
from fumibako.plan.inquiry import Inquiry, Name, last_word
from fumibako.schema.edit import Edit
from tests.node.world import EDITS, INQUIRIES, World, a_world

NAMES = st.sampled_from([Name(), Name(), Name("mail.partner.example"), Name(sure=False)])


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with a_world() as made:
        yield made


@settings(
    max_examples=25, deadline=None, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    edits=st.lists(st.sampled_from(EDITS), unique_by=lambda edit: edit.place, max_size=10),
    asked=st.lists(st.tuples(INQUIRIES, NAMES), min_size=8, max_size=40),
)
def test_many_in_a_session_are_answered_as_each_alone(
    world: World, edits: list[Edit], asked: list[tuple[Inquiry, Name]]
) -> None:
    with world.edited(edits):
        for (inquiry, name), answer in zip(asked, world.answers(asked), strict=True):
            alone = world.explained(inquiry, name)
            assert answer is not None, inquiry
            assert (answer.verdict, answer.reply) == (alone.verdict, alone.reply), (inquiry, name)
            assert [(hop.kind, hop.address, hop.nexthop) for hop in answer.route] == [
                (hop.kind, hop.address, hop.nexthop) for hop in alone.route
            ]


def test_hundreds_that_are_refused_are_answered_without_waiting(world: World) -> None:
    asked = [(Inquiry("", "x@elsewhere.example", f"203.0.113.{number}"), Name()) for number in range(1, 251)]
    sessions = world.sessions
    answers = world.answers(asked)
    assert {each.reply[:3] for each in answers if each} == {"554"}
    assert len(answers) == 250
    assert world.sessions - sessions <= 4


def hanging_up_after(number: int, last: bytes = b"") -> SimpleNamespace:
    """A node whose clone accepts every recipient, and ends each session after so many of them."""

    def serve(line: socket.socket) -> None:
        left = number
        with line, line.makefile("rb") as heard:
            line.sendall(b"220 mail ESMTP\r\n")
            for command in heard:
                if command.startswith(b"RCPT"):
                    left -= 1
                    if left < 0:
                        line.sendall(last)
                        return
                line.sendall(b"220 mail ESMTP\r\n" if command.startswith(b"XCLIENT") else b"250 2.0.0 Ok\r\n")

    def connect(_where: str, _to: str, _source: str | None) -> socket.socket:
        ours, theirs = socket.socketpair()
        threading.Thread(target=serve, args=(theirs,), daemon=True).start()
        return ours

    return SimpleNamespace(link=SimpleNamespace(channel=SimpleNamespace(connect=connect)))


@pytest.mark.parametrize("last", [b"", b"421 4.7.0 mail Error: too many errors\r\n"])
def test_a_session_that_ends_early_is_followed_by_another(last: bytes) -> None:
    asked = [(Inquiry("", f"a{number}@example.test"), Name()) for number in range(8)]
    node: Any = hanging_up_after(3, last)
    told = asyncio.run(in_sessions(node, "live", asked))
    assert [last_word(each) for each in told] == [("250 2.0.0 Ok", 250)] * 8


def test_a_server_that_never_answers_is_said_to_have_not() -> None:
    asked = [(Inquiry("", f"a{number}@example.test"), Name()) for number in range(3)]
    node: Any = hanging_up_after(0)
    told = asyncio.run(in_sessions(node, "live", asked))
    assert [(last_word(each), each.trouble) for each in told] == [(("", None), "closed")] * 3
