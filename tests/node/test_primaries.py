"""Name servers on this machine: their keys are found, and their secrets stay inside."""

from __future__ import annotations

from pathlib import Path

import pytest

from fumibako.node.primaries import Primary, found, with_secret
from fumibako.wire.zones import Access

BIND = 'key "local-ddns" {\n\talgorithm hmac-sha256;\n\tsecret "c2VjcmV0";\n};\n'
KNOT = """server:
    listen: [ 0.0.0.0@5353, ::@5353 ]
key:
  - id: mail.
    algorithm: hmac-sha512
    secret: a25vdA==
acl:
  - id: update
    key: mail
"""


def test_keys_of_bind_and_knot_are_found(tmp_path: Path) -> None:
    (tmp_path / "session.key").write_text(BIND)
    (tmp_path / "knot.conf").write_text(KNOT)
    assert found(tmp_path / "session.key", tmp_path / "knot.conf") == [
        Primary("bind", str(tmp_path / "session.key"), True, "127.0.0.1", 53, "local-ddns", "hmac-sha256", "c2VjcmV0"),
        Primary("knot", str(tmp_path / "knot.conf"), True, "127.0.0.1", 5353, "mail", "hmac-sha512", "a25vdA=="),
    ]


def test_secrets_are_told_nobody(tmp_path: Path) -> None:
    (tmp_path / "session.key").write_text(BIND)
    (primary,) = found(tmp_path / "session.key", tmp_path / "none" / "knot.conf")
    assert "c2VjcmV0" not in f"{primary} {primary.as_json()}"


def test_a_machine_without_a_name_server_has_none(tmp_path: Path) -> None:
    assert found(tmp_path / "a" / "session.key", tmp_path / "b" / "knot.conf") == []


@pytest.mark.parametrize("text", ["", "key", 'key "x" {', "key:\n  - id: x\n", "\0\xff", "key:\n    secret: a\n"])
def test_files_that_say_nothing_are_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "file").write_text(text)
    assert found(tmp_path / "file", tmp_path / "file") == []


def test_access_without_a_secret_takes_that_of_this_machine_alone() -> None:
    here = [Primary("bind", "", True, key_name="local-ddns", secret="c2VjcmV0")]
    access = Access("example.jp", "127.0.0.1", 53, "local-ddns", "hmac-sha256")
    assert with_secret(access, here).secret == "c2VjcmV0"
    for other in (
        Access("example.jp", "192.0.2.53", 53, "local-ddns", "hmac-sha256"),
        Access("example.jp", "127.0.0.1", 53, "another", "hmac-sha256"),
        Access("example.jp", "127.0.0.1", 53, "local-ddns", "hmac-sha256", "b3du"),
    ):
        assert with_secret(other, here) == other
