"""Who may ask, and what happens to noise."""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import random
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from fumibako.channel.applier import ApplierAway, ApplierChannel, ApplierRefused
from fumibako.layout import NODE_USER
from fumibako.wire import frames
from tests.applier.conftest import Rig, make_rig, running_rig


@pytest.fixture(scope="module")
def rig() -> Iterator[Rig]:
    with running_rig() as rig:
        yield rig


def _line(rig: Rig) -> socket.socket:
    line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    line.settimeout(10)
    line.connect(str(rig.home.applier_socket))
    return line


def _answer(line: socket.socket) -> dict[str, Any]:
    stream = line.makefile("rb")
    return frames.decode(stream.read(frames.body_length(stream.read(frames.HEADER))))


def _as_user(user: str, rig: Rig, *, everyone: bool) -> str:
    """What a process of this user gets for an `observe`: the answer's code, "ok" or "unreachable"."""
    if (
        everyone
    ):  # the directory and the socket's mode would stop a stranger already; here the peer check alone is asked
        (rig.root / "run").chmod(0o755)
        os.chmod(rig.home.applier_socket, 0o666)
    entry = pwd.getpwnam(user)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        said = "failed"
        try:
            os.setgroups([entry.pw_gid, *os.getgrouplist(user, entry.pw_gid)])
            os.setgid(entry.pw_gid)
            os.setuid(entry.pw_uid)
            ApplierChannel(rig.home.applier_socket).observe()
            said = "ok"
        except ApplierRefused as refused:
            said = refused.code
        except ApplierAway:
            said = "unreachable"
        finally:
            os.write(writer, said.encode())
            os._exit(0)
    os.close(writer)
    os.waitpid(child, 0)
    with os.fdopen(reader) as pipe:
        return pipe.read()


def test_the_node_agent_is_heard(rig: Rig) -> None:
    assert _as_user(NODE_USER, rig, everyone=False) == "ok"


@pytest.mark.parametrize("user", ["nobody", "postfix", "dovecot", "fumibako"])
def test_nobody_else_reaches_the_socket(rig: Rig, user: str) -> None:
    assert _as_user(user, rig, everyone=False) == "unreachable"


@pytest.mark.parametrize("user", ["nobody", "postfix", "dovecot", "fumibako"])
def test_whoever_reaches_it_is_refused_all_the_same(user: str) -> None:
    rig = make_rig()
    try:
        rig.start_applier()
        assert _as_user(user, rig, everyone=True) == "not_allowed"
        assert _as_user(NODE_USER, rig, everyone=True) == "ok"
    finally:
        rig.clean_up()


@pytest.mark.parametrize(
    "noise",
    [
        b"",
        b"\0",
        b"\xff\xff\xff\xff",
        b"\0\0\0\0",
        b"\0\0\0\1x",
        b"\0\0\0\4null",
        b"\0\0\0\4[1]\n",
        b"\0\0\0\2\xff\xfe",
        b'\0\0\0\x0a{"verb"',
        b"GET / HTTP/1.1\r\n\r\n",
        b"\0\0\x27\x10" + b"[" * 10_000,
    ],
)
def test_noise_ends_its_connection_and_nothing_else(rig: Rig, noise: bytes) -> None:
    with _line(rig) as line:
        line.sendall(noise)
        with contextlib.suppress(ConnectionResetError, BrokenPipeError):  # it was closed with our bytes unread
            line.shutdown(socket.SHUT_WR)
            assert line.recv(100) == b""
    assert rig.answers()


def test_random_bytes_do_no_harm(rig: Rig) -> None:
    dice = random.Random(4)
    for _ in range(50):
        with _line(rig) as line, contextlib.suppress(ConnectionResetError, BrokenPipeError):
            line.sendall(dice.randbytes(dice.randrange(1, 200)))
            line.shutdown(socket.SHUT_WR)
            assert line.recv(100) == b""
    assert rig.answers()


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"verb": "shell"},
        {"verb": ["observe"]},
        {"verb": "observe", "more": 1},
        {"verb": "install", "generation": "1", "expect": None},
        {"verb": "install", "generation": True, "expect": None},
        {"verb": "install", "generation": 1},
        {"verb": "write", "generation": 1, "files": {"a": 1}, "digest": ""},
        {"verb": "write", "generation": 1, "files": [], "digest": ""},
        {"verb": "reload", "postfix": "reload; id", "dovecot": "none"},
        {"verb": "connect", "where": "elsewhere", "to": "tcp:127.0.0.1:25"},
        {"verb": "prune", "keep": ["1"]},
    ],
)
def test_what_is_no_request_is_refused_and_the_connection_goes_on(rig: Rig, message: dict[str, object]) -> None:
    with _line(rig) as line:
        line.sendall(frames.encode(message))
        answer = _answer(line)
        assert (answer["ok"], answer["code"]) == (False, "bad_request")
        assert answer["ja"]
        line.sendall(frames.encode({"verb": "observe"}))
        assert _answer(line)["ok"] is True


@pytest.mark.parametrize("number", [0, -1, 10**12])
def test_a_generation_has_a_plain_number(rig: Rig, number: int) -> None:
    with pytest.raises(ApplierRefused) as refused:
        rig.channel.write(number, rig.files())
    assert refused.value.code == "bad_number"


def test_files_that_are_not_those_of_the_digest_are_refused(rig: Rig) -> None:
    with _line(rig) as line:
        line.sendall(frames.encode({"verb": "write", "generation": 8, "files": rig.files(), "digest": "0" * 64}))
        assert _answer(line)["code"] == "digest"
    assert rig.channel.observe().generations == ()


def test_one_connection_serves_requests_in_sequence(rig: Rig) -> None:
    with _line(rig) as line:
        line.sendall(frames.encode({"verb": "observe"}) * 3)
        stream = line.makefile("rb")
        for _ in range(3):
            body = stream.read(frames.body_length(stream.read(frames.HEADER)))
            assert json.loads(body)["ok"] is True


def test_without_an_applier_the_channel_says_so(rig: Rig) -> None:
    with pytest.raises(ApplierAway):
        ApplierChannel(rig.root / "run" / "nobody.sock").observe()


def test_before_anything_is_installed_there_is_nothing_to_start(rig: Rig) -> None:
    for verb in (rig.channel.start, rig.channel.reload):
        with pytest.raises(ApplierRefused) as refused:
            verb()
        assert refused.value.code == "nothing_installed"
    assert not rig.channel.observe().postfix.wanted
