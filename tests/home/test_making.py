"""`fumibako init`: what a new home is, and what stands against one."""

from __future__ import annotations

import grp
import hashlib
import json
import os
import pwd
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.homes import BASES, TestedHome, fumibako, new_home


@pytest.fixture
def place() -> Iterator[Path]:
    """An empty directory that is gone after the test, and its homes with it: while they lie there, they hold their
    ports."""
    with tempfile.TemporaryDirectory(prefix="fumi") as directory:
        yield Path(directory)


def owner_and_mode(path: Path) -> tuple[str, str, int]:
    state = path.lstat()
    return pwd.getpwuid(state.st_uid).pw_name, grp.getgrgid(state.st_gid).gr_name, state.st_mode & 0o7777


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (".", ("root", "root", 0o755)),
        ("home.json", ("root", "root", 0o644)),
        ("server/db", ("fumibako-node", "postfix", 0o2770)),
        ("server/auth", ("fumibako-node", "dovecot", 0o2770)),
        ("server/mail", ("fumibako-mail", "fumibako-mail", 0o700)),
        ("trial/db", ("fumibako-node", "postfix", 0o2770)),
        ("run", ("root", "fumibako", 0o3770)),
        ("console", ("fumibako", "fumibako", 0o700)),
        ("console/sealing.key", ("fumibako", "fumibako", 0o600)),
        ("console/tls/key.pem", ("fumibako", "fumibako", 0o600)),
        ("node", ("fumibako-node", "fumibako-node", 0o700)),
        ("applier", ("root", "root", 0o700)),
        ("tls/own/key.pem", ("root", "root", 0o600)),
    ],
)
def test_everything_belongs_to_the_one_that_writes_it(
    running_home: TestedHome, path: str, expected: tuple[str, str, int]
) -> None:
    assert owner_and_mode(running_home.root / path) == expected


def test_each_part_has_a_user_of_its_own_who_cannot_log_in() -> None:
    for name in ("fumibako", "fumibako-node", "fumibako-filter", "fumibako-mail"):
        user = pwd.getpwnam(name)
        assert user.pw_uid != 0
        assert user.pw_shell == "/usr/sbin/nologin"
    members = {name: set(grp.getgrnam(name).gr_mem) for name in ("postfix", "dovecot", "fumibako")}
    assert all("fumibako-node" in names for names in members.values())


def test_the_own_certificate_lies_where_an_imported_one_would(a_home: TestedHome) -> None:
    link = a_home.root / "tls/own"
    der = ssl.PEM_cert_to_DER_cert((link / "certificate.pem").read_text())
    assert os.readlink(link) == hashlib.sha256(der).hexdigest()


def test_what_was_chosen_is_written_down(a_home: TestedHome) -> None:
    facts = json.loads((a_home.root / "home.json").read_text())
    assert facts["port_base"] == a_home.port_base
    assert facts["listen"] == facts["console_listen"] == ["127.0.0.1"]
    assert facts["hostname"] == "mail.example.jp"


def test_without_an_administrator_there_is_a_code_and_another_can_be_made(free_base: int, place: Path) -> None:
    root = place / "h"
    made = fumibako("init", "--port-base", free_base, "--listen", "127.0.0.1", "--json", home=root)
    assert made.exit == 0
    assert len(made.json["code"]) >= 40
    another = fumibako("init", "--new-code", "--json", home=root)
    assert another.exit == 0
    assert len(another.json["code"]) >= 40
    assert another.json["code"] != made.json["code"]
    assert made.json["console"] == another.json["console"] == f"https://127.0.0.1:{free_base + 443}/"


def test_with_an_administrator_there_is_no_code(free_base: int, place: Path) -> None:
    options = (
        "--port-base",
        free_base,
        "--listen",
        "127.0.0.1",
        "--admin",
        "hanako",
        "--admin-password-file",
        "-",
        "--json",
    )
    made = fumibako("init", *options, home=place / "h", stdin="a long and good password\n")
    assert made.exit == 0, made
    assert made.json["code"] is None
    refused = fumibako("init", "--new-code", "--json", home=place / "h")
    assert refused.exit == 1
    assert refused.codes


def test_a_password_that_is_too_easy_makes_no_home(free_base: int, place: Path) -> None:
    options = (
        "--port-base",
        free_base,
        "--listen",
        "127.0.0.1",
        "--admin",
        "hanako",
        "--admin-password-file",
        "-",
        "--json",
    )
    refused = fumibako("init", *options, home=place / "h", stdin="hanako\n")
    assert refused.exit == 1
    assert refused.codes
    assert list(place.iterdir()) == []


def test_admin_and_its_password_belong_together(place: Path) -> None:
    assert fumibako("init", "--admin", "hanako", home=place / "h").exit == 2
    assert list(place.iterdir()) == []


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["--port-base", "-1"], "port-base-range"),
        (["--port-base", "64541"], "port-base-range"),
        (["--listen", "localhost"], "listen-address"),
        (["--listen", "127.0.0.1", "--listen", "198.51.100.77"], "listen-address"),
        (["--hostname", "mail"], "domain-single-label"),
        (["--hostname", "a..b"], "domain-label"),
        (["--hostname", "mail.example.jp\nx"], "domain-control"),
        (["--hostname", "192.0.2.1"], "domain-address"),
        (["--hostname", ""], "domain-empty"),
    ],
)
def test_bad_wishes_are_refused_and_leave_nothing(options: list[str], code: str, free_base: int, place: Path) -> None:
    base = [] if "--port-base" in options else ["--port-base", str(free_base)]
    refused = fumibako("init", *base, *options, "--json", home=place / "h")
    assert (refused.exit, refused.codes) == (1, [code])
    assert list(place.iterdir()) == []


