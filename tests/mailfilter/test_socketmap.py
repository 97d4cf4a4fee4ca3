"""The socketmap protocol, in pieces of any size; and what is asked about forwarded mail."""

from __future__ import annotations

import socket
import sqlite3
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fumibako.mailfilter.policy import Violation
from fumibako.mailfilter.socketmap import Asked, SocketmapParser
from tests.mailfilter.conftest import FilterRig


def netstring(text: str) -> bytes:
    return b"%d:%b," % (len(text.encode()), text.encode())


@given(st.lists(st.integers(1, 30), min_size=1), st.lists(st.text(max_size=20), min_size=1, max_size=5))
def test_questions_come_in_pieces(sizes: list[int], keys: list[str]) -> None:
    data, parser, asked = b"".join(netstring(f"sender {key}") for key in keys), SocketmapParser(), list[Asked]()
    for size in sizes * (len(data) // sum(sizes) + 1):
        asked += parser.feed(data[:size])
        data = data[size:]
    assert [each.key for each in asked] == keys
    assert {each.table for each in asked} == {"sender"}


@pytest.mark.parametrize("data", [b"x", b"5x:", b"99999999", b"20000:", b"1:ab", b":,", b"-1:"])
def test_what_is_no_netstring_ends_the_connection(data: bytes) -> None:
    with pytest.raises(Violation):
        list(SocketmapParser().feed(data + b"     "))


def ask(mail_filter: FilterRig, table: str, key: str) -> str:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(10)
        connection.connect(str(mail_filter.home.srs_socket))
        connection.sendall(netstring(f"{table} {key}"))
        said = connection.recv(4096).decode()
        return said.partition(":")[2].rstrip(",")


def test_senders_of_others_are_rewritten_and_lead_back(mail_filter: FilterRig) -> None:
    mail_filter.change("INSERT INTO domains (name) VALUES ('example.jp')")
    mail_filter.install(srs_domain="example.jp")
    mail_filter.start()
    said = ask(mail_filter, "sender", "Taro@far.example")
    assert said.startswith("OK SRS0=")
    assert said.endswith("=far.example=Taro@example.jp")
    made = said.removeprefix("OK ")
    # The answer is looked up again by Postfix: it is one of ours.
    for stays in (made, "hanako@example.jp", "hanako@EXAMPLE.JP", "@far.example", "taro", ""):
        assert ask(mail_filter, "sender", stays) == "NOTFOUND ", stays
    local_part = made.replace("@", "=").lower()
    assert ask(mail_filter, "recipient", f"{local_part}@return.invalid") == "OK taro@far.example"
    forged = local_part.replace("taro", "jiro")
    assert ask(mail_filter, "recipient", f"{forged}@return.invalid") == f"OK {forged}@refused.invalid"
    assert ask(mail_filter, "recipient", "a=b=far.example@forward.invalid") == "OK a=b@far.example"
    assert ask(mail_filter, "recipient", "hanako@example.jp") == "NOTFOUND "
    assert ask(mail_filter, "other", "x").startswith("TEMP")
    key = Path(mail_filter.home.srs_key)
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert len(bytes.fromhex(key.read_text())) == 32


def test_without_a_domain_nobody_is_rewritten(mail_filter: FilterRig) -> None:
    mail_filter.install()
    mail_filter.start()
    assert ask(mail_filter, "sender", "taro@far.example") == "NOTFOUND "


def test_trouble_is_said_to_be_trouble(mail_filter: FilterRig) -> None:
    mail_filter.install(srs_domain="example.jp")
    mail_filter.start()
    database = sqlite3.connect(mail_filter.home.lookup_db)
    database.execute("DROP TABLE domains")
    database.close()
    assert ask(mail_filter, "sender", "taro@far.example").startswith("TEMP")
