"""What a caller may do: one table, asked by every action."""

from __future__ import annotations

from typing import Final, Literal

from fumibako.actions.caller import Caller, Power
from fumibako.actions.trouble import Denied, Unknown

Right = Literal[
    "look",  # settings, directory, history, runs, status
    "stage",  # own draft; plans
    "apply",  # make edits live, confirm, restore, set passwords
    "see_secrets",  # password hashes in an export
    "see_audit",
    "manage_tokens",
    "make_first_code",  # root of the machine alone
    "be_agent",
]

_RIGHTS: Final[dict[Power, frozenset[Right]]] = {
    "server_admin": frozenset({"look", "stage", "apply", "see_secrets", "see_audit", "manage_tokens"}),
    # Domain administrators and account holders have no rooms of their own yet, and nothing of a server administrator's.
    "domain_admin": frozenset(),
    "account_holder": frozenset(),
    "agent": frozenset({"be_agent"}),
    "nobody": frozenset(),
}
_READING: Final[frozenset[Right]] = frozenset({"look"})
_BY_SESSION_OR_SOCKET: Final[frozenset[Right]] = frozenset({"see_secrets", "manage_tokens"})


def may(caller: Caller, right: Right) -> bool:
    """Whether `caller` has `right`. A token with the scope `read` only looks, and no token makes tokens or reads
    secrets: what leaks from a script's configuration must not grow."""
    if caller.via == "socket" and caller.who == "root" and right in {"make_first_code", "be_agent"}:
        return True
    if caller.scope == "read" and right not in _READING:
        return False
    if right in _BY_SESSION_OR_SOCKET and caller.via == "token":
        return False
    return right in _RIGHTS[caller.power]


def require(caller: Caller, right: Right) -> None:
    """Raises `Unknown` for nobody, `Denied` for who may not."""
    if may(caller, right):
        return
    raise Unknown if caller.power == "nobody" and caller.via == "none" else Denied
