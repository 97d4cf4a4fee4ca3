"""Aliases and forwarding as Postfix has them: two look-ups, limits that suit the longest alias, and the way of what is forwarded.

An address that is an account and no alias leads to itself: so a catch-all, which Postfix asks for last, never takes an
account's mail, one that is switched off included.

A target elsewhere gets a mark (`marks`). Marked mail goes through a listener on loopback with a cleanup(8) of its own,
which takes the mark off and gives a foreign sender an address of ours, so that the sender's SPF does not fail. Everything
else has no mark and keeps its sender: copies for accounts here, mail that permitted clients send elsewhere. What comes
back to such an address is let in only if it was made here, and goes the same way on to the sender.
"""

from __future__ import annotations

from typing import Final

from fumibako.assembly.facts import Facts
from fumibako.assembly.filter_services import policy_service
from fumibako.assembly.fragment import Fragment
from fumibako.assembly.restrictions import Origin, Rule, Slot, for_loopback_alone
from fumibako.features.aliases.expansion import DEEPEST, MOST_RECIPIENTS
from fumibako.features.aliases.marks import FORWARD, REFUSED, RETURN
from fumibako.features.basics.listeners import LOOPBACK, endpoint
from fumibako.features.basics.section import Basics
from fumibako.features.directory import administrator
from fumibako.formats.master_cf import Service
from fumibako.formats.sql_files import SqliteMap, format_map
from fumibako.schema.text import Text

_ALIASES: Final = "aliases.cf"
_FORWARDS: Final = "forwards.cf"
_TRANSPORTS: Final = "forward-transports.cf"
_RETURNS: Final = "forward-returns.cf"
_CLASS: Final = "srs_return"

# A recipient here that has the form of a rewritten sender. `%%` is a percent sign.
_REWRITTEN: Final = (
    "FROM domains WHERE name = substr('%s', instr('%s', '@') + 1) AND ('%s' LIKE 'srs0=%%' OR '%s' LIKE 'srs1=%%')"
)
# A target whose mailbox is full is passed over while another one has room. Where none has, the mail filter refused the
# alias; what it let in before it knew goes to all.
_HAS_ROOM: Final = (
    "(NOT EXISTS (SELECT 1 FROM full_mailboxes WHERE address = local_part || '@' || domain) "
    "OR NOT EXISTS (SELECT 1 FROM aliases AS other WHERE other.alias = '%s' AND NOT EXISTS "
    "(SELECT 1 FROM full_mailboxes WHERE address = other.local_part || '@' || other.domain)))"
)
_ALIASES_QUERY: Final = (
    "SELECT local_part || CASE WHEN domain IN (SELECT name FROM domains) THEN '@' || domain "  # noqa: S608  # our own words
    f"ELSE '=' || domain || '@{FORWARD}' END FROM aliases WHERE alias = '%s' AND {_HAS_ROOM} "
    f"UNION ALL SELECT replace('%s', '@', '=') || '@{RETURN}' {_REWRITTEN}"
)
# An account that forwards leads to where it forwards, and to itself where a copy is kept. One that is switched off keeps
# its mail: whoever had it decides nothing any more.
_FORWARDS_ON: Final = "NOT EXISTS (SELECT 1 FROM barred WHERE address = '%s' AND why = 'enabled')"
_FORWARDS_QUERY: Final = (
    "SELECT local_part || CASE WHEN domain IN (SELECT name FROM domains) THEN '@' || domain "  # noqa: S608  # our own words
    f"ELSE '=' || domain || '@{FORWARD}' END FROM forwards WHERE address = '%s' AND {_FORWARDS_ON} "
    "UNION ALL SELECT address FROM accounts WHERE address = '%s' "
    "AND NOT (EXISTS (SELECT 1 FROM forwards WHERE address = '%s') "
    f"AND EXISTS (SELECT 1 FROM no_copies WHERE address = '%s') AND {_FORWARDS_ON}) "
    "UNION ALL SELECT address FROM system_users WHERE address = '%s' "
    "AND NOT EXISTS (SELECT 1 FROM accounts WHERE address = '%s')"
)
_LISTENER: Final = "127.0.0.1"
_RETURNING: Final = Origin(
    "aliases",
    Text("Returning mail", "転送先から戻るメール"),
    Text("{entry} is no return address that was made here.", "{entry} はこのサーバーが作った返送先ではありません。"),
)


