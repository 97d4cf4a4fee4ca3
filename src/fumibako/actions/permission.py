"""What a caller may do, and with which part of the directory: the one place that decides, asked by every action.

A right says what may be done, a caller's `domains` with which rows: a server administrator's are all of them, a domain
administrator's the accounts, aliases and signing keys of the domains that were given to him. Rows of others are to him as
if they were not there (`actions.view`): what is refused about them is said in the words that are said of names that nobody has.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal

from fumibako.actions.caller import Caller, Power
from fumibako.actions.trouble import Denied, Unknown
from fumibako.schema.edit import Edit
from fumibako.schema.place import Place

Right = Literal[
    # The server as a whole: what is new and asks for one of these is closed to domain administrators.
    "look",  # settings, status, relays, runs of others
    "stage",
    "apply",
    "see_secrets",  # password hashes in an export
    "manage_operators",
    # Rows of one's own domains.
    "look_at_rows",  # lists, search, quotas, their history
    "stage_rows",  # own draft; plans
    "apply_rows",  # make edits live, confirm, restore, set passwords
    "see_audit",  # of what one did oneself
    "manage_tokens",  # one's own
    "see_private_keys",  # of those domains
    "own_account",  # the one that an account holder has logged in as
    "make_first_code",  # root of the machine alone
    "be_agent",
]

_ROWS: Final[frozenset[Right]] = frozenset(
    {"look_at_rows", "stage_rows", "apply_rows", "see_audit", "manage_tokens", "see_private_keys"}
)
_RIGHTS: Final[dict[Power, frozenset[Right]]] = {
    "server_admin": _ROWS | {"look", "stage", "apply", "see_secrets", "manage_operators"},
    "domain_admin": _ROWS,
    "account_holder": frozenset({"own_account"}),
    "agent": frozenset({"be_agent"}),
    "nobody": frozenset(),
}
_READING: Final[frozenset[Right]] = frozenset({"look", "look_at_rows"})
_BY_SESSION_OR_SOCKET: Final[frozenset[Right]] = frozenset(
    {"see_secrets", "see_private_keys", "manage_tokens", "manage_operators"}
)


def may(caller: Caller, right: Right) -> bool:
    """Whether `caller` has `right`. A token with the scope `read` only looks, and no token makes tokens or operators or
    reads secrets: what leaks from a script's configuration must not grow."""
    if caller.via == "socket" and caller.who == "root" and right in {"make_first_code", "be_agent"}:
        return True
    if caller.scope == "read" and right not in _READING:
        return False
    if right == "own_account" and caller.account is None:
        return False
    if right in _BY_SESSION_OR_SOCKET and caller.via == "token":
        return False
    return right in _RIGHTS[caller.power]


def require(caller: Caller, right: Right) -> None:
    """Raises `Unknown` for nobody, `Denied` for who may not."""
    if may(caller, right):
        return
    raise Unknown if caller.power == "nobody" and caller.via == "none" else Denied


def changes(caller: Caller, place: Place) -> bool:
    """Whether what stands at `place` is the caller's to change: domains themselves and settings are the server's."""
    if caller.domains is None:
        return True
    return _in_a_table(place) and domain_of(place) in caller.domains


def shows(caller: Caller, place: Place) -> bool:
    """Whether the caller may see what stands at `place`."""
    return changes(caller, place) or (place[0] == "domains" and len(place) > 1 and place[1] in (caller.domains or ()))


def require_tables(caller: Caller, places: Iterable[Place]) -> None:
    """Raises `Denied` where a place is not even in the part of the directory that the caller's rows are in. Whose row it
    is, is not looked at: of others' the view says that they are not there."""
    if caller.domains is not None and not all(map(_in_a_table, places)):
        raise Denied


def require_edits(caller: Caller, edits: Iterable[Edit]) -> None:
    """Raises `Denied` where an edit is not the caller's to make. Whatever was checked before, nothing goes past this."""
    if caller.domains is not None and not all(changes(caller, edit.place) for edit in edits):
        raise Denied


def domain_of(place: Place) -> str:
    """The domain that a row is in, empty for what is none."""
    if len(place) < 2 or place[0] not in {"domains", "accounts", "aliases"}:
        return ""
    return place[1].rpartition("@")[2]


def _in_a_table(place: Place) -> bool:
    return len(place) > 1 and place[0] in {"accounts", "aliases"}
