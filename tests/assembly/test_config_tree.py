"""Fragments become whole files, and two that say the same thing are our own mistake."""

from __future__ import annotations

import pytest

from fumibako.assembly.config_tree import DOVECOT_CONF, MAIN_CF, config_tree
from fumibako.assembly.facts import Facts
from fumibako.assembly.fragment import Fragment
from fumibako.formats import dovecot23
from fumibako.formats.dovecot23 import Block, Setting
from fumibako.formats.malformed import Malformed
from fumibako.formats.master_cf import Service
from tests.document.golden import facts


def test_an_own_parameter_takes_the_place_of_a_feature_s() -> None:
    text = config_tree([Fragment("A", {"biff": "no", "soft_bounce": "no"})], {"soft_bounce": "yes"})[MAIN_CF]
    assert text.count("soft_bounce") == 1
    assert text.endswith("# Own parameters\nsoft_bounce = yes\n")


def test_a_parameter_that_two_features_set_is_a_mistake() -> None:
    with pytest.raises(AssertionError, match="biff"):
        config_tree([Fragment("A", {"biff": "no"}), Fragment("B", {"biff": "no"})], {})


def test_a_file_or_a_setting_or_a_service_of_two_features_is_a_mistake() -> None:
    with pytest.raises(AssertionError):
        config_tree([Fragment("A", files={"postfix/a.cf": "x"}), Fragment("B", files={"postfix/a.cf": "y"})], {})
    with pytest.raises(AssertionError):
        config_tree(
            [Fragment("A", dovecot=(Setting("ssl", "yes"),)), Fragment("B", dovecot=(Setting("ssl", "no"),))], {}
        )
    service = (Service("smtp", "unix", "smtp"),)
    with pytest.raises(Malformed):
        config_tree([Fragment("A", master_cf=service), Fragment("B", master_cf=service)], {})


def test_blocks_of_one_name_are_joined_and_databases_stay_apart() -> None:
    database = Block("passdb", "", (Setting("driver", "sql"),))
    plugin = [Block("plugin", "", (Setting(name, "x"),)) for name in ("quota", "sieve")]
    tree = config_tree([Fragment("A", dovecot=(database, plugin[0])), Fragment("B", dovecot=(database, plugin[1]))], {})
    conf = dovecot23.parse(tree[DOVECOT_CONF])
    assert [len(block.items) for block in conf.blocks("plugin")] == [2]
    assert len(list(conf.blocks("passdb"))) == 2


def test_a_protocol_s_plugins_come_after_those_of_all() -> None:
    tree = config_tree(
        [Fragment("A", plugins={"": ("quota",), "imap": ("imap_quota",)}), Fragment("B", plugins={"lmtp": ("sieve",)})],
        {},
    )
    assert "\nmail_plugins = quota\n" in tree[DOVECOT_CONF]
    assert "protocol imap {\n  mail_plugins = quota imap_quota\n}" in tree[DOVECOT_CONF]
    assert "protocol lmtp {\n  mail_plugins = quota sieve\n}" in tree[DOVECOT_CONF]


@pytest.mark.parametrize(
    ("version", "has"),
    [("3.7.10", False), ("3.7.11", True), ("3.8.5", False), ("3.9.0", True), ("3.10.13-0+deb13u1", True)],
)
def test_a_defence_that_came_with_a_patch_is_known_by_version(version: str, has: bool) -> None:
    assert facts(postfix_version=version).postfix_has((3, 9), (3, 8, 6), (3, 7, 11)) is has


def test_the_dialect_follows_the_version() -> None:
    assert [facts(dovecot_version=each).dovecot_dialect for each in ("2.3.19.1", "2.4.1-4")] == ["2.3", "2.4"]
    assert isinstance(facts(), Facts)
