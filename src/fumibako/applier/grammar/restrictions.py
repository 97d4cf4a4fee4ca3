"""The words that a list of smtpd restrictions may hold (postconf(5), access(5)).

`permit` and all that permit by name or certificate are missing: what may relay is said by networks, SASL and our own tables.
`smtpd_relay_restrictions` must end in a refusal, so that no list of ours is an open relay by what it forgets.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from fumibako.applier.grammar.endpoints import Endpoint
from fumibako.applier.grammar.maps import Maps, words_of
from fumibako.applier.grammar.words import LABEL, not_allowed
from fumibako.formats.values import Problem

PLAIN: Final = frozenset(
    {
        "defer",
        "defer_if_permit",
        "defer_if_reject",
        "defer_unauth_destination",
        "permit_auth_destination",
        "permit_mynetworks",
        "permit_sasl_authenticated",
        "reject",
        "reject_authenticated_sender_login_mismatch",
        "reject_invalid_helo_hostname",
        "reject_known_sender_login_mismatch",
        "reject_multi_recipient_bounce",
        "reject_non_fqdn_helo_hostname",
        "reject_non_fqdn_recipient",
        "reject_non_fqdn_sender",
        "reject_plaintext_session",
        "reject_sender_login_mismatch",
        "reject_unauth_destination",
        "reject_unauth_pipelining",
        "reject_unauthenticated_sender_login_mismatch",
        "reject_unknown_client_hostname",
        "reject_unknown_helo_hostname",
        "reject_unknown_recipient_domain",
        "reject_unknown_reverse_client_hostname",
        "reject_unknown_sender_domain",
        "reject_unlisted_recipient",
        "reject_unlisted_sender",
        "reject_unverified_recipient",
        "reject_unverified_sender",
        "warn_if_reject",
    }
)
WITH_TABLE: Final = frozenset(
    f"check_{what}_access"
    for what in ("client", "reverse_client_hostname", "helo", "sender", "recipient", "etrn", "sasl")
)
WITH_DNS_LIST: Final = frozenset(
    (
        "reject_rbl_client",
        *(f"reject_rhsbl_{what}" for what in ("client", "reverse_client", "helo", "sender", "recipient")),
    )
)
REFUSALS: Final = frozenset({"reject", "defer", "reject_unauth_destination", "defer_unauth_destination"})
# `list.example`, `list.example=127.0.0.2`, `list.example=127.0.0.[2..11;20]`
_DNS_LIST: Final = re.compile(rf"(?:{LABEL})(?:\.(?:{LABEL}))+(?:=[0-9]+\.[0-9.\[\];]+)?")


@dataclass(frozen=True, slots=True)
class Restrictions:
    """A list of restrictions; one that decides about relaying ends in a refusal."""

    maps: Maps
    policy: Endpoint
    relay: bool = False

    def problem(self, value: str) -> Problem | None:
        words = words_of(value)
        if self.relay and (not words or words[-1] not in REFUSALS):
            return Problem(
                "open_relay",
                "The list must end in reject or reject_unauth_destination.",
                "リストの最後は reject か reject_unauth_destination でなければなりません。",
            )
        rest = iter(words)
        for word in rest:
            if word in PLAIN:
                continue
            argument = next(rest, "")
            if word in WITH_TABLE and self.maps.is_table(argument):
                continue
            if word in WITH_DNS_LIST and _DNS_LIST.fullmatch(argument):
                continue
            if word == "check_policy_service" and self.policy.accepts(argument):
                continue
            return not_allowed(f"{word} {argument}".strip())
        return None
