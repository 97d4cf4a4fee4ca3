"""Aliases as rows: counted with them, found by where they lead, and never read whole."""

from __future__ import annotations

import random
from typing import Any

import pytest

from fumibako.schema.edit import Edit
from fumibako.store import aliases, directory
from fumibako.store.models import Alias, AliasTarget, Domain
from fumibako.store.turned import turned

pytestmark = pytest.mark.django_db


def domain(name: str) -> Edit:
    return Edit(("domains", name), None, {})


def alias(key: str, *targets: str) -> Edit:
    return Edit(("aliases", key), None, {"targets": list(targets)})


def counted() -> None:
    """What is kept beside the rows is what one would count."""
    assert directory.count("aliases") == Alias.objects.count()
    for each in Domain.objects.all():
        assert each.aliases == Alias.objects.filter(domain=each).count()
    every = sorted(turned(target) for row in Alias.objects.all() for target in row.targets)
    assert sorted(AliasTarget.objects.values_list("turned", flat=True)) == every


def test_an_alias_is_found_by_where_it_leads() -> None:
    directory.write([domain("x.example"), alias("a@x.example", "U@x.example", "v@far.example")])
    directory.write([alias("@x.example", "u@x.example"), alias("b@x.example", "w@far.example")])
    assert aliases.leading_to(["u@x.example"], 10) == {"a@x.example", "@x.example"}
    assert aliases.leading_into("far.example", 10) == [
        ("a@x.example", "v@far.example"),
        ("b@x.example", "w@far.example"),
    ]
    directory.write([Edit(("aliases", "a@x.example", "targets"), None, ["v@far.example"])])
    assert aliases.leading_to(["u@x.example"], 10) == {"@x.example"}
    assert [key for key, _ in directory.page("aliases", domain="x.example", limit=9)] == [
        "@x.example", "a@x.example", "b@x.example",
    ]  # fmt: skip


def test_counts_stay_true_whatever_comes() -> None:
    chance = random.Random(3)
    domains = [f"d{number}.example" for number in range(3)]
    directory.write([domain(name) for name in domains])
    for _ in range(30):
        batch: dict[str, Edit] = {}
        for _ in range(chance.randrange(1, 10)):
            key = f"u{chance.randrange(12)}@{chance.choice(domains)}"
            there: Any = directory.row("aliases", key)
            targets = [f"t{number}@far.example" for number in range(chance.randrange(1, 4))]
            if there and chance.random() < 0.5:
                batch[key] = Edit(("aliases", key, "targets"), there["targets"], targets)
            else:
                batch[key] = Edit(("aliases", key), there, None if there else {"targets": targets})
        for _ in range(2):
            directory.write(list(batch.values()))
            counted()
