"""The services that may stand in master.cf: listeners, the daemons that mail needs, and clones for questions.

The programs are a closed list. Missing on purpose: `pipe`, `spawn`, `local` and `virtual` run commands or deliver to files as any
user; `postscreen` and `tlsproxy` are not ours yet. No service runs unprivileged-off (the `n` in the fifth column is root).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from fumibako.applier.grammar.postfix_main import MAIN_ONLY, grammar_of
from fumibako.applier.grammar.words import is_address, not_allowed
from fumibako.formats.master_cf import MasterCf, Service
from fumibako.formats.values import Problem
from fumibako.layout import Home

# The names that Postfix's own daemons look for, each with its program.
NAMED: Final = {
    "anvil": "anvil",
    "bounce": "bounce",
    "cleanup": "cleanup",
    "defer": "bounce",
    "discard": "discard",
    "error": "error",
    "flush": "flush",
    "lmtp": "lmtp",
    "pickup": "pickup",
    "postlog": "postlogd",
    "proxymap": "proxymap",
    "proxywrite": "proxymap",
    "qmgr": "qmgr",
    "relay": "smtp",
    "retry": "error",
    "rewrite": "trivial-rewrite",
    "scache": "scache",
    "showq": "showq",
    "smtp": "smtp",
    "tlsmgr": "tlsmgr",
    "trace": "bounce",
    "verify": "verify",
}
# What a service with a name of its own may be: a delivery agent over the network, or a cleanup with its own rules.
OWN: Final = frozenset({"smtp", "lmtp", "error", "discard", "cleanup"})
# A listener on a Unix socket answers what-if questions. Its peer counts as loopback and may say XCLIENT, so it must
# never take a message.
ASK: Final = re.compile(r"ask-[a-z0-9-]{1,40}")
# There, and only there, who was named by XCLIENT may name another: nobody reaches a private socket but through us.
_ASKED_BY_ANYBODY: Final = ("smtpd_authorized_xclient_hosts", "0.0.0.0/0, [::]/0")
_LISTENER: Final = re.compile(r"(?:([0-9.]+)|\[([0-9A-Fa-f:.]+)\]):([1-9][0-9]{0,4})")
_OWN_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,40}")


def problems(master: MasterCf, home: Home) -> Iterator[tuple[str, str, Problem]]:
    """Service, parameter (or column) and problem of everything in the file that may not be installed."""
    for service in master.services():
        yield from ((service.name, "", problem) for problem in _shape(service))
        for name, value in service.options:
            if (name, value) == _ASKED_BY_ANYBODY and _answers_questions(service):
                continue
            grammar = None if name in MAIN_ONLY else grammar_of(name, home)
            problem = unknown_parameter(name) if grammar is None else grammar.problem(value)
            if problem:
                yield service.name, name, problem


def listener_of(service: Service) -> tuple[str, int] | None:
    """Address and port of a service that listens on the network; None for any other, or for a bad one."""
    found = _LISTENER.fullmatch(service.name) if service.kind == "inet" else None
    if not found or not is_address(found[1] or found[2]) or int(found[3]) > 65535:
        return None
    return found[1] or found[2], int(found[3])


def _shape(service: Service) -> Iterator[Problem]:
    if service.unprivileged == "n" or service.chroot != "n":
        yield Problem(
            "powers",
            "A service may neither run as root nor in a chroot.",
            "サービスを root や chroot で動かすことはできません。",
        )
    if not _is_known(service):
        yield not_allowed(f"{service.name} {service.kind} … {service.program}")
    if service.kind == "unix" and service.program == "smtpd":
        if ("smtpd_data_restrictions", "reject") not in service.options:
            yield Problem(
                "takes_mail",
                "A listener for questions needs smtpd_data_restrictions = reject.",
                "問い合わせ用のサービスには smtpd_data_restrictions = reject が必要です。",
            )
        if service.private == "n":
            yield Problem(
                "public", "A listener for questions must be private.", "問い合わせ用のサービスは公開できません。"
            )


def _is_known(service: Service) -> bool:
    if service.kind == "inet":
        return service.program == "smtpd" and listener_of(service) is not None
    if service.name in NAMED:
        kind = "unix-dgram" if service.name == "postlog" else "unix"
        return service.kind == kind and service.program == NAMED[service.name]
    if service.kind != "unix":
        return False
    if service.program == "smtpd":
        return _answers_questions(service)
    return service.program in OWN and _OWN_NAME.fullmatch(service.name) is not None


def _answers_questions(service: Service) -> bool:
    return service.kind == "unix" and service.program == "smtpd" and ASK.fullmatch(service.name) is not None


def unknown_parameter(name: str) -> Problem:
    return Problem(
        "unknown_parameter",
        f"The parameter {name} may not be installed.",
        f"パラメーター {name} は設置が許可されていません。",
    )
