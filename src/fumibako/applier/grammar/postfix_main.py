"""The Postfix parameters that may stand in main.cf or after `-o`: one table, for one home.

Beside the tunable ones (`fumibako.formats.postfix_parameters`, shared with the check of local overrides) these are the
parameters that the renderers drive. A path has exactly one right value, a list of maps only our own tables.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from fumibako.applier.grammar.endpoints import Transport, milters, policy_services
from fumibako.applier.grammar.maps import Maps
from fumibako.applier.grammar.restrictions import Restrictions
from fumibako.applier.grammar.words import (
    Each,
    Shape,
    either,
    exact,
    is_address,
    is_domain,
    is_network,
    is_nexthop,
    not_allowed,
)
from fumibako.formats.postfix_parameters import TUNABLE
from fumibako.formats.values import YES_NO, Choice, Integer, Problem, Time, ValueGrammar, Words
from fumibako.layout import Home

# These belong to the whole instance: in master.cf they would part one daemon from the others.
MAIN_ONLY: Final = frozenset(
    {
        "alias_database",
        "compatibility_level",
        "data_directory",
        "inet_interfaces",
        "inet_protocols",
        "mail_owner",
        "maillog_file",
        "maillog_file_prefixes",
        "proxy_read_maps",
        "queue_directory",
        "service_throttle_time",
        "setgid_group",
    }
)
_SASL_OPTIONS: Final = Words(("noplaintext", "noactive", "nodictionary", "noanonymous", "mutual_auth"))
_CANONICAL: Final = Words(("envelope_sender", "envelope_recipient", "header_sender", "header_recipient"))
_OVERRIDES: Final = Words(("no_unknown_recipient_checks", "no_address_mappings", "no_header_body_checks", "no_milters"))
_MACROS: Final = Shape(r"(?:[a-z_]|\{[a-z_]+\})?(?: (?:[a-z_]|\{[a-z_]+\}))*")
_RBL_REPLY: Final = Shape(
    r"(?:[A-Za-z0-9 .,:;()\[\]/@_+=-]|\$(?:rbl_(?:code|class|what|domain|reason|txt)|client_(?:address|name)))*"
)
# A transport of its own name has its own limits: `forward_destination_rate_delay`.
_PER_TRANSPORT: Final = re.compile(
    r"[a-z][a-z0-9-]*_(?:(destination_concurrency_limit|destination_recipient_limit|initial_destination_concurrency)"
    r"|(destination_rate_delay|transport_rate_delay))"
)


@dataclass(frozen=True, slots=True)
class Greeting:
    """The text after 220: the host name first (RFC 5321 §4.2), only `$myhostname` and `$mail_name` replaced."""

    def problem(self, value: str) -> Problem | None:
        plain = value.removeprefix("$myhostname").replace("$mail_name", "").replace("$$", "")
        if value.startswith("$myhostname") and "$" not in plain and len(value) <= 400:
            return None
        return not_allowed(value)


@dataclass(frozen=True, slots=True)
class ProxyReadMaps:
    """Names of parameters whose tables proxymap may read, and tables of our own."""

    maps: Maps

    def problem(self, value: str) -> Problem | None:
        words = re.split(r"[ ,]+", value)
        wrong = [word for word in words if not re.fullmatch(r"\$[a-z_]+", word) and not self.maps.is_table(word)]
        return not_allowed(wrong[0]) if wrong else None


@lru_cache(maxsize=2)
def parameters(home: Home) -> Mapping[str, ValueGrammar]:
    """Every parameter that may be installed in this home, with its grammar."""
    return {**TUNABLE, **_instance(home), **_names_and_networks(home), **_smtpd(home), **_tls(home), **_delivery(home)}


def grammar_of(name: str, home: Home) -> ValueGrammar | None:
    """The grammar of one parameter; None for one that may not be installed."""
    found = parameters(home).get(name)
    if found is None and (limit := _PER_TRANSPORT.fullmatch(name)):
        return Integer(low=1) if limit[1] else Time()
    return found


def _instance(home: Home) -> dict[str, ValueGrammar]:
    return {
        "alias_database": exact(""),
        "alias_maps": exact(""),
        "biff": YES_NO,
        "cleanup_service_name": Shape(r"[a-z][a-z0-9-]*"),
        "compatibility_level": Choice(("2", "3.6", "3.7", "3.8", "3.9", "3.10")),
        "data_directory": exact(str(home.data)),
        "enable_long_queue_ids": YES_NO,
        "html_directory": exact("no"),
        "mail_owner": exact("postfix"),
        "maillog_file": exact(str(home.postfix_log)),
        "maillog_file_prefixes": exact(str(home.server_log), str(home.server), str(home.root)),
        "proxy_read_maps": ProxyReadMaps(Maps(home)),
        "queue_directory": exact(str(home.queue)),
        "readme_directory": exact("no"),
        "service_throttle_time": Time(low=1),
        "setgid_group": exact("postdrop"),
        "syslog_name": Shape(r"[A-Za-z0-9][A-Za-z0-9/_.-]{0,60}"),
    }


def _names_and_networks(home: Home) -> dict[str, ValueGrammar]:
    tables, domains, networks = Maps(home), Maps(home, domains=True), Maps(home, networks=True)
    name = Shape(r"\$myhostname|\$mydomain|(?=.{1,253}\Z)[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")
    return {
        # Which header addresses are completed: ours or nobody's.
        "allow_percent_hack": exact("no"),
        "local_header_rewrite_clients": exact("", "permit_mynetworks, permit_sasl_authenticated"),
        "parent_domain_matches_subdomains": exact(""),
        "remote_header_rewrite_domain": exact(""),
        "swap_bangpath": exact("no"),
        "inet_interfaces": Choice(("all", "loopback-only")),
        "inet_protocols": Words(("all", "ipv4", "ipv6"), may_be_empty=False),
        "mydestination": Each(lambda word: is_domain(word) or word in ("$myhostname", "$mydomain")),
        "mydomain": Shape(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?"),
        "myhostname": Shape(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?"),
        "mynetworks": networks,
        "mynetworks_style": exact("host"),
        "myorigin": name,
        "recipient_delimiter": Shape(r"[+=_-]{0,2}"),
        "relay_domains": domains,
        "smtp_helo_name": name,
        "smtpd_authorized_xclient_hosts": Each(is_network),
        "smtpd_authorized_xforward_hosts": Each(is_network),
        "smtpd_client_event_limit_exceptions": Each(lambda word: word == "$mynetworks" or is_network(word)),
        "smtpd_forbid_bare_newline_exclusions": Each(lambda word: word == "$mynetworks" or is_network(word)),
        "smtpd_sasl_exceptions_networks": Each(is_network),
        "virtual_alias_domains": domains,
        "virtual_alias_maps": tables,
        "virtual_mailbox_domains": domains,
        "virtual_mailbox_maps": tables,
        "canonical_maps": tables,
        "local_recipient_maps": tables,
        "rbl_reply_maps": tables,
        "recipient_canonical_classes": _CANONICAL,
        "recipient_canonical_maps": either(tables, exact(f"socketmap:unix:{home.srs_socket}:recipient")),
        "relay_recipient_maps": tables,
        "sender_canonical_classes": _CANONICAL,
        "sender_canonical_maps": either(tables, exact(f"socketmap:unix:{home.srs_socket}:sender")),
        "smtp_generic_maps": tables,
        "smtpd_sender_login_maps": tables,
    }


def _smtpd(home: Home) -> dict[str, ValueGrammar]:
    checks = Restrictions(Maps(home), policy_services(home))
    stages = ("client", "helo", "sender", "recipient", "data", "end_of_data", "etrn")
    return {
        **{f"smtpd_{stage}_restrictions": checks for stage in stages},
        "smtpd_relay_restrictions": Restrictions(Maps(home), policy_services(home), relay=True),
        # The one class that a table of ours may answer with.
        "smtpd_restriction_classes": exact("", "srs_return"),
        "srs_return": checks,
        "anvil_rate_time_unit": Time(low=1),
        "default_rbl_reply": _RBL_REPLY,
        "internal_mail_filter_classes": Words(("bounce", "notify")),
        "message_size_limit": Integer(high=2**63 - 1),
        **{
            f"milter_{step}_macros": _MACROS
            for step in ("connect", "helo", "mail", "rcpt", "data", "end_of_header", "end_of_data")
        },
        "milter_default_action": Choice(("accept", "tempfail", "reject", "quarantine", "shutdown")),
        "milter_macro_daemon_name": Shape(r"\$myhostname|[A-Za-z0-9._-]{1,80}"),
        "milter_protocol": exact("6"),
        "non_smtpd_milters": milters(home),
        "receive_override_options": _OVERRIDES,
        "smtpd_banner": Greeting(),
        "smtpd_client_connection_count_limit": Integer(),
        "smtpd_client_connection_rate_limit": Integer(),
        "smtpd_delay_reject": YES_NO,
        "smtpd_forbid_bare_newline": Choice(("yes", "no", "normalize", "reject", "note")),
        "smtpd_forbid_unauth_pipelining": YES_NO,
        "smtpd_milter_maps": Maps(home),
        "smtpd_milters": milters(home),
        "smtpd_reject_unlisted_recipient": YES_NO,
        "smtpd_relay_before_recipient_restrictions": YES_NO,
        "smtpd_sasl_auth_enable": YES_NO,
        "smtpd_sasl_local_domain": either(exact("", "$myhostname", "$mydomain"), Each(is_domain)),
        "smtpd_sasl_path": exact(f"{home.dovecot}/auth-postfix"),
        "smtpd_sasl_security_options": _SASL_OPTIONS,
        "smtpd_sasl_tls_security_options": _SASL_OPTIONS,
        "smtpd_sasl_type": exact("dovecot"),
        "smtpd_upstream_proxy_protocol": exact("", "haproxy"),
    }


def _tls(home: Home) -> dict[str, ValueGrammar]:
    imported = rf"{re.escape(str(home.tls))}/[0-9a-f]{{64}}"
    client_levels = ("none", "may", "encrypt", "dane", "dane-only", "fingerprint", "verify", "secure")

    def cache(name: str) -> ValueGrammar:
        return exact("", f"btree:$data_directory/{name}", f"btree:${{data_directory}}/{name}")

    return {
        "smtp_dns_support_level": Choice(("enabled", "dnssec")),
        "smtp_tls_CAfile": exact("", "/etc/ssl/certs/ca-certificates.crt"),
        "smtp_tls_CApath": exact("", "/etc/ssl/certs"),
        "smtp_tls_policy_maps": Maps(home),
        "smtp_tls_security_level": Choice(client_levels),
        "smtp_tls_session_cache_database": cache("smtp_scache"),
        "smtp_tls_wrappermode": YES_NO,
        "smtpd_tls_auth_only": YES_NO,
        "smtpd_tls_chain_files": Shape(rf"({imported})/key\.pem, \1/certificate\.pem|"),
        "smtpd_tls_cert_file": Shape(rf"{imported}/certificate\.pem|"),
        "smtpd_tls_key_file": Shape(rf"{imported}/key\.pem|"),
        "smtpd_tls_security_level": Choice(("none", "may", "encrypt")),
        "smtpd_tls_session_cache_database": cache("smtpd_scache"),
        "smtpd_tls_wrappermode": YES_NO,
        "tls_append_default_CA": YES_NO,
    }


def _delivery(home: Home) -> dict[str, ValueGrammar]:
    transport = Transport(home)
    routes = Maps(home)
    return {
        "address_verify_map": exact("", "btree:$data_directory/verify_cache"),
        "bounce_queue_lifetime": Time(),
        "content_filter": transport,
        "disable_mime_output_conversion": YES_NO,
        "default_transport": Transport(home, may_be_empty=False),
        "local_transport": Transport(home, may_be_empty=False),
        "mailbox_size_limit": Integer(high=2**63 - 1),
        "mailbox_transport": transport,
        "maximal_backoff_time": Time(low=1),
        "maximal_queue_lifetime": Time(),
        "minimal_backoff_time": Time(low=1),
        "queue_run_delay": Time(low=1),
        "relay_transport": Transport(home, may_be_empty=False),
        "relayhost": Each(is_nexthop),
        "sender_dependent_default_transport_maps": routes,
        "sender_dependent_relayhost_maps": routes,
        "smtp_delivery_status_filter": routes,
        "smtp_bind_address": Each(is_address),
        "smtp_bind_address6": Each(is_address),
        "smtp_fallback_relay": Each(is_nexthop),
        "smtp_sasl_auth_enable": YES_NO,
        "smtp_sasl_password_maps": routes,
        "smtp_sasl_security_options": _SASL_OPTIONS,
        "smtp_sasl_tls_security_options": _SASL_OPTIONS,
        "smtp_send_xforward_command": YES_NO,
        "smtp_sender_dependent_authentication": YES_NO,
        "transport_maps": routes,
        "virtual_mailbox_limit": Integer(high=2**63 - 1),
        "virtual_transport": Transport(home, may_be_empty=False),
    }
