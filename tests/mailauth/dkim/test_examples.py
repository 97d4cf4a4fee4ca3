"""The examples that the RFCs print verify."""

from __future__ import annotations

from pathlib import Path

import pytest

from fumibako.mail.header import with_crlf
from tests.mailauth.signed import dkim_results, zone_of

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"


@pytest.mark.parametrize(
    ("name", "algorithms"), [("rfc6376", ["rsa-sha256"]), ("rfc8463", ["ed25519-sha256", "rsa-sha256"])]
)
def test_the_example_verifies(name: str, algorithms: list[str]) -> None:
    keys = dict(line.split(" ", 1) for line in (EXAMPLES / "keys.txt").read_text().splitlines())
    message = with_crlf((EXAMPLES / f"{name}.eml").read_bytes())
    results = dkim_results(message, zone_of(keys))
    assert [(result.status, result.claim.algorithm) for result in results] == [("pass", word) for word in algorithms]
    changed = dkim_results(message.replace(b"hungry", b"angry"), zone_of(keys))
    assert {result.reason.code for result in changed} == {"body-mismatch"}
