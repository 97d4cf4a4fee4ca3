"""What is wrong with write access to zones."""

from __future__ import annotations

import pytest

from fumibako.features.authentication.check import check_dns
from fumibako.features.authentication.section import Dns, ZoneAccess


def codes(zone: str = "example.jp", **access: object) -> list[str]:
    whole = {"server": "192.0.2.53", "key_name": "fumibako", **access}
    return [found.code for found in check_dns(Dns(update={zone: ZoneAccess.model_validate(whole)}))]


@pytest.mark.parametrize("server", ["192.0.2.53", "2001:db8::53", "ns1.example.jp"])
def test_a_primary_is_an_address_or_a_host_name(server: str) -> None:
    assert codes(server=server) == []


@pytest.mark.parametrize("server", ["", "192.0.2.53:53", "ns1 .example", "NS1.example.jp", "fe80::1%eth0"])
def test_what_is_neither_is_no_primary(server: str) -> None:
    assert codes(server=server) == ["dns-server"]


@pytest.mark.parametrize("name", ["fumibako", "mail.example.jp", "local-ddns", "key_1"])
def test_a_key_has_a_name(name: str) -> None:
    assert codes(key_name=name) == []


@pytest.mark.parametrize("name", ["", '"fumibako"', "two words", "a..b", "fumibako."])
def test_what_is_no_domain_name_is_no_keys_name(name: str) -> None:
    assert codes(key_name=name) == ["dns-key-name"]


def test_a_zone_is_a_domain() -> None:
    assert codes("exa mple.jp") != []


def test_what_would_be_right_is_offered() -> None:
    access = ZoneAccess(server="NS1.Example.JP.", key_name="Fumibako.")
    found = check_dns(Dns(update={"example.jp": access}))
    assert [each.suggestion for each in found] == ["ns1.example.jp", "fumibako"]
