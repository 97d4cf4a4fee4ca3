from __future__ import annotations

from textwrap import dedent
from typing import Any

import pytest

from fumibako.actions import applies, export, files
from fumibako.actions.caller import Caller
from fumibako.actions.passwords import hashed
from fumibako.actions.proposal import Proposal
from fumibako.actions.result import Result
from fumibako.actions.trouble import Refused
from fumibako.actions.view import live
from fumibako.store import directory

SWITCHES: dict[str, Any] = dict.fromkeys(("enabled", "may_send", "may_receive", "keep_copy"), True) | {
    "forward": [],
    "vacation": None,
    "language": None,
}


def read(caller: Caller, text: str, *, prune: bool = False) -> Proposal:
    return files.of_file(caller, dedent(text), prune=prune)


def apply(caller: Caller, text: str, *, prune: bool = False) -> Result:
    return applies.apply(caller, read(caller, text, prune=prune))


def said(proposal: Proposal) -> list[tuple[str, str]]:
    return [(finding.code, finding.path) for finding in proposal.findings]


FILE = """
    fumibako: 1
    basics:
      message_size_limit: 5000
    domains:
      example.jp: {}
    accounts:
      hanako@example.jp: {name: 山田花子, quota_mb: 100}
"""


def test_a_file_is_applied_and_the_second_time_unchanged(admin: Caller) -> None:
    assert apply(admin, FILE).outcome == "applied"
    assert live().settings["basics"]["message_size_limit"] == 5000
    row = directory.row("accounts", "hanako@example.jp")
    assert row == {"name": "山田花子", "password_hash": None, "quota_mb": 100, **SWITCHES}
    assert apply(admin, FILE).outcome == "unchanged"


def test_a_section_that_is_named_becomes_as_written_with_this_homes_defaults(admin: Caller) -> None:
    apply(admin, "basics: {message_size_limit: 5000, services: {imap: {enabled: off}}}")
    apply(admin, "basics: {services: {smtp: {port: 2525}}}")
    basics = live().settings["basics"]
    assert basics["message_size_limit"] == 10_485_760
    assert basics["services"]["imap"] == {"enabled": True, "port": 20143, "plaintext_auth": False}
    assert basics["services"]["smtp"]["port"] == 2525


def test_a_section_that_is_not_named_stays(admin: Caller) -> None:
    apply(admin, FILE)
    apply(admin, "domains: {b.example: }")
    assert live().settings["basics"]["message_size_limit"] == 5000


def test_host_name_and_primary_domain_stay_when_they_are_not_written(admin: Caller) -> None:
    apply(admin, "basics: {hostname: MX.Example.jp, primary_domain: 例え.jp}\ndomains: {例え.jp: {}}")
    apply(admin, "basics: {}")
    basics = live().settings["basics"]
    assert (basics["hostname"], basics["primary_domain"]) == ("mx.example.jp", "xn--r8jz45g.jp")


def test_fields_and_rows_that_are_not_written_stay(admin: Caller) -> None:
    apply(admin, FILE)
    apply(admin, "accounts: {hanako@example.jp: {enabled: false}, b@example.jp: }")
    rows = directory.rows("accounts", ["hanako@example.jp", "b@example.jp"])
    assert rows["hanako@example.jp"]["quota_mb"] == 100
    assert rows["hanako@example.jp"]["enabled"] is False
    apply(admin, "accounts: {b@example.jp: {}}")
    assert directory.count("accounts") == 2


def test_prune_removes_what_is_not_named_in_the_parts_that_are(admin: Caller) -> None:
    apply(admin, FILE)
    apply(admin, "domains: {b.example: {}}\naccounts: {b@b.example: {}}", prune=True)
    assert [key for key, _ in directory.page("domains", limit=9)] == ["b.example"]
    assert [key for key, _ in directory.page("accounts", limit=9)] == ["b@b.example"]
    apply(admin, "domains: {b.example: {}, c.example: {}}", prune=True)
    assert directory.count("accounts") == 1


def test_prune_of_domains_alone_does_not_take_accounts(admin: Caller) -> None:
    apply(admin, FILE)
    assert said(read(admin, "domains: {b.example: {}}", prune=True)) == [("domain-has-accounts", "domains/example.jp")]


