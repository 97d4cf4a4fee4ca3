"""What the list of permitted clients is warned about, asked about again, or refused for."""

from __future__ import annotations

import pytest

from fumibako.features.access.check import check_access
from fumibako.features.access.section import Access, spelling


def said(*entries: str) -> list[tuple[str, str, str]]:
    findings = check_access(Access(permitted_clients=entries))
    return [(each.code, each.path.removeprefix("access.permitted_clients"), each.severity) for each in findings]


def test_the_usual_kinds_side_by_side_have_nothing_wrong_with_them() -> None:
    assert said("192.168.1.1", "192.168.0.", "192.168.2.21-24", "10.1.0.0/16", "2001:db8::/32", "example.com") == []


def test_what_is_no_client_is_an_error_beside_its_entry() -> None:
    assert said("192.168.0.300", "10.0.0.1") == [("client-octet", "[192.168.0.300]", "error")]


def test_a_right_entry_is_suggested_for_host_bits() -> None:
    (finding,) = check_access(Access(permitted_clients=("10.0.0.1/8",)))
    assert finding.suggestion == "10.0.0.0/8"
    assert "10.0.0.1" in finding.message.ja


def test_a_wide_entry_asks_again_and_a_sixteen_does_not() -> None:
    assert said("10.") == [("client-wide", "[10.]", "danger")]
    assert said("10.1.") == []
    (finding,) = check_access(Access(permitted_clients=("10.",)))
    assert "16,777,216 addresses" in finding.message.en


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        (("10.1.0.0/16", "10.1.2.3"), [("client-covered", "[10.1.2.3]", "warning")]),
        (("10.1.2.3", "10.1.0.0/16"), [("client-covered", "[10.1.2.3]", "warning")]),
        (("192.168.0.", "192.168.0.0/24"), [("client-same", "[192.168.0.0/24]", "warning")]),
        (("10.0.0.1-9", "10.0.0.5-20"), [("client-overlaps", "[10.0.0.5-20]", "warning")]),
        (("10.0.0.1-9", "10.0.0.10-20"), []),
        (("127.0.0.1",), [("client-covered", "[127.0.0.1]", "warning")]),
        (("::1",), [("client-covered", ".::1", "warning")]),
        (("example.com", "mail.example.com"), [("client-covered", "[mail.example.com]", "warning")]),
        (("example.com", "myexample.com"), []),
    ],
)
def test_overlaps_and_duplicates_are_pointed_out(
    entries: tuple[str, ...], expected: list[tuple[str, str, str]]
) -> None:
    assert said(*entries) == expected


def test_entries_that_are_everybody_together_are_refused() -> None:
    parts = ("1.0.0.0-63.255.255.255", "64.0.0.0/2", "128.0.0.0/2")
    assert ("clients-everybody", "", "error") in said(*parts)
    assert ("clients-everybody", "", "error") not in said(parts[1])


def test_another_spelling_is_named_where_it_was_written_by_hand() -> None:
    assert said("Example.COM") == [("client-spelling", "[Example.COM]", "error")]
    assert spelling(" Example.COM ") == "example.com"
    assert spelling("nonsense!") == "nonsense!"
