"""The console as it is started: gunicorn, TLS on both binds, the kernel's word on who is at the Unix socket."""

from __future__ import annotations

import datetime
import http.client
import json
import os
import pwd
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from fumibako.channel.console import ConsoleChannel, ConsoleRefused
from fumibako.home.certificates import self_signed


def free_base() -> int:
    """A port base whose console port nobody has; the rest is not listened on here."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1]) - 443


def bootstrap(home: Path, asked: dict[str, str], *options: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-I", "-m", "fumibako.console.bootstrap", "--home", str(home), *options]
    return subprocess.run(argv, input=json.dumps(asked), capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("h")
    for part in ("console/tls", "run", "log"):
        (root / part).mkdir(parents=True)
    facts = {"format": 1, "port_base": free_base(), "listen": ["127.0.0.1"], "console_listen": ["127.0.0.1"]}
    (root / "home.json").write_text(json.dumps(facts | {"hostname": "mail.example.jp", "created": "2026-11-24"}))
    (root / "console/sealing.key").write_bytes(os.urandom(32))
    made = self_signed("mail.example.jp", ["127.0.0.1"], datetime.datetime.now(datetime.UTC))
    (root / "console/tls/cert.pem").write_bytes(made.certificate)
    (root / "console/tls/key.pem").write_bytes(made.key)
    return root


@pytest.fixture(scope="module")
def code(home: Path) -> str:
    begun = time.monotonic()
    done = bootstrap(home, {})
    assert time.monotonic() - begun < 10
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert list(answer) == ["code"]
    return str(answer["code"])


@pytest.fixture(scope="module")
def served(home: Path, code: str) -> Iterator[Path]:
    with (home / "log/console.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-I", "-m", "fumibako.console", "--home", str(home)], stdout=log, stderr=log
        )
        try:
            channel = ConsoleChannel(home / "run/console.sock", timeout=20)
            channel.wait("/api/v1/settings", lambda answer: bool(answer), seconds=20)
            yield home
        finally:
            process.terminate()
            assert process.wait(20) == 0


def over_tcp(home: Path, path: str, headers: dict[str, str] | None = None) -> http.client.HTTPResponse:
    port = json.loads((home / "home.json").read_text())["port_base"] + 443
    context = ssl.create_default_context(cafile=str(home / "console/tls/cert.pem"))
    connection = http.client.HTTPSConnection("127.0.0.1", port, context=context, timeout=20)
    connection.request("GET", path, headers=headers or {})
    return connection.getresponse()


def test_a_bootstrapped_home_is_not_made_again(home: Path, code: str) -> None:
    again = bootstrap(home, {})
    assert json.loads(again.stdout)["code"] != code
    assert json.loads(bootstrap(home, {}, "--new-code").stdout)["code"]
    assert (home / "console/secret.key").stat().st_mode & 0o777 == 0o600
    assert (home / "console/fumibako.db").stat().st_mode & 0o077 == 0


def test_root_at_the_socket_is_server_administrator_and_the_first_revision_waits(served: Path) -> None:
    channel = ConsoleChannel(served / "run/console.sock")
    status = channel.request("GET", "/api/v1/status")
    assert (status["revision"], status["agent"]) == (1, {"answers": False})
    run = channel.request("GET", "/api/node/v1/work")["run"]
    assert (run["kind"], run["base"], run["revision"]) == ("apply", 0, 1)
    (served / "run/console.sock").stat()
    assert (served / "run/console.sock").stat().st_mode & 0o007 == 0


def test_another_user_at_the_socket_is_nobody(served: Path) -> None:
    path = served / "run/console.sock"
    ask = (
        "import http.client,ssl,socket,sys\n"
        "c=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT);c.check_hostname=False;c.verify_mode=ssl.CERT_NONE\n"
        "h=http.client.HTTPConnection('x');s=socket.socket(socket.AF_UNIX);s.connect(sys.argv[1]);h.sock=c.wrap_socket(s)\n"
        "h.request('GET',sys.argv[2]);print(h.getresponse().status)\n"
    )
    # The socket's mode keeps others out already; here it is opened to see that the kernel's word counts.
    path.chmod(0o777)
    closed = [each for each in path.parents if each != Path("/") and not each.stat().st_mode & 0o001]
    modes = [(each, each.stat().st_mode) for each in closed]
    for each in closed:
        each.chmod(each.stat().st_mode | 0o001)
    nobody = pwd.getpwnam("nobody")
    try:
        for address in ("/api/v1/status", "/api/node/v1/work", "/metrics"):
            done = subprocess.run(
                ["/usr/bin/python3", "-c", ask, str(path), address],
                user=nobody.pw_uid, group=nobody.pw_gid, extra_groups=[], capture_output=True, text=True, check=False,
            )  # fmt: skip
            assert done.stdout.strip() == "401", (address, done.stderr)
    finally:
        path.chmod(0o770)
        for each, mode in modes:
            each.chmod(mode)


def test_over_tcp_nobody_is_somebody_without_a_token_and_nothing_can_be_put_on(served: Path) -> None:
    for headers in ({}, {"Authorization": "Bearer x"}, {"Fumibako.Peer": "0", "fumibako_peer": "0"}):
        answer = over_tcp(served, "/api/v1/status", headers)
        assert answer.status == 401
        assert answer.headers["Content-Type"] == "application/problem+json"
    token = ConsoleChannel(served / "run/console.sock").request("POST", "/api/v1/tokens", {"name": "test"})["token"]
    assert over_tcp(served, "/api/v1/status", {"Authorization": f"Bearer {token}"}).status == 200
    assert over_tcp(served, "/api/node/v1/work", {"Authorization": f"Bearer {token}"}).status == 403


def test_pages_tell_browsers_to_be_careful(served: Path) -> None:
    answer = over_tcp(served, "/login/")
    policy = answer.headers["Content-Security-Policy"]
    assert answer.status == 200
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer.headers["Cache-Control"]
    assert "Strict-Transport-Security" not in answer.headers
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-fumibako-csrf-")
    assert "Secure" in cookie
    assert "HttpOnly" in cookie


def test_the_api_can_be_refused_like_any_other(served: Path) -> None:
    channel = ConsoleChannel(served / "run/console.sock")
    with pytest.raises(ConsoleRefused) as refusal:
        channel.request("POST", "/api/v1/domains?draft=true", {"name": "a..b"}, language="ja")
    assert refusal.value.findings[0]["path"] == "domains/a..b"
