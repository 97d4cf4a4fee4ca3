"""The console's API over its Unix socket, against a server of the standard library on a real socket with real TLS."""

from __future__ import annotations

import datetime
import json
import socket
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from fumibako.channel.console import ConsoleAway, ConsoleChannel, ConsoleFailed, ConsoleRefused
from fumibako.home.certificates import self_signed


class Console(HTTPServer):
    """Answers what the path says: /echo the request, /404 and /500 that status, /page no JSON, /empty 204."""

    address_family = socket.AF_UNIX
    asked = 0

    def server_bind(self) -> None:
        self.socket.bind(self.server_address)
        self.server_name, self.server_port = "localhost", 0


class Handler(BaseHTTPRequestHandler):
    server: Console

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else None
        self.server.asked += 1
        if self.path == "/404":
            problem = {"title": "No", "code": "run-unknown", "findings": [{"code": "x"}]}
            self._send(404, json.dumps(problem).encode())
        elif self.path == "/500":
            self._send(500, b"<html>")
        elif self.path == "/page":
            self._send(200, b"<html>")
        elif self.path == "/empty":
            self._send(204, b"")
        else:
            said = {
                "verb": self.command,
                "path": self.path,
                "body": body,
                "language": self.headers["Accept-Language"],
                "asked": self.server.asked,
            }
            self._send(200, json.dumps(said).encode())

    def do_GET(self) -> None:
        self.do_POST()

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def address_string(self) -> str:
        return "us"

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    made = self_signed("mail.example.jp", [], datetime.datetime.now(datetime.UTC))
    (tmp_path / "cert.pem").write_bytes(made.certificate + made.key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem")
    server = Console(str(tmp_path / "s"), Handler)  # type: ignore[arg-type]  # a path is an address of AF_UNIX
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield tmp_path / "s"
    server.shutdown()
    server.server_close()


def test_what_is_asked_arrives_with_its_body_and_its_language(path: Path) -> None:
    answer = ConsoleChannel(path).request("POST", "/echo", {"名": 1}, query={"after": "a b"}, language="ja")
    assert answer == {"verb": "POST", "path": "/echo?after=a+b", "body": {"名": 1}, "language": "ja", "asked": 1}


def test_an_empty_answer_is_none(path: Path) -> None:
    assert ConsoleChannel(path).request("POST", "/empty", {}) is None


def test_a_refusal_carries_its_code_and_its_findings(path: Path) -> None:
    with pytest.raises(ConsoleRefused) as caught:
        ConsoleChannel(path).request("GET", "/404")
    assert (caught.value.status, caught.value.code, caught.value.findings) == (404, "run-unknown", [{"code": "x"}])


@pytest.mark.parametrize("target", ["/500", "/page"])
def test_an_answer_that_is_not_the_api_is_a_failure(path: Path, target: str) -> None:
    with pytest.raises(ConsoleFailed):
        ConsoleChannel(path).request("GET", target)


def test_nobody_there_is_away(tmp_path: Path) -> None:
    with pytest.raises(ConsoleAway):
        ConsoleChannel(tmp_path / "nobody").request("GET", "/echo")


def test_a_console_that_hangs_up_is_away(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "s"))
        listening.listen()
        threading.Thread(target=lambda: listening.accept()[0].close(), daemon=True).start()
        with pytest.raises(ConsoleAway):
            ConsoleChannel(tmp_path / "s", timeout=5).request("GET", "/echo")


def test_waiting_asks_again_until_the_answer_is_good(path: Path) -> None:
    seen: list[int] = []
    answer = ConsoleChannel(path).wait(
        "/echo", lambda said: said["asked"] >= 3, seconds=5, pause=0.01, seen=lambda said: seen.append(said["asked"])
    )
    assert answer["asked"] == 3
    assert seen == [1, 2, 3]


def test_waiting_ends_when_its_time_is_over(path: Path) -> None:
    with pytest.raises(ConsoleAway):
        ConsoleChannel(path).wait("/echo", lambda _: False, seconds=0.1, pause=0.01)
