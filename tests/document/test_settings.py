"""The settings as a tree: what older servers stored is whole today."""

from __future__ import annotations

from fumibako.document.settings import SECTIONS, completed, defaults, edits_between, parse


def test_a_chapter_that_was_not_there_yet_has_its_defaults() -> None:
    now = defaults(hostname="mail.example.jp", listen=("127.0.0.1",), port_base=0)
    then = {"basics": now["basics"]}
    assert completed(then) == now
    assert completed(then).keys() == SECTIONS.keys()
    assert parse(completed(then)) == parse(then)
    assert edits_between(completed(then), now) == []


def test_a_whole_tree_stays_the_very_same() -> None:
    now = defaults(hostname="mail.example.jp", listen=("127.0.0.1",), port_base=0)
    assert completed(now) is now