def test_bare_names_belong_to_the_primary_domain_else_to_the_first(admin: Caller) -> None:
    apply(admin, "domains: {one.example: , two.example: }\naccounts: {hanako: {}}")
    assert directory.row("accounts", "hanako@one.example") is not None
    apply(admin, "basics: {primary_domain: two.example}\naccounts: {taro: {}}")
    assert directory.row("accounts", "taro@two.example") is not None


def test_three_stars_leave_a_password_as_it_is(admin: Caller) -> None:
    one = hashed("one-password")
    apply(admin, f'domains: {{example.jp: }}\naccounts: {{a@example.jp: {{password_hash: "{one}"}}}}')
    assert apply(admin, 'accounts: {a@example.jp: {password_hash: "***", name: A}}').outcome == "applied"
    row = directory.row("accounts", "a@example.jp")
    assert row is not None
    assert (row["password_hash"], row["name"]) == (one, "A")
    new = read(admin, 'accounts: {b@example.jp: {password_hash: "***"}}')
    assert said(new) == [("secret-unknown", "accounts/b@example.jp/password_hash")]


def test_an_export_applied_again_is_unchanged_with_and_without_secrets(admin: Caller) -> None:
    one = hashed("one-password")
    apply(
        admin,
        f"""
        basics: {{content_filter: {{port: 10030}}, local_overrides: {{smtpd_timeout: 60s}}}}
        domains: {{例え.jp: }}
        accounts: {{a@例え.jp: {{password_hash: "{one}", quota_mb: 5, name: "null"}}, b@例え.jp: }}
        """,
    )
    covered, whole = export.document(admin), export.document(admin, with_secrets=True)
    assert one not in covered
    assert one in whole
    assert apply(admin, covered).outcome == "unchanged"
    assert apply(admin, whole).outcome == "unchanged"
    assert "\naccounts:" not in export.document(admin, ["basics"])
    with pytest.raises(Refused):
        export.document(admin, ["basic"])


@pytest.mark.parametrize(
    ("text", "code", "path"),
    [
        ("basic: {}", "unknown-key", "basic"),
        ("basics: {message_sice_limit: 5}", "unknown-key", "basics.message_sice_limit"),
        ("aliases: {a: [b]}", "address-no-domain", "aliases/a"),
        ("fumibako: 2", "file-version", "fumibako"),
        ("domains: [example.jp]", "not-a-mapping", "domains"),
        ("domains: {example.jp: {owner: me}}", "unknown-key", "domains/example.jp/owner"),
        ("accounts: {a@example.jp: 5}", "not-a-mapping", "accounts/a@example.jp"),
        ("accounts: {a@example.jp: {}}", "no-such-domain", "accounts/a@example.jp"),
        ("accounts: {a: {}}", "address-no-domain", "accounts/a"),
        ("domains: {example.jp: , EXAMPLE.jp: }", "twice", "domains/example.jp"),
        ("basics: {primary_domain: gone.example}", "primary-domain-missing", "basics.primary_domain"),
        ("basics: [", "yaml", "line 1"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_and_nothing_is_changed(
    admin: Caller, text: str, code: str, path: str
) -> None:
    proposal = read(admin, text)
    assert (code, path) in said(proposal)
    assert applies.apply(admin, proposal).outcome == "refused"
    assert applies.apply(admin, proposal, digest=proposal.digest).outcome == "refused"


def test_all_that_is_wrong_is_said_at_once(admin: Caller) -> None:
    proposal = read(
        admin,
        "basics: {message_size_limit: -1, services: {smtp: {port: 0}}}\ndomains: {a..b: }\nwhat: 1\naccounts: {a@x.example: }",
    )
    assert {path for _, path in said(proposal)} >= {
        "basics.message_size_limit",
        "basics.services.smtp.port",
        "domains/a..b",
        "what",
    }


def test_a_thousand_accounts_cost_a_few_queries(admin: Caller, django_assert_max_num_queries: object) -> None:
    accounts = "".join(f"  u{number}@example.jp: {{quota_mb: {number + 1}}}\n" for number in range(1000))
    with django_assert_max_num_queries(60):  # type: ignore[operator]
        proposal = read(admin, "domains: {example.jp: }\naccounts:\n" + accounts)
    assert len(proposal.edits) == 1001
    assert applies.apply(admin, proposal).outcome == "applied"
    assert directory.number_in("accounts", "example.jp") == 1000
