"""The permitted clients as rows, and the query that Postfix asks, put to SQLite itself."""

from __future__ import annotations

import ipaddress
import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fumibako.document.lookups import SCHEMA, of_settings
from fumibako.features.access.lookups import statements
from fumibako.features.access.render import ADDRESSES, access_fragment
from fumibako.formats.sql_files import parse_map
from fumibako.schema.edit import Edit
from tests.document.golden import facts

QUERY = parse_map(access_fragment(facts()).files[f"postfix/{ADDRESSES}"]).query


class Table:
    def __init__(self, *entries: str) -> None:
        self.database = sqlite3.connect(":memory:", isolation_level=None)
        self.database.executescript(SCHEMA["lookup"])
        for each in of_settings({"access": {"permitted_clients": list(entries)}}):
            self.database.execute(each.sql, each.parameters)

    def edit(self, entry: str, was: bool | None, now: bool | None) -> None:
        for each in statements(Edit(("access", "permitted_clients", entry), was, now)) * 2:
            self.database.execute(each.sql, each.parameters)

    def permits(self, asked: str) -> bool:
        """What dict_sqlite(5) does: the key, its quotes doubled, in the place of %s, and %% made one."""
        query = QUERY.replace("%s", asked.replace("'", "''")).replace("%%", "%")
        return self.database.execute(query).fetchall() == [("OK",)]

    def names(self) -> list[str]:
        return [name for (name,) in self.database.execute("SELECT name FROM permitted_names ORDER BY name")]


@pytest.mark.parametrize(
    ("entry", "inside", "outside"),
    [
        ("192.168.0.1", ["192.168.0.1"], ["192.168.0.0", "192.168.0.2", "192.168.0.10"]),
        ("192.168.0.", ["192.168.0.0", "192.168.0.255"], ["192.167.255.255", "192.168.1.0"]),
        ("192.168.0.21-24", ["192.168.0.21", "192.168.0.24"], ["192.168.0.20", "192.168.0.25"]),
        ("10.1.0.0/16", ["10.1.0.0", "10.1.255.255"], ["10.0.255.255", "10.2.0.0"]),
        ("2001:db8::/32", ["2001:db8::", "2001:db8:ffff::1"], ["2001:db7:ffff::1", "2001:db9::"]),
        ("2001:db8::1", ["2001:db8::1"], ["2001:db8::2", "2001:db8::", "2001:db8:1::"]),
    ],
)
def test_a_pattern_permits_what_it_means_and_not_its_neighbours(
    entry: str, inside: list[str], outside: list[str]
) -> None:
    table = Table(entry)
    assert all(map(table.permits, inside))
    assert not any(map(table.permits, outside))
    table.edit(entry, True, None)
    assert not any(map(table.permits, inside))


@given(st.lists(st.ip_addresses(v=6), min_size=1, max_size=3), st.ip_addresses(v=6))
def test_every_spelling_of_an_address_is_read(permitted: list[ipaddress.IPv6Address], other: object) -> None:
    entries = [str(each) for each in permitted if int(each) > 1 << 48]
    table = Table(*dict.fromkeys(entries))
    assert all(map(table.permits, entries))
    assert table.permits(str(other)) is (str(other) in entries)


@pytest.mark.parametrize("key", ["", "unknown", "a.example.com", "o'brien", "10.0.0", "10.0.0.0/8", "::", "%", "a:b:c"])
def test_what_is_no_address_permits_nobody(key: str) -> None:
    assert not Table("192.168.0.", "2001:db8::/32").permits(key)


def test_a_domain_is_the_host_of_that_name_and_those_under_it() -> None:
    table = Table("example.com")
    assert table.names() == [".example.com", "example.com"]
    table.edit("example.com", True, None)
    assert table.names() == []
