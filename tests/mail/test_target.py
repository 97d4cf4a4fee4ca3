"""Where an alias may lead: to addresses, and to nothing that is anything else."""

import pytest

from fumibako.mail.domain import DomainName
from fumibako.mail.malformed import Malformed
from fumibako.mail.target import Target

HERE = DomainName("example.jp")


@pytest.mark.parametrize(
    ("text", "spelled"),
    [
        ("hanako", "hanako@example.jp"),
        (" Partner.One+x@Far.EXAMPLE ", "Partner.One+x@far.example"),
        ("o'brien@far.example", "o'brien@far.example"),
        ("a/b=c@far.example", "a/b=c@far.example"),
        ("hanako@日本語.jp", "hanako@xn--wgv71a119e.jp"),
    ],
)
def test_any_address_is_a_target_and_a_bare_name_is_ours(text: str, spelled: str) -> None:
    assert str(Target.parse(text, primary_domain=HERE)) == spelled


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("|/bin/sh", "target-command"),
        ('"|/bin/sh -c x"', "target-command"),
        ("| cat@example.jp", "target-command"),
        ("/var/mail/root", "target-file"),
        ('"/etc/passwd"@example.jp', "target-file"),
        (":include:/etc/passwd", "target-include"),
        (" : INCLUDE : /x", "target-include"),
        ('"a b"@example.jp', "target-quoted"),
        ("a\\@b@example.jp", "target-quoted"),
        ("@example.jp", "target-domain"),
        ("a b@example.jp", "target-characters"),
        ("a,b@example.jp", "target-characters"),
        ("<a@example.jp>", "target-characters"),
        ("a|b@example.jp", "target-characters"),
        ("a@b@example.jp", "target-characters"),
        ("花子@example.jp", "target-characters"),
        ("a..b@example.jp", "target-dots"),
        ("x" * 65 + "@example.jp", "local-part-too-long"),
        ("a@example", "domain-single-label"),
        ("a@[127.0.0.1]", "domain-label"),
        ("", "local-part-empty"),
    ],
)
def test_nothing_else_is(text: str, code: str) -> None:
    with pytest.raises(Malformed) as refused:
        Target.parse(text, primary_domain=HERE)
    assert refused.value.code == code


def test_without_a_primary_domain_a_bare_name_is_nobodys() -> None:
    with pytest.raises(Malformed, match="address-no-domain"):
        Target.parse("hanako")
