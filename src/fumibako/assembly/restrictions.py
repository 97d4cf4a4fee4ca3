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

from fumibako.schema.text import Text, plain

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
class Origin:
    """Where a rule comes from, for people: the option, the list or the table of the directory that it is made of
    (`{service}` there is the listener's), its name, and what it says where it decides. `{entry}` is then the entry that
    decided: a client, a sender, an address."""

    section: str
    title: Text
    decided: Text


_UNNAMED: Final = Origin("", plain(""), plain(""))


@dataclass(frozen=True, slots=True)
class Rule:
    """One restriction with its arguments, as Postfix writes it, the slot it stands in, and what people know it by."""

    slot: Slot
    words: str
    origin: Origin = _UNNAMED


@dataclass(frozen=True, slots=True)
class Check:
    """One step of a stage: the restriction as Postfix writes it, and what people know it by."""

    words: str
    origin: Origin


# The rules that Postfix brings with it.
_THIS_MACHINE: Final = Check(
    "permit_mynetworks",
    Origin(
        "access.permitted_clients",
        Text("Permitted addresses", "送信を許可したアドレス"),
        Text("{entry} may send to any address.", "{entry} はどこへでも送信できます。"),
    ),
)
_LOGGED_IN: Final = Check(
    "permit_sasl_authenticated",
    Origin(
        "accounts",
        Text("Logged in", "SMTP 認証"),
        Text(
            "{entry} has logged in and may send to any address.", "{entry} は認証済みなので、どこへでも送信できます。"
        ),
    ),
)
_LOG_IN_FIRST: Final = Origin(
    "basics.services.{service}.auth_required",
    Text("Log-in required", "SMTP 認証の必須化"),
    Text("This service takes mail only after a log-in.", "このサービスは、SMTP 認証をしないと送信できません。"),
)
_NOT_OURS: Final = Check(
    "reject_unauth_destination",
    Origin(
        "domains",
        Text("Recipient's domain", "宛先のドメイン"),
        Text(
            "{entry} is not served here, and this client may not send elsewhere.",
            "{entry} はこのサーバーのドメインではなく、このクライアントには外部への送信が許可されていません。",
        ),
    ),
)
_NOBODY: Final = Check(
    "reject_unlisted_recipient",
    Origin(
        "accounts",
        Text("Recipient exists", "宛先の有無"),
        Text("Nobody here has the address {entry}.", "{entry} という宛先はありません。"),
    ),
)


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


def checks(policy: Policy, rules: Iterable[Rule] = ()) -> dict[str, tuple[Check, ...]]:
    """The checks of one listener up to RCPT, by the parameter that lists them, in the order of their asking."""
    slots: dict[Slot, list[Check]] = {slot: [] for slot in Slot}
    for rule in rules:
        slots[rule.slot].append(Check(rule.words, rule.origin))
    authenticated = [_LOGGED_IN] if policy.auth != "none" else []
    if policy.auth == "required":
        ours = authenticated
        sender = [
            *authenticated,
            Check(f"check_client_access static:{{{AUTHENTICATION_REQUIRED}}}", _LOG_IN_FIRST),
        ]
        relay = [*authenticated, Check("reject", _LOG_IN_FIRST)]
    else:
        ours = [
            *([_THIS_MACHINE, *slots[Slot.PERMITTED_CLIENT]] if policy.trusts_loopback else []),
            *authenticated,
        ]
        sender = []
        relay = [*ours, _NOT_OURS]
    recipient = [
        # "User unknown" before anything else that is said of a recipient.
        _NOBODY,
        *slots[Slot.RECIPIENT_STATE],
        # Where nobody can log in there is nobody to ask about, and Postfix would warn.
        *(slots[Slot.SENDER_OWNERSHIP] if authenticated else []),
        *ours,
        *slots[Slot.REFUSED_SENDER],
        *slots[Slot.BLOCK_LIST],
        *slots[Slot.SENDER_POLICY],
    ]
    return {
        "smtpd_client_restrictions": (),
        "smtpd_helo_restrictions": (),
        "smtpd_sender_restrictions": tuple(sender),
        "smtpd_relay_restrictions": tuple(relay),
        "smtpd_recipient_restrictions": tuple(recipient),
    }


def restrictions(policy: Policy, rules: Iterable[Rule] = ()) -> dict[str, str]:
    """Every restriction parameter of one listener, complete: what is empty is said to be empty."""
    own_rules = tuple(rules)
    stages = {name: ", ".join(each.words for each in every) for name, every in checks(policy, own_rules).items()}
    data = ["reject_unauth_pipelining", *(rule.words for rule in own_rules if rule.slot == Slot.DATA)]
    return {
        **stages,
        "smtpd_data_restrictions": ", ".join(data),
        "smtpd_end_of_data_restrictions": "",
        # Refusals wait for RCPT so that the log names sender and recipient; 530 cannot wait, see above.
        "smtpd_delay_reject": "no" if policy.auth == "required" else "yes",
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
