"""What listens where, and how each of Postfix's listeners behaves."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from fumibako.assembly.restrictions import Auth, Policy, Rule, for_asking, for_loopback_alone, restrictions
from fumibako.features.basics.section import Basics
from fumibako.features.basics.services import SERVICE_NAMES, service_enabled
from fumibako.formats.master_cf import Service

LOOPBACK: Final = "127.0.0.0/8, [::1]/128"
ASKING: Final = "ask-"  # prefix of the clones' names, private Unix sockets
# Postfix asks it of the client that an XCLIENT has named, too: who reached the socket may go on and name another.
_ANYBODY: Final = "0.0.0.0/0, [::]/0"
# No limit of connections, and no slowing down after errors.
_PATIENT: Final = (
    ("smtpd_client_connection_count_limit", "0"),
    ("smtpd_client_connection_rate_limit", "0"),
    ("smtpd_error_sleep_time", "0"),
    ("smtpd_soft_error_limit", "1001"),
    ("smtpd_hard_error_limit", "1000"),
)

TlsLevel = Literal["none", "opportunistic", "required", "wrapper"]
_SECURITY_LEVEL: Final[dict[TlsLevel, str]] = {
    "none": "none",
    "opportunistic": "may",
    "required": "encrypt",
    "wrapper": "encrypt",
}


@dataclass(frozen=True, slots=True)
class ServiceAddress:
    """One address on which a service listens, or would if it were enabled; names are those of the service table."""

    name: str
    address: str
    port: int
    enabled: bool


@dataclass(frozen=True, slots=True)
class Listener:
    """How one of the SMTP services behaves, wherever it listens."""

    name: str
    port: int
    tls: TlsLevel
    auth: Auth
    plaintext_auth: bool
    behind_scanner: bool = False

    @property
    def policy(self) -> Policy:
        return Policy(trusts_loopback=not self.behind_scanner, auth=self.auth)


def service_addresses(basics: Basics) -> list[ServiceAddress]:
    """Every service on every listen address, in the order of the service table."""
    return [
        ServiceAddress(name, address, getattr(basics.services, name).port, service_enabled(basics.services, name))
        for name in SERVICE_NAMES
        for address in basics.listen
    ]


def smtp_listeners(basics: Basics) -> list[Listener]:
    """Those of the SMTP services that are enabled."""
    smtp, submission, smtps = basics.services.smtp, basics.services.submission, basics.services.smtps
    every = [
        Listener(
            "smtp", smtp.port, smtp.tls, "offered" if smtp.auth else "none", smtp.plaintext_auth, smtp.behind_scanner
        ),
        Listener(
            "submission",
            submission.port,
            submission.tls,
            "required" if submission.auth_required else "offered",
            submission.plaintext_auth,
        ),
        Listener("smtps", smtps.port, "wrapper", "required" if smtps.auth_required else "offered", False),
    ]
    return [listener for listener in every if service_enabled(basics.services, listener.name)]


def smtp_services(basics: Basics, rules: Iterable[Rule]) -> Iterator[Service]:
    """master.cf's entries for the listeners: one an address, so that another address needs but a reload."""
    own_rules = tuple(rules)
    for listener in smtp_listeners(basics):
        options = (
            ("syslog_name", _log_name(listener.name)),
            # The mail filter learns by this name which door a message came through.
            ("milter_macro_daemon_name", listener.name),
            ("smtpd_tls_security_level", _SECURITY_LEVEL[listener.tls]),
            *([("smtpd_tls_wrappermode", "yes")] if listener.tls == "wrapper" else []),
            ("smtpd_sasl_auth_enable", _yes(listener.auth != "none")),
            ("smtpd_tls_auth_only", _yes(not listener.plaintext_auth)),
            *_trust(listener),
            *restrictions(listener.policy, own_rules).items(),
        )
        for address in basics.listen:
            yield Service(endpoint(address, listener.port), "inet", "smtpd", "n", options=options)


