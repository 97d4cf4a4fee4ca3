"""Scanners through the public command: what is applied serves, also while a scanner is down."""

from __future__ import annotations

import smtplib
import socket
from collections.abc import Iterator

import pytest

from tests.document.scanners import MilterScanner
from tests.homes import TestedHome


@pytest.fixture
def home(running_home: TestedHome) -> Iterator[TestedHome]:
    yield running_home
    assert running_home.apply("fumibako: 1\nbasics: {}\n").exit == 0


def mail_reply(home: TestedHome) -> int:
    with smtplib.SMTP("127.0.0.1", home.port("smtp"), local_hostname="client.test", timeout=20) as client:
        client.ehlo()
        return client.mail("")[0]


def test_a_milter_scanner_serves_whether_it_is_up_or_down(home: TestedHome) -> None:
    scanner = MilterScanner()
    text = f"fumibako: 1\nbasics: {{milter_scanner: {{host: 127.0.0.1, port: {scanner.port}}}}}\n"
    try:
        answer = home.apply(text)
        assert answer.exit == 0, answer
        assert mail_reply(home) == 250
        rows = [row for row in answer.json["behaviour"] if row["changed"]]
        assert not any("451" in str(row) for row in rows), rows
    finally:
        scanner.close()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    answer = home.apply(text.replace(str(scanner.port), str(port)))
    assert answer.exit == 0, answer
    assert mail_reply(home) == 451


def test_a_port_of_our_own_is_no_scanner(home: TestedHome) -> None:
    for kind in ("content_filter", "milter_scanner"):
        for host in ("127.0.0.1", "localhost", "mail.example.jp"):
            text = f"fumibako: 1\nbasics: {{{kind}: {{host: {host}, port: {home.port('smtp')}}}}}\n"
            answer = home.cli("plan", "-", "--json", stdin=text)
            assert (answer.exit, answer.codes) == (1, ["scanner-loop"])
