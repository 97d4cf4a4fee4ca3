"""The order of Postfix's rules, and what no feature can change about it."""

from __future__ import annotations

import itertools
from typing import get_args

import pytest

from fumibako.assembly.restrictions import Auth, Policy, Rule, Slot, for_asking, for_loopback_alone, restrictions

POLICIES = [Policy(trusts, auth) for trusts, auth in itertools.product([True, False], get_args(Auth))]
RULES = [Rule(slot, f"rule_of_{slot.name.lower()}") for slot in Slot]
every_policy = pytest.mark.parametrize("policy", POLICIES, ids=str)


def words(value: str) -> list[str]:
    return value.split(", ") if value else []


@every_policy
def test_relaying_always_ends_in_a_refusal(policy: Policy) -> None:
    for rules in ([], RULES):
        assert words(restrictions(policy, rules)["smtpd_relay_restrictions"])[-1] in (
            "reject",
            "reject_unauth_destination",
        )
    assert words(for_loopback_alone()["smtpd_relay_restrictions"])[-1] == "reject"


@every_policy
def test_only_the_slot_of_permitted_clients_reaches_the_relay_stage(policy: Policy) -> None:
    added = set(words(restrictions(policy, RULES)["smtpd_relay_restrictions"])) - set(
        words(restrictions(policy)["smtpd_relay_restrictions"])
    )
    assert added <= {"rule_of_permitted_client"}


@every_policy
def test_our_own_senders_are_past_before_strangers_are_asked(policy: Policy) -> None:
    asked = words(restrictions(policy, RULES)["smtpd_recipient_restrictions"])
    order = [
        asked.index(f"rule_of_{slot.name.lower()}")
        for slot in (Slot.REFUSED_SENDER, Slot.BLOCK_LIST, Slot.SENDER_POLICY)
    ]
    assert order == sorted(order)
    for permit in ("permit_mynetworks", "permit_sasl_authenticated", "rule_of_permitted_client"):
        assert permit not in asked or asked.index(permit) < order[0]


@every_policy
def test_an_unknown_recipient_is_said_to_be_unknown_before_anything_else(policy: Policy) -> None:
    assert words(restrictions(policy, RULES)["smtpd_recipient_restrictions"])[0] == "reject_unlisted_recipient"


def test_a_full_mailbox_is_full_for_permitted_senders_too() -> None:
    asked = words(restrictions(Policy(True, "offered"), RULES)["smtpd_recipient_restrictions"])
    assert asked.index("rule_of_recipient_state") < asked.index("permit_mynetworks")


def test_where_a_log_in_is_forced_no_address_helps() -> None:
    lists = restrictions(Policy(True, "required"), RULES)
    assert not any("permit_mynetworks" in value or "permitted_client" in value for value in lists.values())
    assert "530 5.7.0" in lists["smtpd_sender_restrictions"]
    assert lists["smtpd_delay_reject"] == "no"


def test_where_nobody_can_log_in_nobody_is_asked_whether_he_did() -> None:
    assert not any("sasl" in value for value in restrictions(Policy(True, "none")).values())


def test_behind_a_scanner_no_address_is_trusted() -> None:
    assert not any("permit_mynetworks" in value for value in restrictions(Policy(False, "offered")).values())


@every_policy
def test_a_clone_differs_from_its_listener_after_rcpt_alone(policy: Policy) -> None:
    own, clone = restrictions(policy, RULES), for_asking(policy, RULES)
    assert {name for name in own if own[name] != clone[name]} == {
        "smtpd_data_restrictions",
        "smtpd_end_of_data_restrictions",
    }
    assert clone["smtpd_data_restrictions"] == "reject"
