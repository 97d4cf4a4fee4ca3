"""Sender authentication as Postfix and the mail filter have it."""

from __future__ import annotations

from typing import Final

from fumibako.assembly.facts import Facts
from fumibako.assembly.fragment import Fragment
from fumibako.assembly.restrictions import Origin, Rule, Slot
from fumibako.features.authentication.section import Authentication, Dns
from fumibako.features.basics.section import Basics
from fumibako.formats.sql_files import SqliteMap, format_map
from fumibako.schema.text import Text

OWNERS: Final = "sender-owners.cf"

# Whose log-in may send as an address: the account of that address, and the accounts that its alias leads to, if need be over
# another alias. Postfix asks for `@domain` as well, so a catch-all's owner may send as anybody there.
_OWNERS_QUERY: Final = (
    "SELECT address FROM accounts WHERE address = '%s' "
    "UNION SELECT address FROM system_users WHERE address = '%s' "
    "UNION SELECT local_part || '@' || domain FROM aliases WHERE alias = '%s' "
    "UNION SELECT second.local_part || '@' || second.domain FROM aliases AS first JOIN aliases AS second "
    "ON second.alias = first.local_part || '@' || first.domain WHERE first.alias = '%s'"
)

_OWN: Final = Origin(
    "authentication.own_addresses_only",
    Text("Own addresses only", "自分のアドレスのみ"),
    Text("{entry} may not send as this sender.", "{entry} はこの差出人では送信できません。"),
)


def authentication_fragment(authentication: Authentication, dns: Dns, basics: Basics, facts: Facts) -> Fragment:
    milter = f"unix:{facts.home.milter_socket}"
    return Fragment(
        "Mail filter",
        {
            "smtpd_milters": milter,
            "non_smtpd_milters": milter,
            # Without the filter mail waits: nothing goes unsigned or comes unchecked.
            "milter_default_action": "tempfail",
            "milter_protocol": "6",
            # Bounces are signed, too.
            "internal_mail_filter_classes": "bounce",
            "smtpd_sender_login_maps": f"proxy:sqlite:{facts.home.postfix}/{OWNERS}",
        },
        mail_filter={
            "resolvers": list(dns.resolvers),
            "behind_scanner": basics.services.smtp.behind_scanner,
            "spf_check": authentication.spf.check,
            "spf_reject": authentication.spf.reject_fail,
            "dkim_verify": authentication.dkim.verify,
            "dmarc_check": authentication.dmarc.check,
            "dmarc_enforce": authentication.dmarc.enforce,
            "arc_verify": authentication.arc.verify,
            "arc_seal": authentication.arc.seal,
            "trusted_sealers": sorted(authentication.arc.trusted_sealers),
            "domainkeys_verify": any(each.domainkeys.enabled for each in authentication.signing.values()),
            "own_addresses_only": authentication.own_addresses_only,
        },
        files={
            f"postfix/{OWNERS}": format_map(
                SqliteMap(f"file:{facts.home.lookup_db}?mode=ro", _OWNERS_QUERY, comment="Who may send as an address")
            )
        },
    )


def authentication_rules(authentication: Authentication) -> list[Rule]:
    """Who has logged in is held to the own addresses; others are not asked whose they are."""
    if not authentication.own_addresses_only:
        return []
    return [Rule(Slot.SENDER_OWNERSHIP, "reject_authenticated_sender_login_mismatch", _OWN)]