def test_refusals_are_in_the_readers_language(place: Path) -> None:
    english = fumibako("init", "--hostname", "mail", home=place / "h")
    japanese = fumibako("init", "--hostname", "mail", home=place / "h", language="ja_JP.UTF-8")
    assert "A full name is needed" in english.stderr
    assert "完全な名前が必要です" in japanese.stderr


def test_a_second_init_of_a_home_is_refused_and_changes_nothing(a_home: TestedHome) -> None:
    before = {path: path.lstat().st_mtime_ns for path in a_home.root.rglob("*")}
    again = a_home.cli("init", "--json")
    assert (again.exit, again.codes) == (1, ["home-exists"])
    assert {path: path.lstat().st_mtime_ns for path in a_home.root.rglob("*")} == before


def test_a_directory_with_other_things_in_it_is_not_taken(place: Path, free_base: int) -> None:
    (place / "file").write_text("mine")
    refused = fumibako("init", "--port-base", free_base, "--json", home=place)
    assert (refused.exit, refused.codes) == (1, ["home-not-empty"])
    assert [path.name for path in place.iterdir()] == ["file"]


def test_an_empty_directory_is_taken_whatever_its_mode(place: Path, free_base: int) -> None:
    root = place / "h"
    root.mkdir(mode=0o700)
    made = fumibako("init", "--port-base", free_base, "--listen", "127.0.0.1", home=root)
    assert made.exit == 0
    assert owner_and_mode(root) == ("root", "root", 0o755)


@pytest.mark.parametrize("name", ["with space", "dollar$", "percent%", "日本語", "new\nline"])
def test_a_path_that_configuration_files_would_read_otherwise_is_refused(place: Path, name: str) -> None:
    refused = fumibako("init", "--json", home=place / name)
    assert (refused.exit, refused.codes) == (1, ["home-characters"])


def test_a_path_that_is_too_long_for_sockets_is_refused() -> None:
    just = Path("/tmp") / ("x" * 65)
    too = Path("/tmp") / ("x" * 66)
    assert fumibako("init", "--hostname", "bad", "--json", home=just).codes == ["domain-single-label"]
    refused = fumibako("init", "--hostname", "bad", "--json", home=too)
    assert (refused.exit, refused.codes) == (1, ["home-too-long"])


def test_a_base_that_would_meet_another_home_is_refused_even_when_that_one_is_down(
    a_home: TestedHome, place: Path
) -> None:
    """20022 + 443 is 20000 + 465."""
    for base in (a_home.port_base, a_home.port_base + 22):
        refused = fumibako("init", "--port-base", base, "--listen", "127.0.0.1", "--json", home=place / "h")
        assert (refused.exit, refused.codes) == (1, ["port-base-collides"])
        assert str(a_home.root) in refused.stderr


def test_the_same_base_on_another_address_is_no_collision(a_home: TestedHome, place: Path) -> None:
    made = fumibako("init", "--port-base", a_home.port_base, "--listen", "127.0.0.2", "--json", home=place / "h")
    assert made.exit == 0


def test_a_home_that_was_removed_by_hand_frees_its_base(free_base: int, place: Path) -> None:
    for name in ("one", "two"):
        made = fumibako("init", "--port-base", free_base, "--listen", "127.0.0.1", home=place / name)
        assert made.exit == 0, made
        subprocess.run(["rm", "-r", str(place / name)], check=True)


def test_a_base_with_a_listening_port_is_refused(free_base: int, place: Path) -> None:
    with socket.create_server(("127.0.0.1", free_base + 993)):
        refused = fumibako("init", "--port-base", free_base, "--listen", "127.0.0.1", "--json", home=place / "h")
    assert (refused.exit, refused.codes) == (1, ["port-taken"])
    assert str(free_base + 993) in refused.stderr


def test_an_init_that_was_killed_can_be_repeated(free_base: int, place: Path) -> None:
    argv = [str(Path(sys.executable).with_name("fumibako")), "--home", str(place / "h"), "init"]
    options = ["--port-base", str(free_base), "--listen", "127.0.0.1"]
    killed = subprocess.Popen([*argv, *options])
    deadline = time.monotonic() + 20
    while not (place / ".h.making/console").exists() and time.monotonic() < deadline:
        time.sleep(0.005)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    assert [path.name for path in place.iterdir()] == [".h.making"]
    time.sleep(1)  # what it had started (the console's bootstrap) comes to its own end
    assert fumibako("init", *options, home=place / "h").exit == 0
    assert [path.name for path in place.iterdir()] == ["h"]


def test_a_stranger_is_told_that_only_root_can(place: Path) -> None:
    program = [str(Path(sys.executable).with_name("fumibako")), "--home", "/tmp/none", "init"]
    done = subprocess.run(program, user="nobody", capture_output=True, text=True, cwd="/", env={"LANG": "ja_JP.UTF-8"})
    assert done.returncode == 1
    assert "root で実行してください" in done.stderr
    assert done.stdout == ""


def test_two_homes_do_not_know_each_others_secrets() -> None:
    with new_home() as one, new_home() as other:
        assert one.port_base != other.port_base
        assert {one.port_base, other.port_base} <= set(BASES)
        for secret in ("console/sealing.key", "console/secret.key", "tls/own/key.pem", "console/tls/key.pem"):
            assert (one.root / secret).read_bytes() != (other.root / secret).read_bytes()
