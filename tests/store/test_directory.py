from __future__ import annotations

import random
from typing import Any

import pytest

from fumibako.schema.edit import Edit
from fumibako.store import directory
from fumibako.store.models import Account, Domain

pytestmark = pytest.mark.django_db


def row(**fields: Any) -> dict[str, Any]:
    switches: dict[str, Any] = dict.fromkeys(("enabled", "may_send", "may_receive", "keep_copy"), True) | {
        "forward": [],
        "vacation": None,
        "language": None,
    }
    return {"name": "", "password_hash": None, "quota_mb": None, **switches} | fields


def add(*keys: str) -> list[Edit]:
    return [Edit(("accounts", key), None, row()) if "@" in key else Edit(("domains", key), None, {}) for key in keys]


def keys(table: str, **more: Any) -> list[str]:
    return [key for key, _ in directory.page(table, **({"limit": 100} | more))]


def counted() -> None:
    """What is kept beside the rows is what one would count."""
    assert directory.count("domains") == Domain.objects.count()
    assert directory.count("accounts") == Account.objects.count()
    for domain in Domain.objects.all():
        assert domain.accounts == Account.objects.filter(domain=domain).count()


def test_rows_come_in_the_order_of_their_bytes() -> None:
    names = [
        "a.b@x.example",
        "a-b@x.example",
        "a+b@x.example",
        "ab@x.example",
        "a_b@x.example",
        "a1@x.example",
        "b@a.example",
    ]
    directory.write(add("x.example", "a.example", *names))
    assert keys("accounts") == sorted(names)
    assert keys("accounts", after="a1@x.example") == [key for key in sorted(names) if key > "a1@x.example"]
    assert keys("accounts", prefix="a-") == ["a-b@x.example"]
    assert keys("accounts", domain="a.example") == ["b@a.example"]
    before = directory.page_before("accounts", before="a_b@x.example", limit=2)
    assert [key for key, _ in before] == [key for key in sorted(names) if key < "a_b@x.example"][-2:]


def test_signs_of_patterns_mean_nothing_in_a_search() -> None:
    directory.write(add("x.example", "a_b@x.example", "acb@x.example"))
    assert keys("accounts", prefix="a_") == ["a_b@x.example"]
    assert keys("accounts", prefix="%") == []


def test_a_batch_makes_domains_before_their_accounts_and_takes_them_after() -> None:
    directory.write([*add("a@x.example", "x.example"), Edit(("accounts", "a@x.example", "quota_mb"), None, 5)])
    assert directory.row("accounts", "a@x.example") == row(quota_mb=5)
    directory.write([edit.inverse() for edit in reversed(add("a@x.example", "x.example"))])
    assert (keys("domains"), keys("accounts")) == ([], [])
    counted()


def test_writing_the_same_twice_changes_nothing_more() -> None:
    for _ in range(2):
        directory.write(add("x.example", "a@x.example", "b@x.example"))
        counted()
    for _ in range(2):
        directory.write([edit.inverse() for edit in add("b@x.example")])
        counted()
    assert keys("accounts") == ["a@x.example"]


def test_counts_stay_true_whatever_comes() -> None:
    chance = random.Random(2)
    domains = [f"d{number}.example" for number in range(4)]
    directory.write(add(*domains))
    for _ in range(30):
        batch: dict[str, Edit] = {}
        for _ in range(chance.randrange(1, 12)):
            key = f"u{chance.randrange(20)}@{chance.choice(domains)}"
            there = directory.row("accounts", key)
            batch[key] = Edit(("accounts", key), there, None if there else row(quota_mb=chance.randrange(1, 9)))
        directory.write(list(batch.values()))
        counted()


def test_fields_are_written_by_value() -> None:
    directory.write(add("x.example", *(f"u{number}@x.example" for number in range(5))))
    directory.write(
        [Edit(("accounts", f"u{number}@x.example", "quota_mb"), None, number % 2 + 1) for number in range(5)]
    )
    directory.write([Edit(("accounts", "u0@x.example", "password_hash"), None, "{X}'y")])
    assert [directory.rows("accounts", [f"u{number}@x.example"]).popitem()[1]["quota_mb"] for number in range(5)] == [
        1, 2, 1, 2, 1,
    ]  # fmt: skip
    first = directory.row("accounts", "u0@x.example")
    assert first is not None
    assert first["password_hash"] == "{X}'y"


def test_a_search_that_finds_too_many_to_count_says_so() -> None:
    directory.write(add("x.example", *(f"u{number}@x.example" for number in range(12))))
    assert directory.found("accounts", prefix="u", most=10) == (10, True)
    assert directory.found("accounts", prefix="u1", most=10) == (3, False)
    assert directory.found("accounts") == (12, False)
    assert directory.found("accounts", domain="x.example") == (12, False)


@pytest.mark.parametrize("ask", ["page", "prefix", "domain", "before", "found"])
def test_a_list_is_read_from_an_index_and_never_whole(ask: str) -> None:
    """SQLite says how it would read: a SCAN of the table or a sort of its own would cost in proportion to its size."""
    from django.db import connection

    if connection.vendor != "sqlite":
        pytest.skip("the planner of a small PostgreSQL table reads it whole, and rightly")
    directory.write(add("x.example", "a@x.example"))
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(
        connection,
    ) as queries:
        match ask:
            case "page":
                directory.page("accounts", after="a", limit=10)
            case "prefix":
                directory.page("accounts", prefix="a", after="a", limit=10)
            case "domain":
                directory.page("accounts", domain="x.example", prefix="a", limit=10)
            case "before":
                directory.page_before("accounts", before="z", domain="x.example", limit=10)
            case "found":
                directory.found("accounts", prefix="a")
    for query in queries.captured_queries:
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN QUERY PLAN " + query["sql"].replace("%", "%%"))
            steps = [line[3] for line in cursor.fetchall()]
        assert not any("SCAN store_" in step or "TEMP B-TREE" in step for step in steps), (query["sql"], steps)
