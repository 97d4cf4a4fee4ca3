"""In which order Postfix asks its rules: the one place that knows.

A listener of Postfix has a list of restrictions for each stage of an SMTP session, and the first rule that decides wins.
So order is policy, and it is here alone. Features contribute `Rule` values to named `Slot`s; they never see a list. What
is empty in a slot is left out. The same lists serve a listener and its clone for asking, so that the clone's answers are
the listener's.

The order, and why:

- The **sender** stage is where a listener that forces authentication says 530, to permitted clients too: at MAIL, so
  that AUTH is still possible afterwards (a refusal in the client stage would be final for many clients).
- The **relay** stage is the fence against being an open relay and knows nothing else: who may relay passes, all others
  only to domains hosted here. No rule about spam can be put there, so none can open it by mistake.
- The **recipient** stage goes from "nobody can deliver there" (unknown, full) through "this sender is ours" to what only
  strangers are asked (refused senders, block lists): a permitted client is never looked up in a block list.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal

AUTHENTICATION_REQUIRED: Final = "530 5.7.0 Authentication required"


class Slot(StrEnum):
    """Where a feature's rules stand. The words name what is decided there, in the order of their asking."""

    PERMITTED_CLIENT = "permitted client"  # access: who may relay without AUTH; says permit or nothing
    RECIPIENT_STATE = "recipient state"  # quota: the recipient's mailbox is full; asked for every sender
    SENDER_OWNERSHIP = "sender ownership"  # may this account send as that address
    REFUSED_SENDER = "refused sender"  # spam: senders listed by hand
    BLOCK_LIST = "block list"  # spam: DNS block lists
    SENDER_POLICY = "sender policy"  # authentication: SPF, asked last since it costs most
    DATA = "data"  # what is asked when the message begins


@dataclass(frozen=True, slots=True)
class Rule:
    """One restriction with its arguments, as Postfix writes it, and the slot it stands in."""

    slot: Slot
    words: str


Auth = Literal["none", "offered", "required"]


@dataclass(frozen=True, slots=True)
class Policy:
    """How far a listener trusts whom.

    `trusts_loopback`: this machine and the permitted clients may send (never behind a scanner, where every stranger comes
    from loopback and no address or name says who sends).
    `auth`: whether logging in is possible, or the only way to send.
    """

    trusts_loopback: bool
    auth: Auth


def restrictions(policy: Policy, rules: Iterable[Rule] = ()) -> dict[str, str]:
    """Every restriction parameter of one listener, complete: what is empty is said to be empty."""
    slots: dict[Slot, list[str]] = {slot: [] for slot in Slot}
    for rule in rules:
        slots[rule.slot].append(rule.words)
    forced = policy.auth == "required"
    authenticated = ["permit_sasl_authenticated"] if policy.auth != "none" else []
    if forced:
        ours = authenticated
        sender = [*authenticated, f"check_client_access static:{{{AUTHENTICATION_REQUIRED}}}"]
        relay = [*authenticated, "reject"]
    else:
        ours = [
            *(["permit_mynetworks", *slots[Slot.PERMITTED_CLIENT]] if policy.trusts_loopback else []),
            *authenticated,
        ]
        sender = []
        relay = [*ours, "reject_unauth_destination"]
    recipient = [
        # "User unknown" before anything else that is said of a recipient.
        "reject_unlisted_recipient",
        *slots[Slot.RECIPIENT_STATE],
        *slots[Slot.SENDER_OWNERSHIP],
        *ours,
        *slots[Slot.REFUSED_SENDER],
        *slots[Slot.BLOCK_LIST],
        *slots[Slot.SENDER_POLICY],
    ]
    stages = {
        "smtpd_client_restrictions": [],
        "smtpd_helo_restrictions": [],
        "smtpd_sender_restrictions": sender,
        "smtpd_relay_restrictions": relay,
        "smtpd_recipient_restrictions": recipient,
        "smtpd_data_restrictions": ["reject_unauth_pipelining", *slots[Slot.DATA]],
        "smtpd_end_of_data_restrictions": [],
    }
    return {name: ", ".join(words) for name, words in stages.items()} | {
        # Refusals wait for RCPT so that the log names sender and recipient; 530 cannot wait, see above.
        "smtpd_delay_reject": "no" if forced else "yes",
    }


def for_loopback_alone() -> dict[str, str]:
    """The restrictions of a listener that takes back what this server itself gave away (a scanner's re-injection):
    nobody but this machine, and everything from it, since it was judged when it first came in."""
    nobody_else = "permit_mynetworks, reject"
    return restrictions(Policy(trusts_loopback=True, auth="none")) | {
        "smtpd_client_restrictions": nobody_else,
        "smtpd_relay_restrictions": nobody_else,
        "smtpd_recipient_restrictions": "",
        "smtpd_data_restrictions": "",
    }


def for_asking(policy: Policy, rules: Iterable[Rule] = ()) -> dict[str, str]:
    """The restrictions of a listener's clone: the same up to RCPT, and no message ever gets further."""
    return restrictions(policy, rules) | {
        "smtpd_data_restrictions": "reject",
        "smtpd_end_of_data_restrictions": "reject",
    }