def aliases_fragment(basics: Basics, facts: Facts) -> Fragment:
    home, port = facts.home, basics.advanced.forward_port
    transports = (
        f"SELECT CASE '%s' WHEN '{REFUSED}' THEN 'error:5.1.1 This return address is not valid' "  # noqa: S608  # ours too
        f"ELSE 'forward:[{_LISTENER}]:{port}' END FROM meta WHERE '%s' IN ('{FORWARD}', '{RETURN}', '{REFUSED}')"
    )
    files = {
        _ALIASES: (_ALIASES_QUERY, "Aliases"),
        _FORWARDS: (_FORWARDS_QUERY, "Accounts that forward, and all others, which lead to themselves"),
        _TRANSPORTS: (transports, "What is marked goes through a cleanup of its own"),
        _RETURNS: (f"SELECT '{_CLASS}' {_REWRITTEN}", "Returning senders"),  # our own words
    }
    return Fragment(
        "Aliases",
        {
            "virtual_alias_maps": ", ".join(
                f"proxy:sqlite:{home.postfix}/{table}" for table in (_ALIASES, _FORWARDS, administrator.TABLE)
            ),
            # Beyond these Postfix takes a message for one in a loop and defers it: the checks keep well below.
            "virtual_alias_expansion_limit": str(MOST_RECIPIENTS),
            "virtual_alias_recursion_limit": str(2 * DEEPEST),
            "smtpd_restriction_classes": _CLASS,
            _CLASS: policy_service(home, "srs-return"),
        },
        (_client(), _listener(port), _cleanup(facts)),
        mail_filter={"srs_domain": basics.primary_domain or facts.first_domain or ""},
        files={
            f"postfix/{name}": format_map(SqliteMap(f"file:{home.lookup_db}?mode=ro", query, comment=comment))
            for name, (query, comment) in files.items()
        },
    )


def forward_transports(facts: Facts) -> str:
    """The table that stands before all routes: a mark decides the transport, wherever the target's domain is routed."""
    return f"proxy:sqlite:{facts.home.postfix}/{_TRANSPORTS}"


def return_rules(facts: Facts) -> list[Rule]:
    return [
        Rule(Slot.RECIPIENT_STATE, f"check_recipient_access proxy:sqlite:{facts.home.postfix}/{_RETURNS}", _RETURNING)
    ]


def _client() -> Service:
    """Hands marked mail to this very server, unchanged, with the client it came from for the log."""
    options = (
        ("syslog_name", "postfix/forward"),
        ("smtp_send_xforward_command", "yes"),
        ("smtp_tls_security_level", "none"),
        ("smtp_tls_policy_maps", ""),
        ("smtp_generic_maps", ""),
        ("smtp_bind_address", ""),
        ("disable_mime_output_conversion", "yes"),
    )
    return Service("forward", "unix", "smtp", options=options)


def _listener(port: int) -> Service:
    """Takes what `forward` brings and nothing from anywhere else. It was judged when it first came in."""
    options = (
        ("syslog_name", "postfix/forward"),
        ("content_filter", ""),
        ("cleanup_service_name", "cleanup-forward"),
        ("message_size_limit", "0"),
        ("receive_override_options", "no_unknown_recipient_checks, no_header_body_checks, no_milters"),
        ("smtpd_authorized_xforward_hosts", LOOPBACK),
        ("smtpd_tls_security_level", "none"),
        ("smtpd_sasl_auth_enable", "no"),
        ("local_header_rewrite_clients", ""),
        ("smtpd_client_connection_count_limit", "0"),
        ("smtpd_client_connection_rate_limit", "0"),
        *for_loopback_alone().items(),
    )
    return Service(endpoint(_LISTENER, port), "inet", "smtpd", "n", options=options)


def _cleanup(facts: Facts) -> Service:
    tables = f"socketmap:unix:{facts.home.srs_socket}"
    options = (
        ("message_size_limit", "0"),
        ("virtual_alias_maps", ""),
        ("canonical_maps", ""),
        ("recipient_canonical_maps", f"{tables}:recipient"),
        ("recipient_canonical_classes", "envelope_recipient"),
        ("sender_canonical_maps", f"{tables}:sender"),
        ("sender_canonical_classes", "envelope_sender"),
    )
    return Service("cleanup-forward", "unix", "cleanup", "n", limit="0", options=options)
