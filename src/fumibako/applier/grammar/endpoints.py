"""Where Postfix may connect to: milters, policy services, content filters and the transports of its own master.cf."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from fumibako.applier.grammar.maps import words_of
from fumibako.applier.grammar.words import is_nexthop, not_allowed
from fumibako.formats.values import Problem, Time
from fumibako.layout import Home

_TIME: Final = Time()
# The one socket of another program: what is spoken there is the milter protocol alone.
CLAMAV_MILTER: Final = "/run/clamav/clamav-milter.ctl"
_TRANSPORT: Final = re.compile(r"[a-z][a-z0-9-]*")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One or several milters or policy services: `inet:HOST:PORT`, or a socket of our own mail filter; alone, or in
    braces with options: `{ unix:HOME/server/filter/milter.sock, default_action=tempfail, connect_timeout=2s }`."""

    home: Home
    actions: tuple[str, ...]

    def problem(self, value: str) -> Problem | None:
        return next((not_allowed(word) for word in words_of(value) if not self.accepts(word)), None)

    def accepts(self, word: str) -> bool:
        if word.startswith("{") and word.endswith("}"):
            first, *options = words_of(word[1:-1]) or [""]
            return self._is_socket(first) and all(self._is_option(option) for option in options)
        return self._is_socket(word)

    def _is_socket(self, word: str) -> bool:
        if word == f"unix:{CLAMAV_MILTER}" and "tempfail" in self.actions:
            return True
        if word.startswith("unix:"):
            return re.fullmatch(rf"unix:{re.escape(str(self.home.filter))}/[a-z0-9-]+\.sock", word) is not None
        return word.startswith("inet:") and ":" in word[5:] and is_nexthop(word[5:])

    def _is_option(self, option: str) -> bool:
        name, _, value = option.partition("=")
        if name == "default_action":
            return value in self.actions
        if name in ("connect_timeout", "command_timeout", "content_timeout", "timeout", "retry_delay"):
            return _TIME.problem(value) is None
        if name == "policy_context":
            return re.fullmatch(r"[a-z][a-z0-9-]{0,40}", value) is not None
        return (name, value) == ("protocol", "6") or (name == "try_limit" and re.fullmatch(r"[1-9]", value) is not None)


def milters(home: Home) -> Endpoint:
    return Endpoint(home, ("accept", "tempfail", "reject", "quarantine", "shutdown"))


def policy_services(home: Home) -> Endpoint:
    return Endpoint(home, ("DUNNO", "DEFER", "DEFER_IF_PERMIT", "REJECT"))


@dataclass(frozen=True, slots=True)
class Transport:
    """`smtp`, `smtp:[relay.example]:25`, `error:5.1.1 No such user`, `lmtp:unix:HOME/server/dovecot/lmtp`.

    The name is that of a service in master.cf, where only harmless daemons can stand; what follows is a host, a
    text, or Dovecot's own socket.
    """

    home: Home
    may_be_empty: bool = True

    def problem(self, value: str) -> Problem | None:
        if value == "":
            return None if self.may_be_empty else not_allowed(value)
        name, colon, nexthop = value.partition(":")
        if not _TRANSPORT.fullmatch(name):
            return not_allowed(value)
        if name in ("error", "retry", "discard"):
            return None if re.fullmatch(r"[A-Za-z0-9 .,()-]{0,200}", nexthop) else not_allowed(value)
        if not colon or nexthop == f"unix:{self.home.dovecot}/lmtp" or is_nexthop(nexthop):
            return None
        return not_allowed(value)
