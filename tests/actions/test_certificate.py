"""What a certificate says of itself."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from fumibako.actions.certificate import described
from fumibako.home.certificates import self_signed

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def test_names_end_and_signer_are_read() -> None:
    own = self_signed("mail.example.jp", ["192.0.2.1"], NOW)
    told = described(own.certificate.decode())
    assert told is not None
    assert told["names"] == ["mail.example.jp", "localhost"]
    assert told["not_after"] == int(NOW.timestamp()) + 825 * 86400
    assert told["self_signed"]


@pytest.mark.parametrize(
    "pem", [None, "", "nonsense", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]
)
def test_what_is_none_says_nothing(pem: str | None) -> None:
    assert described(pem) is None
