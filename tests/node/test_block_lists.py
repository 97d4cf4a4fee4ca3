"""What the agent makes of the block lists: before one is applied, and every hour."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from types import SimpleNamespace
from typing import Any

import pytest

from fumibako.document.settings import Settings, defaults, parse
from fumibako.layout import Home
from fumibako.node import block_lists
from fumibako.node.lookups import Lookups
from fumibako.node.trouble import Trouble
from fumibako.schema.place import planted


class Filter:
    """The mail filter's answers by list; a list that is not there is one that it says nothing about."""

    def __init__(self, **states: str) -> None:
        self.states = {name.replace("_", "."): state for name, state in states.items()}
        self.asked: list[str] = []

    def __call__(self, _home: Home, context: str, attributes: Mapping[str, str], *, patience: float) -> str | None:
        assert patience <= 20
        name = attributes["list"]
        if context == "block-list-counts":
            return "DUNNO hits=7 refused=1"
        self.asked.append(name)
        return f"DUNNO {self.states[name]} hits=7 refused=1" if name in self.states else None


@pytest.fixture
def node(tmp_path: Path) -> Any:
    for name in ("server/db", "server/auth", "trial/db", "trial/auth", "node"):
        (tmp_path / name).mkdir(parents=True)
    home = Home(PurePosixPath(tmp_path))
    lookups = Lookups(home)
    lookups.ensure()
    return SimpleNamespace(home=home, lookups=lookups)


def tree(*lists: str) -> dict[str, Any]:
    return planted(
        defaults(hostname="mail.example.jp", listen=("127.0.0.1",), port_base=0),
        ("spam", "dns_blocklists"),
        list(lists),
    )


def settings(*lists: str) -> Settings:
    return parse(tree(*lists))


def found(node: Any, before: tuple[str, ...], after: tuple[str, ...]) -> list[tuple[str, str, str]]:
    run: Any = SimpleNamespace(before=tree(*before))
    findings = asyncio.run(block_lists.findings_of(node, run, settings(*after)))
    return [(each.code, each.path, each.severity) for each in findings]


def says(monkeypatch: pytest.MonkeyPatch, **states: str) -> Filter:
    made = Filter(**states)
    monkeypatch.setattr(block_lists, "ask_filter", made)
    return made


def test_a_new_list_that_lists_everybody_is_not_applied(node: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    says(monkeypatch, dead_example="everybody", bl_example="alive")
    with pytest.raises(Trouble) as trouble:
        found(node, (), ("bl.example", "dead.example*2"))
    (finding,) = trouble.value.findings
    assert (finding.code, finding.path) == ("list-everybody", "spam.dns_blocklists[dead.example*2]")
    assert "127.0.0.1" in finding.message.ja


def test_a_new_list_that_is_silent_no_list_or_not_for_us_is_a_warning(
    node: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    says(monkeypatch, a_example="silent", b_example="nobody", c_example="refused", d_example="alive")
    assert found(node, (), ("a.example", "b.example", "c.example", "d.example")) == [
        ("list-silent", "spam.dns_blocklists[a.example]", "warning"),
        ("list-nobody", "spam.dns_blocklists[b.example]", "warning"),
        ("list-refused", "spam.dns_blocklists[c.example]", "warning"),
    ]


def test_lists_that_serve_are_not_asked_with_every_apply(node: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = says(monkeypatch, dead_example="everybody", bl_example="alive")
    assert found(node, ("dead.example",), ("dead.example*3", "bl.example")) == []
    assert asked.asked == ["bl.example"]


def test_without_the_filter_nothing_stands_against_an_apply(node: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    says(monkeypatch)
    assert found(node, (), ("bl.example",)) == []


def test_every_hour_the_dead_are_written_down_and_those_that_went_are_forgotten(
    node: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    says(monkeypatch, dead_example="everybody", bl_example="alive")
    asyncio.run(block_lists.check(node, settings("dead.example", "bl.example")))
    assert {name: state for name, (state, _) in node.lookups.noted_lists().items()} == {
        "dead.example": "everybody",
        "bl.example": "alive",
    }
    says(monkeypatch, dead_example="alive")
    asyncio.run(block_lists.check(node, settings("dead.example")))
    assert {name: state for name, (state, _) in node.lookups.noted_lists().items()} == {"dead.example": "alive"}


def test_what_is_known_is_observed(node: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    says(monkeypatch, bl_example="alive")
    asyncio.run(block_lists.check(node, settings("bl.example")))
    (seen, other) = block_lists.observed(node, tree("bl.example", "new.example"))
    assert (seen["name"], seen["state"], seen["hits"], seen["refused"]) == ("bl.example", "alive", 7, 1)
    assert seen["checked"] > 1_700_000_000
    assert (other["state"], other["checked"]) == (None, None)
    assert block_lists.observed(node, tree()) == []
