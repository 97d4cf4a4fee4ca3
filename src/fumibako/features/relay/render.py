"""The smart relay as Postfix has it: look-ups that choose a transport, and the transports.

Files name look-ups and never routes, so they are the same for none and for a thousand. The order is Postfix's own:
`transport_maps` (the recipient's domain) before `sender_dependent_default_transport_maps` (the sender's domain, then the
default). All of it is for mail that leaves: a domain hosted here has its mailbox transport whatever stands in a route.
"""

from __future__ import annotations

from typing import Final

from fumibako.assembly.facts import Facts
from fumibako.assembly.fragment import Fragment
from fumibako.formats.master_cf import Service
from fumibako.formats.sql_files import SqliteMap, format_map

_DOMAINS: Final = "relay-domains.cf"
_SENDERS: Final = "relay-senders.cf"
_DEFAULT: Final = "relay-default.cf"
_POLICIES: Final = "relay-policies.cf"
_SENDER_LOGINS: Final = "relay-sender-logins.cf"
_LOGINS: Final = "relay-logins.cf"
_REPLIES: Final = "relay-replies.cf"

# `%d` is asked for whole addresses only and is the domain in lower case. Keys with a dot in front lie together in the
# primary key, and a longer key is a nearer one.
_FITS: Final = "(domain = '%d' OR (domain >= '.' AND domain < '/' AND substr('%d', -length(domain)) = domain)) "
_NOT_HERE: Final = "AND NOT EXISTS (SELECT 1 FROM domains WHERE name = '%d') "
_NEAREST: Final = "ORDER BY length(domain) DESC LIMIT 1"
_ROUTE: Final = "SELECT transport || ':' || nexthop FROM relay_routes"
_WAITS: Final = (
    "SELECT '4' || substr('%s', 2) FROM meta WHERE '%s' LIKE '5.4.4 %%' OR '%s' LIKE '5.4.6 %%' "
    "OR '%s' LIKE '5.7.0 %% said: 530 %%'"
)
_LOGIN: Final = (
    "SELECT username || ':' || COALESCE(password, '') FROM relay_routes LEFT JOIN relay_passwords ON name = secret"
)

_QUERIES: Final = {
    _DOMAINS: (
        f"{_ROUTE} WHERE kind = 'domain' AND {_FITS}{_NOT_HERE}{_NEAREST}",
        "Routes by the recipient's domain; none for a domain hosted here",
    ),
    _SENDERS: (
        f"{_ROUTE} WHERE kind = 'sender' AND {_FITS}{_NEAREST}",
        "Routes by the sender's domain",
    ),
    _DEFAULT: (
        f"{_ROUTE} WHERE kind = 'default' AND '%s' <> ''",
        "The route of everything else",
    ),
    # The key is the next hop. Where two routes share one, they agree (features/relay/check.py).
    _POLICIES: ("SELECT policy FROM relay_routes WHERE nexthop = '%s' LIMIT 1", "TLS by next hop"),
    # Asked for the sender first (on the transports of senders' routes alone), then for the next hop. Without a password
    # the relay refuses the log-in and mail waits, where no log-in at all might get it bounced.
    _SENDER_LOGINS: (
        f"{_LOGIN} WHERE username IS NOT NULL AND kind = 'sender' AND {_FITS}{_NEAREST}",
        "Log-ins of senders' routes",
    ),
    _LOGINS: (
        f"{_LOGIN} WHERE username IS NOT NULL AND kind <> 'sender' AND nexthop = '%s' ORDER BY password IS NULL LIMIT 1",
        "Log-ins by next hop",
    ),
    # A relay that has no address, is this server, or wants a log-in that it is not given is wrong in the settings, and
    # no reason to bounce: such mail waits for the administrator. RFC 3463: 5.4.4 unable to route, 5.4.6 a loop.
    _REPLIES: (
        _WAITS,
        "What a relay does wrong delays mail",
    ),
}


def relay_fragment(facts: Facts, first: str) -> Fragment:
    """`first` is the table that is asked for a transport before all routes."""
    home = facts.home
    table = {name: f"proxy:sqlite:{home.postfix}/{name}" for name in _QUERIES}
    replies = ("smtp_delivery_status_filter", table[_REPLIES])
    return Fragment(
        "Smart relay",
        {
            "transport_maps": f"{first}, {table[_DOMAINS]}",
            "sender_dependent_default_transport_maps": f"{table[_SENDERS]}, {table[_DEFAULT]}",
            "smtp_tls_policy_maps": table[_POLICIES],
            "smtp_tls_CAfile": "/etc/ssl/certs/ca-certificates.crt",
            "smtp_sasl_password_maps": f"{table[_SENDER_LOGINS]}, {table[_LOGINS]}",
            # A password goes nowhere in clear.
            "smtp_sasl_security_options": "noplaintext, noanonymous",
            "smtp_sasl_tls_security_options": "noanonymous",
        },
        (
            _transport("relay", replies),
            _transport("relay-tls", replies, _WRAPPED),
            _transport("relay-sender", replies, _BY_SENDER),
            _transport("relay-sender-tls", replies, _BY_SENDER, _WRAPPED),
        ),
        files={
            f"postfix/{name}": format_map(SqliteMap(f"file:{home.lookup_db}?mode=ro", query, comment=comment))
            for name, (query, comment) in _QUERIES.items()
        },
    )


_WRAPPED: Final = ("smtp_tls_wrappermode", "yes")
_BY_SENDER: Final = ("smtp_sender_dependent_authentication", "yes")


def _transport(name: str, *more: tuple[str, str]) -> Service:
    options = (
        ("syslog_name", "postfix/relay"),
        ("smtp_sasl_auth_enable", "yes"),
        ("smtp_host_lookup", "dns, native"),
        *more,
    )
    return Service(name, "unix", "smtp", options=options)