def asking_services(basics: Basics, rules: Iterable[Rule]) -> Iterator[Service]:
    """The clones: one an SMTP service, a private Unix socket where XCLIENT says who would be asking.

    A clone decides as its listener does up to RCPT and never takes a message. TLS is not forced there, since XCLIENT
    cannot say that a session is encrypted; nobody is counted, and the log calls it by its own name.
    """
    own_rules = tuple(rules)
    for listener in smtp_listeners(basics):
        options = (
            ("syslog_name", f"postfix/{ASKING}{listener.name}"),
            # It takes no message that could be filtered.
            ("smtpd_milters", ""),
            ("smtpd_authorized_xclient_hosts", _ANYBODY),
            ("smtpd_tls_security_level", "none"),
            ("smtpd_sasl_auth_enable", _yes(listener.auth != "none")),
            ("smtpd_tls_auth_only", "no"),
            *([("mynetworks", "")] if listener.behind_scanner else []),
            # One session puts many questions, most of which may be refused.
            *_PATIENT,
            ("cleanup_service_name", ASKING + "cleanup"),
            *for_asking(listener.policy, own_rules).items(),
        )
        yield Service(ASKING + listener.name, "unix", "smtpd", options=options)
    # A recipient that is accepted opens a queue file, which RSET gives up. cleanup(8) counts it as mail that comes in, and
    # from the hundredth on makes the client wait a second for each (`in_flow_delay`): not for questions.
    yield Service(ASKING + "cleanup", "unix", "cleanup", "n", limit="0", options=(("in_flow_delay", "0"),))


def scanner_services(basics: Basics) -> Iterator[Service]:
    """The client that hands mail to a content filter and the listener that takes it back.

    The filter adds header lines, so a message that was accepted at the limit comes back above it: the way back has a
    cleanup(8) without one, else accepted mail would be lost to 552. What is taken back never goes to the filter again.
    """
    scanner = basics.content_filter
    if scanner is None:
        return
    yield Service(
        "scan",
        "unix",
        "smtp",
        options=(
            ("smtp_send_xforward_command", "yes"),
            ("smtp_tls_security_level", "none"),
            ("smtp_tls_policy_maps", ""),
            ("disable_mime_output_conversion", "yes"),
            ("smtp_host_lookup", "dns, native"),
        ),
    )
    yield Service("cleanup-scanned", "unix", "cleanup", "n", limit="0", options=(("message_size_limit", "0"),))
    yield Service(
        endpoint("127.0.0.1", scanner.reinject_port),
        "inet",
        "smtpd",
        "n",
        options=(
            ("syslog_name", "postfix/scanned"),
            ("content_filter", ""),
            ("cleanup_service_name", "cleanup-scanned"),
            ("message_size_limit", "0"),
            ("receive_override_options", "no_unknown_recipient_checks, no_header_body_checks, no_milters"),
            ("smtpd_authorized_xforward_hosts", LOOPBACK),
            ("smtpd_tls_security_level", "none"),
            ("smtpd_sasl_auth_enable", "no"),
            ("local_header_rewrite_clients", ""),
            # The scanner is one client that brings all mail.
            *_PATIENT,
            *for_loopback_alone().items(),
        ),
    )


def scanner_nexthop(host: str, port: int) -> str:
    """The scanner as smtp(8) is told: the host itself, no MX look-up."""
    return f"[{host}]:{port}"


def endpoint(address: str, port: int) -> str:
    """Address and port as master.cf has them: `192.0.2.1:25`, `[2001:db8::1]:25`."""
    return f"[{address}]:{port}" if is_ipv6(address) else f"{address}:{port}"


def is_ipv6(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).version == 6
    except ValueError:
        return False


def _trust(listener: Listener) -> list[tuple[str, str]]:
    """Behind a scanner every stranger comes from the scanner's address: no address is trusted, and who the client is
    says XCLIENT, from this machine only."""
    if not listener.behind_scanner:
        return []
    return [("mynetworks", ""), ("smtpd_authorized_xclient_hosts", LOOPBACK)]


def _log_name(name: str) -> str:
    return "postfix" if name == "smtp" else f"postfix/{name}"


def _yes(condition: bool) -> str:
    return "yes" if condition else "no"
