"""What is wrong with an alias, looked at alone; and its one spelling."""

from __future__ import annotations

import pytest

from fumibako.features.aliases.check import check_alias
from fumibako.features.aliases.rows import MOST_TARGETS, spelled_key, spelled_targets
from fumibako.mail.domain import DomainName

HERE = DomainName("example.jp")


@pytest.mark.parametrize(
    ("written", "key"),
    [("Info", "info@example.jp"), ("info@例え.jp", "info@xn--r8jz45g.jp"), ("@Example.JP", "@example.jp")],
)
def test_a_name_has_one_spelling(written: str, key: str) -> None:
    assert spelled_key(written, HERE) == key


def test_targets_have_one_spelling_and_stand_once() -> None:
    written = ["hanako", "HANAKO@example.jp", "A@far.example", "a@far.example", "|sh"]
    assert spelled_targets(written, HERE) == (
        ["hanako@example.jp", "A@far.example", "|sh"],
        ["HANAKO@example.jp", "a@far.example"],
    )


@pytest.mark.parametrize(
    ("key", "targets", "codes"),
    [
        ("info@example.jp", ["a@example.jp"], []),
        ("@example.jp", ["a@example.jp"], []),
        ("info", ["a@example.jp"], ["address-no-domain"]),
        ("|sh@example.jp", ["a@example.jp"], ["local-part-characters"]),
        ("@@example.jp", ["a@example.jp"], ["domain-label"]),
        ("info@example.jp", [], ["no-targets"]),
        ("info@example.jp", ["|sh", ":include:/x", "a@b.jp"], ["target-command", "target-include"]),
        ("info@example.jp", ["a=b.jp@forward.invalid"], ["domain-reserved"]),
        ("info@example.jp", ["|sh"] * 100, ["target-command"] * 20),
        ("info@example.jp", ["a@b.jp"] * MOST_TARGETS, []),
        ("info@example.jp", ["a@b.jp"] * (MOST_TARGETS + 1), ["too-many-targets"]),
    ],
)
def test_an_alias_leads_from_an_address_to_addresses(key: str, targets: list[str], codes: list[str]) -> None:
    assert [each.code for each in check_alias(key, {"targets": targets})] == codes
