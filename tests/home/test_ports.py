"""A home's ports: counted from its base, compared with another home's, asked of the kernel."""

from __future__ import annotations

import socket

import pytest

from fumibako.home.ports import home_ports, overlapping, port_findings


def test_every_port_is_the_base_and_the_standard_number() -> None:
    assert home_ports(20000) == (20024, 20025, 20026, 20110, 20143, 20443, 20465, 20587, 20993, 20995)


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        (["127.0.0.1"], ["127.0.0.1"], True),
        (["127.0.0.1"], ["127.0.0.2"], False),
        (["127.0.0.1"], ["0.0.0.0"], True),
        (["::1"], ["::"], True),
        (["::1"], ["0.0.0.0"], False),
        (["127.0.0.1"], ["::"], True),
        (["192.0.2.1", "::1"], ["192.0.2.2", "::1"], True),
    ],
)
def test_listeners_meet_on_equal_addresses_and_on_wildcards(one: list[str], other: list[str], meet: bool) -> None:
    assert overlapping(one, other) is meet
    assert overlapping(other, one) is meet


def test_free_ports_stand_against_nothing(free_base: int) -> None:
    assert port_findings(free_base, ["127.0.0.1"]) == []


def test_a_port_that_another_program_listens_on_is_named(free_base: int) -> None:
    with socket.create_server(("127.0.0.1", free_base + 587)):
        found = port_findings(free_base, ["127.0.0.1"])
    assert [finding.code for finding in found] == ["port-taken"]
    assert str(free_base + 587) in found[0].message.en
    assert str(free_base + 587) in found[0].message.ja


def test_a_listener_on_every_address_is_in_the_way_of_one(free_base: int) -> None:
    with socket.create_server(("0.0.0.0", free_base + 25)):
        assert [finding.code for finding in port_findings(free_base, ["127.0.0.1"])] == ["port-taken"]


def test_an_address_of_another_machine_is_named_once(free_base: int) -> None:
    found = port_findings(free_base, ["198.51.100.77"])
    assert [finding.code for finding in found] == ["listen-address"]
    assert "198.51.100.77" in found[0].message.en
