"""Every account has a place in the bar of initials."""

from __future__ import annotations

import pytest

from fumibako.features.quotas.initials import initial_of, kana_of


@pytest.mark.parametrize(
    ("address", "initial"),
    [("hanako@example.jp", "h"), ("7eleven@example.jp", "0"), ("_x@example.jp", "#"), ("+1@a.jp", "#")],
)
def test_an_address_stands_under_its_letter(address: str, initial: str) -> None:
    assert initial_of(address) == initial


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("やまだ はなこ", "や"),
        ("ヤマダ", "や"),
        ("ﾔﾏﾀﾞ", "や"),
        ("がもう", "か"),
        ("ﾊﾟｰｸ", "は"),
        ("ぱーく", "は"),
        ("ヴィクトル", "あ"),
        ("っ", "た"),
        ("をの", "わ"),
        ("山田花子", ""),
        ("Yamada", ""),
        ("ー", ""),
        ("", ""),
    ],
)
def test_a_name_in_kana_stands_under_its_row(name: str, row: str) -> None:
    assert kana_of(name) == row
