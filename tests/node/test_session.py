"""Sessions with servers that misbehave; how real ones answer is asked in the tests of plans."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable

import pytest

from fumibako.node import session
from fumibako.node.session import greet, interview, stranger
from fumibako.plan.transcript import Transcript


def told(service: str, behave: Callable[[socket.socket], None]) -> Transcript:
    """The interview of a server that behaves so."""
    ours, theirs = socket.socketpair()

    def server() -> None:
        with theirs:
            behave(theirs)

    thread = threading.Thread(target=server, daemon=True)
    thread.start()
    try:
        return asyncio.run(interview(service, ours))
    finally:
        thread.join(5)


def smtp(replies: dict[str, bytes]) -> Callable[[socket.socket], None]:
    """A server that greets and answers by the first word of a command; an empty reply hangs up."""

    def behave(line: socket.socket) -> None:
        line.sendall(b"220 mail.example.jp ESMTP\r\n")
        for command in line.makefile("rb"):
            reply = replies.get(command.split()[0].decode().upper(), b"250 2.0.0 Ok\r\n")
            if not reply:
                return
            line.sendall(reply)
            if command.upper().startswith(b"QUIT"):
                return

    return behave


def test_a_session_keeps_every_line_of_every_reply() -> None:
    said = told("smtp", smtp({"EHLO": b"250-mail.example.jp\r\n250-SIZE 100\r\n250 8BITMIME\r\n"}))
    assert (said.answers, said.trouble) == (True, None)
    assert said.lines("ehlo") == ("250-mail.example.jp", "250-SIZE 100", "250 8BITMIME")
    assert said.lines("greeting") == ("220 mail.example.jp ESMTP",)


def test_a_server_that_hangs_up_is_said_with_what_came_before() -> None:
    said = told("smtp", smtp({"EHLO": b""}))
    assert (said.answers, said.trouble) == (True, "closed")
    assert said.find("vrfy") is not None
    assert said.find("ehlo") is None


def test_a_server_that_hangs_up_at_once_does_not_answer() -> None:
    said = told("imap", lambda _: None)
    assert (said.answers, said.trouble, said.exchanges) == (False, "closed", ())


def test_a_greeting_that_refuses_is_no_answer_and_ends_the_session() -> None:
    said = told("smtp", lambda line: line.sendall(b"421 4.3.2 Too busy\r\n"))
    assert not said.answers
    assert said.lines("greeting") == ("421 4.3.2 Too busy",)


def test_a_server_that_keeps_silent_is_a_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "PATIENCE", 0.05)
    ours, theirs = socket.socketpair()
    with theirs:
        assert asyncio.run(greet("pop3", ours)).trouble == "timeout"


def test_tls_that_breaks_is_said() -> None:
    replies = {"EHLO": b"250-mail.example.jp\r\n250 STARTTLS\r\n", "STARTTLS": b"220 Go\r\n"}

    def breaking(line: socket.socket) -> None:
        line.sendall(b"220 mail.example.jp ESMTP\r\n")
        for command in line.makefile("rb"):
            word = command.split()[0].decode().upper()
            line.sendall(replies.get(word, b"250 Ok\r\n"))
            if word == "STARTTLS":
                line.sendall(b"this is no TLS\r\n")
                return

    assert (told("smtp", breaking).trouble or "").startswith(("tls:", "closed"))


def test_a_stranger_never_sends_a_message() -> None:
    heard: list[str] = []

    def behave(line: socket.socket) -> None:
        line.sendall(b"220 mail.example.jp ESMTP\r\n")
        for command in line.makefile("rb"):
            heard.append(command.decode().strip())
            line.sendall(b"250 2.0.0 Ok\r\n")
            if command.startswith(b"QUIT"):
                return

    ours, theirs = socket.socketpair()
    thread = threading.Thread(target=behave, args=(theirs,), daemon=True)
    thread.start()
    said = asyncio.run(stranger("smtp", ours, ["hanako@example.jp"]))
    thread.join(5)
    theirs.close()
    assert said.find("rcpt:hanako@example.jp") is not None
    assert heard[0].startswith("XCLIENT ADDR=198.51.100.77 ")
    assert not [command for command in heard if command.upper().startswith(("DATA", "BDAT"))]
