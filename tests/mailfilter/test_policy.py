"""Postfix's policy protocol: questions in pieces of any size, answers that are one line."""

from __future__ import annotations

import asyncio
import gc
import itertools
from collections.abc import Awaitable
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fumibako.layout import Home
from fumibako.mailfilter import policy_service
from fumibako.mailfilter.answerers import Registered
from fumibako.mailfilter.instance import Instance
from fumibako.mailfilter.policy import REQUEST_LIMIT, PolicyParser, PolicyRequest, Violation, answer, printable
from fumibako.mailfilter.policy_service import PolicyConnection

TWO = (
    b"request=smtpd_access_policy\npolicy_context=quota\nsender=a=b@example.org\nrecipient=\n\n"
    b"request=smtpd_access_policy\nsender=\xff\n\n"
)


@given(st.lists(st.integers(0, len(TWO))))
def test_questions_are_the_same_however_the_stream_is_cut(cuts: list[int]) -> None:
    parser, found = PolicyParser(), []
    places = [0, *sorted(cuts), len(TWO)]
    for start, end in itertools.pairwise(places):
        found += list(parser.feed(TWO[start:end]))
    assert [each.context for each in found] == ["quota", ""]
    assert found[0]["sender"] == "a=b@example.org"
    assert found[0]["no_such_attribute"] == ""
    assert parser.idle


@pytest.mark.parametrize("octets", [b"no equals sign\n\n", b"=value\n\n", b"\n\n", b"x=" + b"y" * REQUEST_LIMIT])
def test_what_is_no_question_ends_the_connection(octets: bytes) -> None:
    with pytest.raises(Violation):
        list(PolicyParser().feed(octets))


def test_an_answer_is_one_line() -> None:
    assert answer("554 5.7.1 No") == b"action=554 5.7.1 No\n\n"
    for wrong in ("DUNNO\n\naction=OK", "", "日本"):
        with pytest.raises(AssertionError):
            answer(wrong)
    assert answer(printable("list\n\nsays 日本")) == b"action=list??says ??\n\n"


class _Slow:
    async def _said(self) -> str:
        await asyncio.sleep(60)
        return "DUNNO"

    def answer(self, request: PolicyRequest, instance: Instance) -> Awaitable[str]:
        return self._said()


class _Line(asyncio.Transport):
    def write(self, data: bytes) -> None:  # type: ignore[override]
        raise AssertionError(data)


@pytest.mark.filterwarnings("error")
def test_who_hangs_up_before_his_question_was_begun_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policy_service, "ANSWERERS", {"slow": Registered(_Slow())})

    async def ask_and_hang_up() -> int:
        connections: set[object] = set()
        connection = PolicyConnection(Instance(Home(PurePosixPath("/nonexistent"))), connections)
        connection.connection_made(_Line())
        connection.data_received(b"policy_context=slow\n\n")
        connection.connection_lost(None)
        await asyncio.sleep(0)
        gc.collect()
        return len(connections) + len(asyncio.all_tasks()) - 1

    assert asyncio.run(ask_and_hang_up()) == 0
