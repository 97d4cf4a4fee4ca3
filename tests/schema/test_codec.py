"""What a person writes becomes the value of an option, or a finding that says what would be right."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fumibako.document.settings import applied, defaults, edits_between, options
from fumibako.features.basics.section import Basics
from fumibako.schema.codec import coerce_option, decode
from fumibako.schema.yaml import dump, load

TREE = defaults(hostname="mail.example.jp", listen=["127.0.0.1"], port_base=20000)


def decoded(text: str) -> tuple[dict[str, Any], list[str]]:
    raw, unreadable = load(text)
    assert raw is not None, unreadable
    tree, findings = decode(Basics, raw["basics"], base=TREE["basics"], at=("basics",))
    return tree, [f"{finding.code} {finding.path}" for finding in findings]


def test_what_is_not_written_takes_its_default() -> None:
    tree, findings = decoded("basics: {message_size_limit: 1000}")
    assert not findings
    assert tree == {**TREE["basics"], "message_size_limit": 1000}
    assert tree["services"]["smtp"]["port"] == 20025


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("message_size_limit: -1", "out-of-range basics.message_size_limit"),
        ("message_size_limit: lots", "not-an-integer basics.message_size_limit"),
        ("message_size_limit: 1e30", "not-an-integer basics.message_size_limit"),
        ("message_size_limit: 1.5", "not-an-integer basics.message_size_limit"),
        ("message_size_limit: " + "9" * 30, "out-of-range basics.message_size_limit"),
        ("services: {smtp: {port: 0}}", "out-of-range basics.services.smtp.port"),
        ("services: {smtp: {port: 70000}}", "out-of-range basics.services.smtp.port"),
        ("services: {smtp: {port: 25x}}", "not-an-integer basics.services.smtp.port"),
        ("services: {smtp: {port: null}}", "not-an-integer basics.services.smtp.port"),
        ("services: {smtp: {tls: required}}", "not-a-choice basics.services.smtp.tls"),
        ("services: {smtp: {enabled: false}}", "unknown-key basics.services.smtp.enabled"),
        ("services: {imap: {enabled: maybe}}", "not-a-switch basics.services.imap.enabled"),
        ("services: 3", "not-a-mapping basics.services"),
        ("listen: {a: b}", "not-a-list basics.listen"),
        ('advanced: {smtpd_banner: "a\\nb"}', "control-characters basics.advanced.smtpd_banner"),
        ("advanced: {smtpd_banner: [a]}", "not-text basics.advanced.smtpd_banner"),
        ("mesage_size_limit: 3", "unknown-key basics.mesage_size_limit"),
    ],
)
def test_bad_values_are_found_and_leave_the_default(text: str, finding: str) -> None:
    tree, findings = decoded(f"basics:\n  {text}")
    assert findings == [finding]
    assert tree == TREE["basics"]


def test_a_near_miss_is_offered() -> None:
    port = options()["basics", "services", "smtp", "port"]
    [finding] = coerce_option(port, "２５番", ("basics", "services", "smtp", "port"))[1]
    assert finding.suggestion == "25"
    raw, _ = load("basics: {mesage_size_limit: 3}")
    assert raw is not None
    [unknown] = decode(Basics, raw["basics"], base=TREE["basics"], at=("basics",))[1]
    assert unknown.suggestion == "message_size_limit"


def test_an_empty_message_size_is_no_limit() -> None:
    assert decoded('basics: {message_size_limit: ""}')[0]["message_size_limit"] == 0


def test_a_text_area_of_pairs_and_lines() -> None:
    pairs = options()["basics", "local_overrides"]
    value, findings = coerce_option(
        pairs, "smtpd_timeout = 5m\n\ndisable_vrfy_command=yes\n", ("basics", "local_overrides")
    )
    assert not findings
    assert value == {"smtpd_timeout": "5m", "disable_vrfy_command": "yes"}
    assert coerce_option(pairs, "smtpd_timeout", ("basics", "local_overrides"))[1][0].code == "not-a-pair"
    listen = options()["basics", "listen"]
    assert coerce_option(listen, "127.0.0.1\n ::1 \n", ("basics", "listen"))[0] == ["127.0.0.1", "::1"]


def test_names_in_a_list_are_never_guessed() -> None:
    raw, _ = load("basics: {listen: [10., 123, null, off, 0x1f, 1e3]}")
    assert raw is not None
    assert raw["basics"]["listen"] == ["10.", "123", "null", "off", "0x1f", "1e3"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a: [1", "yaml"),
        ("a: &x 1\nb: *x", "yaml-anchor"),
        ("a: 1\na: 2", "yaml-twice"),
        ("- a", "not-a-mapping"),
        ("a: " + "[" * 30 + "]" * 30, "yaml-depth"),
        ("? [a]\n: b", "yaml-key"),
        ("a: \x00", "yaml"),
    ],
)
def test_a_file_that_cannot_be_read_says_where(text: str, code: str) -> None:
    tree, findings = load(text)
    assert tree is None
    assert findings[0].code == code
    assert findings[0].path.startswith("line ")


@given(st.lists(st.text(alphabet=st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), max_size=20), max_size=5))
def test_what_is_dumped_is_loaded_back_as_the_same_texts(texts: list[str]) -> None:
    assert load(dump({"list": texts}))[0] == {"list": texts}


overrides = st.dictionaries(
    st.sampled_from(["smtpd_timeout", "mail_name", "disable_vrfy_command"]), st.text("abc", max_size=3)
)


@given(st.integers(0, 100), st.booleans(), overrides, overrides)
def test_the_edits_between_two_trees_make_the_one_of_the_other(
    size: int, filtered: bool, before: dict[str, str], after: dict[str, str]
) -> None:
    old = {"basics": {**TREE["basics"], "local_overrides": before}}
    scanner = {"host": "127.0.0.1", "port": 1, "reinject_port": 2} if filtered else None
    new = {
        "basics": {
            **TREE["basics"],
            "message_size_limit": size,
            "content_filter": scanner,
            "local_overrides": after,
        }
    }
    edits = edits_between(old, new)
    assert applied(old, edits) == new
    assert applied(new, [edit.inverse() for edit in edits]) == old
    assert edits_between(new, new) == []
