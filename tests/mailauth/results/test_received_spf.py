"""Received-SPF is written so that only we speak in it, and read back (RFC 7208 §9.1)."""

from __future__ import annotations

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fumibako.mailauth.results.received_spf import format_received_spf, parse_received_spf
from fumibako.mailauth.spf.check import check_helo, check_mail_from
from tests.mailauth.zone import TIMEOUT, Zone, run

ZONE = Zone({"example.org": [("TXT", "v=spf1 ip4:192.0.2.1 ~all")], "silent.example": [TIMEOUT]})


def written(sender: str, helo: str = "mail.example", client: str = "192.0.2.1") -> bytes:
    result = run(check_mail_from(ip_address(client), sender, helo, ZONE, receiver="mx.example.jp", now=0))
    return format_received_spf(result, "mx.example.jp")


def test_a_pass_names_all_that_it_was_made_from() -> None:
    assert written("hanako@example.org") == (
        b" pass (mx.example.jp: domain of hanako@example.org designates 192.0.2.1 as permitted sender)\r\n"
        b"\treceiver=mx.example.jp; identity=mailfrom;\r\n"
        b'\tenvelope-from="hanako@example.org"; helo=mail.example; client-ip=192.0.2.1;\r\n'
        b'\tmechanism="ip4:192.0.2.1"'
    )


@pytest.mark.parametrize(
    ("sender", "client", "status"),
    [
        ("a@example.org", "192.0.2.1", "pass"),
        ("a@example.org", "2001:db8::1", "softfail"),
        ("a@none.example", "192.0.2.1", "none"),
        ("a@silent.example", "192.0.2.1", "temperror"),
    ],
)
def test_every_result_reads_back(sender: str, client: str, status: str) -> None:
    parsed = parse_received_spf(written(sender, client=client))
    assert parsed
    assert parsed.status == status
    assert parsed.value("client-ip") == client
    assert parsed.value("envelope-from") == sender
    assert (parsed.value("problem") is not None) == (status == "temperror")


def test_the_helo_identity_has_no_sender() -> None:
    result = run(check_helo(ip_address("192.0.2.1"), "example.org", ZONE, receiver="mx", now=0))
    parsed = parse_received_spf(format_received_spf(result, "mx"))
    assert parsed
    assert (parsed.value("identity"), parsed.value("helo"), parsed.value("envelope-from")) == (
        "helo",
        "example.org",
        None,
    )


@given(st.text(max_size=60), st.text(max_size=60))
def test_hostile_names_stay_inside_their_values(local_part: str, helo: str) -> None:
    value = written(f"{local_part}@example.org", helo)
    parsed = parse_received_spf(value)
    assert parsed
    assert value.isascii()
    assert [key for key, _ in parsed.pairs if key == "receiver"] == ["receiver"]
    assert all(line[:1] in {b" ", b"\t"} for line in value.split(b"\r\n"))


@given(st.binary(max_size=100))
def test_reading_never_raises(value: bytes) -> None:
    parse_received_spf(value)
    parse_received_spf(b"pass (x) " + value)
