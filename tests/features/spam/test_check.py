"""What block lists and refused senders are warned about or refused for."""

from __future__ import annotations

from fumibako.features.spam.check import check_spam
from fumibako.features.spam.section import Spam, list_spelling, sender_spelling


def said(**options: object) -> list[tuple[str, str, str]]:
    return [(each.code, each.path, each.severity) for each in check_spam(Spam.model_validate(options))]


def test_what_the_contract_shows_is_right() -> None:
    assert said(dns_blocklists=("bl.example.net",), blocked_senders=("spam@example.co.jp", "@example.org")) == []


def test_what_is_none_is_an_error_beside_its_entry() -> None:
    assert said(dns_blocklists=("bl",), blocked_senders=("example.org",)) == [
        ("domain-single-label", "spam.dns_blocklists.bl", "error"),
        ("sender-form", "spam.blocked_senders[example.org]", "error"),
    ]


def test_a_list_twice_and_a_sender_of_a_refused_domain_are_pointed_out() -> None:
    assert said(dns_blocklists=("bl.example.net", "bl.example.net*2")) == [
        ("list-twice", "spam.dns_blocklists[bl.example.net*2]", "warning")
    ]
    assert said(dns_blocklists=("bl.example.net=127.0.0.2", "bl.example.net=127.0.0.3*2")) == []
    assert said(blocked_senders=("a@example.org", "@example.org", "a@x.example.org")) == [
        ("sender-covered", "spam.blocked_senders[a@example.org]", "warning")
    ]


def test_a_threshold_that_nobody_reaches_is_pointed_out() -> None:
    assert said(dns_blocklists=("bl.example.net*2",), threshold=2) == []
    assert said(dns_blocklists=("bl.example.net*2",), threshold=3) == [
        ("threshold-unreachable", "spam.threshold", "warning")
    ]
    assert said(threshold=3) == []


def test_more_lists_than_one_waits_for_are_refused() -> None:
    lists = tuple(f"bl{number}.example.net" for number in range(21))
    assert said(dns_blocklists=lists) == [("too-many-lists", "spam.dns_blocklists", "error")]
    assert said(dns_blocklists=lists[1:]) == []


def test_spellings() -> None:
    assert (list_spelling("BL.Example.net*1"), sender_spelling("A@Example.JP")) == ("bl.example.net", "a@example.jp")
    assert (list_spelling("?"), sender_spelling("?")) == ("?", "?")
