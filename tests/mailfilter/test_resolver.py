"""The filter's own resolver against a name server: names of whatever octets, each record as it is, and what is no name."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from ipaddress import ip_address
from typing import TypeVar

import pytest
import uvloop

from fumibako.mailauth.spf.check import check_mail_from
from fumibako.mailfilter.resolver import CachingResolver
from tests.mailfilter.name_server import NameServer, txt

T = TypeVar("T")
RECORDS = {
    "texts.example": [("TXT", '"one " "text" ""'), ("TXT", '"\\255\\000two"')],
    "mail.example": [("MX", "10 A.Example."), ("MX", "0 .")],
    "o'hara.example": [("A", "192.0.2.1"), ("TXT", '"quoted"'), ("MX", "5 mx.example.")],
    "a+b=c\\@sender.example.x.example": [("A", "127.0.0.2")],
    'a\\032\\"b\\".x.example': [("AAAA", "2001:db8::1")],
    "sender.example": [txt("v=spf1 exists:%{s}.x.example -all")],
}


@pytest.fixture
def names() -> Iterator[NameServer]:
    server = NameServer(RECORDS)
    yield server
    server.close()


def answered(names: NameServer, ask: Callable[[CachingResolver], Awaitable[T]]) -> T:
    async def story() -> T:
        resolver = CachingResolver([names.address])
        first = await ask(resolver)
        asked = len(names.asked)
        assert await ask(resolver) == first
        assert len(names.asked) == asked  # the second time it is known
        resolver.close()
        return first

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(story())


def test_strings_of_a_text_are_one_and_texts_stay_apart(names: NameServer) -> None:
    found = answered(names, lambda resolver: resolver.txt("Texts.Example"))
    assert sorted(found.records) == [b"one text", b"\xff\0two"]


def test_a_null_mx_is_an_empty_host(names: NameServer) -> None:
    assert set(answered(names, lambda resolver: resolver.mx("mail.example")).records) == {(10, "a.example"), (0, "")}


def test_names_that_are_no_host_names_are_asked_for_as_they_are(names: NameServer) -> None:
    assert answered(names, lambda resolver: resolver.a("o'hara.example")).records == (ip_address("192.0.2.1"),)
    assert answered(names, lambda resolver: resolver.txt("O'Hara.example")).records == (b"quoted",)
    assert answered(names, lambda resolver: resolver.mx("o'hara.example")).records == ((5, "mx.example"),)
    assert answered(names, lambda resolver: resolver.aaaa('a "b".x.example')).records == (ip_address("2001:db8::1"),)
    assert answered(names, lambda resolver: resolver.aaaa("o'hara.example")).outcome == "nodata"
    assert answered(names, lambda resolver: resolver.a("o'brien.example")).outcome == "nxdomain"
    assert answered(names, lambda resolver: resolver.a("a\\.b.example")).outcome == "nxdomain"


@pytest.mark.parametrize("sign", ["", "'"])
@pytest.mark.parametrize("name", ["a..b", "x" * 64 + ".b", "a." * 130 + "b"])
def test_what_is_no_name_does_not_exist(names: NameServer, name: str, sign: str) -> None:
    assert answered(names, lambda resolver: resolver.txt(sign + name)).outcome == "nxdomain"
    assert answered(names, lambda resolver: resolver.txt("é.b" + sign)).outcome == "failed"


def test_an_spf_record_may_ask_by_the_whole_sender(names: NameServer) -> None:
    def status(sender: str) -> str:
        return answered(
            names,
            lambda resolver: check_mail_from(
                ip_address("192.0.2.1"), f"{sender}@sender.example", "h", resolver, receiver="mx", now=0
            ),
        ).status

    assert (status("a+b=c"), status("o'hara")) == ("pass", "fail")
