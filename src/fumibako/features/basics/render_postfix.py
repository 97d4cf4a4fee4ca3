"""The basic settings as Postfix has them. What is said here and why: postconf(5) explains each parameter."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from fumibako.assembly.facts import Facts
from fumibako.assembly.fragment import Fragment
from fumibako.assembly.restrictions import Policy, Rule, restrictions
from fumibako.features.basics.greeting import MAIL_NAME, after_host_name, mail_name
from fumibako.features.basics.listeners import (
    LOOPBACK,
    asking_services,
    scanner_nexthop,
    scanner_services,
    smtp_services,
)
from fumibako.features.basics.section import Basics, MilterScanner
from fumibako.formats.main_cf import literal
from fumibako.formats.master_cf import Service

_BOUNCE_SIZE: Final = 50_000  # octets of the original that a bounce carries: Postfix's default
_LEAST_BOUNCE: Final = 1024  # what the applier accepts at least; a bounce's own lines are longer than a tinier limit


def postfix_fragments(basics: Basics, facts: Facts, rules: Iterable[Rule], permitted: str) -> list[Fragment]:
    """`permitted` is the look-up table of the addresses that may send beside this machine itself."""
    own_rules = tuple(rules)
    return [
        _home(facts),
        _name(basics, facts),
        _trust(facts, own_rules, permitted),
        _tls(facts),
        _limits(basics),
        *([_scanner(basics)] if basics.content_filter is not None else []),
        *([_milter(basics.milter_scanner)] if basics.milter_scanner is not None else []),
        Fragment("Listeners", master_cf=tuple(smtp_services(basics, own_rules))),
        Fragment(
            "What would happen: clones that answer and take no mail",
            master_cf=tuple(asking_services(basics, own_rules)),
        ),
        Fragment("Postfix's own services", master_cf=_own_services(basics, facts)),
    ]


def _home(facts: Facts) -> Fragment:
    home = facts.home
    return Fragment(
        "Where this mail server lives",
        {
            "compatibility_level": "3.6",
            "queue_directory": str(home.queue),
            "data_directory": str(home.data),
            "maillog_file": str(home.postfix_log),
            "maillog_file_prefixes": str(home.server_log),
            # Short ids end in an inode number and come again; a message's story needs ids that do not.
            "enable_long_queue_ids": "yes",
            # A daemon that died of a database that was away for a moment is back in two seconds, not in sixty.
            "service_throttle_time": "2s",
            "biff": "no",
            # Trouble goes to the log, which is watched; mail about it to nobody would only loop.
            "notify_classes": "",
        },
    )


def _name(basics: Basics, facts: Facts) -> Fragment:
    return Fragment(
        "Who this server is",
        {
            "myhostname": basics.hostname,
            "mydomain": basics.hostname.partition(".")[2],
            "myorigin": basics.primary_domain or facts.first_domain or basics.hostname,
            "mail_name": MAIL_NAME,
            "smtpd_banner": "$myhostname "
            + literal(
                after_host_name(basics.advanced.smtpd_banner, basics.hostname, mail_name(basics.local_overrides))
            ),
            # master.cf names the addresses: a change of `inet_interfaces` would need a restart, these only a reload.
            "inet_interfaces": "all",
            "inet_protocols": "all",
            "append_dot_mydomain": "no",
        },
    )


def _trust(facts: Facts, rules: tuple[Rule, ...], permitted: str) -> Fragment:
    """The fence. Listeners say it again in master.cf, each for itself; what stands here holds for one that would say
    nothing. And proxymap(8) reads only tables that main.cf names."""
    own = restrictions(Policy(trusts_loopback=True, auth="none"), rules)
    return Fragment(
        "Whom it trusts",
        {
            "mynetworks": f"{LOOPBACK}, {permitted}",
            "smtpd_relay_restrictions": own["smtpd_relay_restrictions"],
            "smtpd_recipient_restrictions": own["smtpd_recipient_restrictions"],
            "smtpd_sasl_auth_enable": "no",
            "smtpd_sasl_type": "dovecot",
            "smtpd_sasl_path": f"{facts.home.dovecot}/auth-postfix",
            "smtpd_sasl_security_options": "noanonymous",
            # Header addresses of a stranger's message are not ours to complete.
            "local_header_rewrite_clients": "permit_mynetworks, permit_sasl_authenticated",
            "remote_header_rewrite_domain": "",
            "parent_domain_matches_subdomains": "",
            "allow_percent_hack": "no",
            "swap_bangpath": "no",
            "disable_vrfy_command": "yes",
            "smtpd_discard_ehlo_keywords": "silent-discard, etrn",
            # Dovecot 2.3 takes no SMTPUTF8 mail: announcing it here would turn such mail into bounces. Internationalised
            # domains are A-labels on the wire and need none.
            "smtputf8_enable": "no",
            **_against_smuggling(facts),
        },
    )


def _against_smuggling(facts: Facts) -> dict[str, str]:
    """SMTP smuggling (CVE-2023-51764): one message must not become two because servers read line ends differently.
    Debian's Postfix has the defences and leaves them off; they hold for this machine's own clients too."""
    parameters = {}
    if facts.postfix_has((3, 9), (3, 8, 1), (3, 7, 6)):
        parameters["smtpd_forbid_unauth_pipelining"] = "yes"
    if facts.postfix_has((3, 9), (3, 8, 6), (3, 7, 11)):
        parameters["smtpd_forbid_bare_newline"] = "normalize"
        parameters["smtpd_forbid_bare_newline_exclusions"] = ""
    return parameters


def _tls(facts: Facts) -> Fragment:
    return Fragment(
        "TLS",
        {
            "smtpd_tls_chain_files": f"{facts.certificate.key}, {facts.certificate.certificate}",
            "smtpd_tls_security_level": "may",
            "smtpd_tls_auth_only": "yes",
            "smtpd_tls_protocols": ">=TLSv1.2",
            "smtpd_tls_mandatory_protocols": ">=TLSv1.2",
            "smtpd_tls_ciphers": "medium",
            "smtpd_tls_mandatory_ciphers": "medium",
            "smtpd_tls_received_header": "yes",
            "smtpd_tls_loglevel": "1",
            "smtp_tls_security_level": "may",
            "smtp_tls_loglevel": "1",
        },
    )


def _limits(basics: Basics) -> Fragment:
    advanced = basics.advanced
    limit = basics.message_size_limit
    return Fragment(
        "Limits and times",
        {
            "message_size_limit": str(limit),
            # With a limit of its own below message_size_limit a delivery agent refuses to work at all.
            "mailbox_size_limit": "0",
            "virtual_mailbox_limit": "0",
            # A bounce is a message too and must stay within the limit.
            "bounce_size_limit": str(min(_BOUNCE_SIZE, max(limit // 2, _LEAST_BOUNCE)) if limit else _BOUNCE_SIZE),
            "minimal_backoff_time": f"{advanced.minimal_backoff_time}s",
            "maximal_backoff_time": f"{advanced.maximal_backoff_time}s",
            # The queue is looked through at least as often as its shortest wait.
            "queue_run_delay": f"{min(300, advanced.minimal_backoff_time)}s",
            "maximal_queue_lifetime": f"{advanced.maximal_queue_lifetime}s",
            "bounce_queue_lifetime": f"{advanced.maximal_queue_lifetime}s",
            "smtpd_client_connection_count_limit": str(advanced.smtpd_client_connection_count_limit),
            "smtpd_client_connection_rate_limit": str(advanced.smtpd_client_connection_rate_limit),
            "anvil_rate_time_unit": "60s",
            "smtpd_client_event_limit_exceptions": LOOPBACK,
        },
    )


def _scanner(basics: Basics) -> Fragment:
    """Mail goes to the scanner when it has been accepted and comes back on loopback. While the scanner is down, mail
    waits in the queue. Addresses are rewritten on the way back only, else aliases would be looked up twice."""
    scanner = basics.content_filter
    assert scanner is not None
    return Fragment(
        "Virus scanner",
        {
            "content_filter": f"scan:{scanner_nexthop(scanner.host, scanner.port)}",
            "receive_override_options": "no_address_mappings",
        },
        tuple(scanner_services(basics)),
    )


def _milter(scanner: MilterScanner) -> Fragment:
    """A scanner that is asked before a message is taken. One that is down is no reason to let mail pass, nor to refuse
    it for good: 451. The clones of the listeners do not ask it."""
    at = f"unix:{scanner.socket}" if scanner.socket else f"inet:{scanner_nexthop(scanner.host, scanner.port)}"
    milter = f"{{ {at}, default_action=tempfail, connect_timeout=10s, content_timeout=120s }}"
    return Fragment("Virus scanner as a milter", {"smtpd_milters": milter, "non_smtpd_milters": milter})


def _unix(name: str, program: str, wakeup: str = "-", limit: str = "-") -> Service:
    return Service(name, "unix", program, wakeup=wakeup, limit=limit)


def _public(name: str, program: str, wakeup: str = "-", limit: str = "-") -> Service:
    """A service whose socket all members of the queue's group may reach."""
    return Service(name, "unix", program, "n", wakeup=wakeup, limit=limit)


