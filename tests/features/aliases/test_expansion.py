"""Loops, targets that nobody has, hidden accounts and too much are seen; what is good is not spoken of."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import pytest

from fumibako.features.aliases.expansion import DEEPEST, MOST_RECIPIENTS, check_expansion, check_new_accounts


class Directory:
    """A directory that counts how many rows it was asked for."""

    def __init__(self, aliases: Mapping[str, Sequence[str]], accounts: Collection[str] = ("hanako", "taro")) -> None:
        self.tables: dict[str, dict[str, dict[str, object]]] = {
            "domains": {"x.jp": {}},
            "accounts": {f"{name}@x.jp": {} for name in accounts},
            "aliases": {whole(key): {"targets": [whole(each) for each in targets]} for key, targets in aliases.items()},
        }
        self.asked = 0
        self.claimed: set[str] = set()

    def rows(self, table: str, keys: Sequence[str]) -> Mapping[str, Mapping[str, object]]:
        self.asked += len(keys)
        return {key: self.tables[table][key] for key in keys if key in self.tables[table]}

    def nobodys(self, addresses: Sequence[str]) -> list[str]:
        return [each for each in addresses if each not in self.claimed]

    def aliases_to(self, addresses: Sequence[str], limit: int) -> Collection[str]:
        self.asked += len(addresses)
        found = [
            key
            for key, row in self.tables["aliases"].items()
            if not set(addresses).isdisjoint(map(str.lower, row["targets"]))  # type: ignore[call-overload]
        ]
        return found[:limit]


def whole(name: str) -> str:
    return name if "@" in name else f"{name}@x.jp"


def said(
    aliases: Mapping[str, Sequence[str]], *touched: str, accounts: Collection[str] = ("hanako", "taro"), gone: str = ""
) -> list[tuple[str, str, str]]:
    findings = check_expansion(
        Directory(aliases, accounts), [whole(each) for each in touched], [whole(gone)] if gone else []
    )
    return [(each.code, each.path.split("/")[1].removesuffix("@x.jp"), each.severity) for each in findings]


@pytest.mark.parametrize(
    "aliases",
    [
        {"info": ["hanako", "taro", "partner@far.example"]},
        {"info": ["Hanako@x.jp"]},
        {"info": ["staff"], "staff": ["hanako"]},
        {"info": ["one", "two"], "one": ["staff"], "two": ["staff"], "staff": ["hanako"]},
        {"hanako": ["hanako", "taro"]},
        # A round in which somebody keeps a copy ends there.
        {"hanako": ["hanako", "taro"], "taro": ["hanako"]},
        {"@x.jp": ["hanako"]},
        {"info": ["nobody"], "@x.jp": ["hanako"]},
    ],
)
def test_good_aliases_are_not_spoken_of(aliases: dict[str, list[str]]) -> None:
    touched = [each for each in aliases if each != "taro"]
    assert said(aliases, *touched) == []


def test_a_catch_all_of_somebody_who_is_not_there_is_told_so() -> None:
    assert [(code, severity) for code, _, severity in said({"@x.jp": ["nobody"]}, "@x.jp")] == [
        ("target-missing", "error")
    ]
    assert [code for code, _, _ in said({"@x.jp": ["nobody", "hanako"]}, "@x.jp")] == ["target-missing"]


@pytest.mark.parametrize(
    "aliases",
    [
        {"a": ["b"], "b": ["a"]},
        {"a": ["b", "hanako"], "b": ["c"], "c": ["A@x.jp"]},
        {"a": ["nobody"], "@x.jp": ["a"]},
    ],
)
def test_a_round_without_a_way_out_is_an_error(aliases: dict[str, list[str]]) -> None:
    assert [code for code, _, _ in said(aliases, next(iter(aliases)))] == ["alias-loop"]


def test_a_round_names_its_way() -> None:
    [finding] = check_expansion(Directory({"a": ["b"], "b": ["c"], "c": ["b"]}), ["a@x.jp"])
    assert finding.path == "aliases/b@x.jp/targets"
    assert finding.message.en.endswith("b@x.jp → c@x.jp → b@x.jp.")


def test_a_target_here_that_nobody_has_is_a_warning() -> None:
    assert said({"info": ["hanako", "typo"]}, "info") == [("target-missing", "info", "warning")]
    assert said({"info": ["info", "taro"]}, "info") == [("target-missing", "info", "warning")]
    assert said({"info": ["typo@far.example"]}, "info") == []


def test_an_account_that_goes_is_missed_by_the_aliases_that_lead_to_it() -> None:
    assert said({"info": ["taro"], "other": ["hanako"]}, accounts=["hanako"], gone="taro") == [
        ("target-missing", "info", "warning")
    ]
    # Its name falls to the catch-all that led to it, and so to itself.
    assert said({"@x.jp": ["taro"]}, accounts=[], gone="taro") == [("target-missing", "", "error")]


def test_an_alias_that_hides_an_account_is_a_warning_unless_it_keeps_a_copy() -> None:
    assert said({"hanako": ["taro"]}, "hanako") == [("alias-hides-account", "hanako", "warning")]
    assert said({"hanako": ["taro", "hanako"]}, "hanako") == []
    directory = Directory({"hanako": ["taro"], "info": ["taro"]})
    found = check_new_accounts(directory, ["hanako@x.jp", "new@x.jp"])
    assert [each.code for each in found] == ["alias-hides-account"]


def chain(length: int) -> dict[str, list[str]]:
    return {f"a{number}": [f"a{number + 1}"] for number in range(length - 1)} | {f"a{length - 1}": ["hanako"]}


def test_what_goes_too_deep_is_an_error_wherever_the_chain_is_touched() -> None:
    assert said(chain(DEEPEST), "a0") == []
    assert said(chain(DEEPEST + 1), "a0") == [("alias-too-deep", "a0", "error")]
    assert said(chain(DEEPEST + 1), f"a{DEEPEST}") == [("alias-too-deep", "a0", "error")]


def test_what_becomes_too_many_is_an_error() -> None:
    lists = {f"l{number}": [f"u{number}-{each}@far.example" for each in range(10_000)] for number in range(3)}
    assert said({"all": ["l0", "l1"], **lists}, "all") == []
    assert MOST_RECIPIENTS == 20_000
    assert said({"all": ["l0", "l1", "l2"], **lists}, "all") == [("alias-too-wide", "all", "error")]
    # A diamond sends as often as it is met, and Postfix counts so.
    assert said({"all": ["one", "two", "l1"], "one": ["l0"], "two": ["l0"], **lists}, "all") == [
        ("alias-too-wide", "all", "error")
    ]


def test_only_what_can_be_reached_is_read() -> None:
    directory = Directory(
        {"info": ["staff"], "staff": ["hanako"], **{f"b{number}": ["taro"] for number in range(5000)}}
    )
    assert check_expansion(directory, ["info@x.jp"]) == []
    assert directory.asked < 40


def test_a_name_of_the_administrators_is_missing_only_where_there_is_none() -> None:
    directory = Directory({"info": ["postmaster", "postmaster2"]})
    assert [each.code for each in check_expansion(directory, ["info@x.jp"])] == ["target-missing"] * 2
    directory.claimed = {"postmaster@x.jp"}
    [finding] = check_expansion(directory, ["info@x.jp"])
    assert "postmaster2@x.jp" in finding.message.en
