"""Addresses of accounts."""

import pytest

from fumibako.mail.address import Address
from fumibako.mail.domain import DomainName
from fumibako.mail.malformed import Malformed


def test_a_name_is_the_same_in_any_case() -> None:
    assert str(Address.parse("Hanako.Yamada+x@Example.JP")) == "hanako.yamada+x@example.jp"


def test_a_bare_name_belongs_to_the_primary_domain() -> None:
    assert str(Address.parse("info", primary_domain=DomainName("example.jp"))) == "info@example.jp"
    with pytest.raises(Malformed, match="address-no-domain"):
        Address.parse("info")


@pytest.mark.parametrize("name", ["a", "a" * 64, "a.b-c_d=e+f", "0"])
def test_names_that_may_be(name: str) -> None:
    assert Address.parse(f"{name}@example.jp").local_part == name


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("", "local-part-empty"),
        ("a" * 65, "local-part-too-long"),
        (".a", "local-part-dots"),
        ("a.", "local-part-dots"),
        ("a..b", "local-part-dots"),
        ("花子", "local-part-characters"),
        ("ａ", "local-part-characters"),
        ("a b", "local-part-characters"),
        ("a/b", "local-part-characters"),
        ("a'b", "local-part-characters"),
        ('"a"', "local-part-characters"),
        ("a%b", "local-part-characters"),
        ("a\tb", "local-part-characters"),
        ("a@b", "local-part-characters"),
    ],
)
def test_names_that_may_not_be(name: str, code: str) -> None:
    with pytest.raises(Malformed) as refused:
        Address.parse(f"{name}@example.jp")
    assert refused.value.code == code