def _own_services(basics: Basics, facts: Facts) -> tuple[Service, ...]:
    """A scanner that is a milter would refuse a bounce that quotes a virus, and it would be made for ever: beside one, bounces
    go through a cleanup(8) of their own that asks the mail filter alone, which signs them."""
    if basics.milter_scanner is None:
        return _OWN_SERVICES
    milter = f"unix:{facts.home.milter_socket}"
    options = (("cleanup_service_name", "cleanup-bounce"),)
    services = [replace(each, options=options) if each.program == "bounce" else each for each in _OWN_SERVICES]
    cleanup = replace(_public("cleanup-bounce", "cleanup", limit="0"), options=(("non_smtpd_milters", milter),))
    return (*services, cleanup)


# No local(8), virtual(8) or pipe(8): nothing here writes files as somebody or runs a program.
_OWN_SERVICES: Final = (
    _public("pickup", "pickup", wakeup="60", limit="1"),
    _public("cleanup", "cleanup", limit="0"),
    _public("qmgr", "qmgr", wakeup="300", limit="1"),
    _unix("tlsmgr", "tlsmgr", wakeup="1000?", limit="1"),
    _unix("rewrite", "trivial-rewrite"),
    _unix("bounce", "bounce", limit="0"),
    _unix("defer", "bounce", limit="0"),
    _unix("trace", "bounce", limit="0"),
    _unix("verify", "verify", limit="1"),
    _public("flush", "flush", wakeup="1000?", limit="0"),
    _unix("proxymap", "proxymap"),
    _unix("proxywrite", "proxymap", limit="1"),
    _unix("smtp", "smtp"),
    _public("showq", "showq"),
    _unix("error", "error"),
    _unix("retry", "error"),
    _unix("discard", "discard"),
    _unix("lmtp", "lmtp"),
    _unix("anvil", "anvil", limit="1"),
    _unix("scache", "scache", limit="1"),
    Service("postlog", "unix-dgram", "postlogd", "n", limit="1"),
)
