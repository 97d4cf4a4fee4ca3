"""System accounts (システムアカウント): the operating system's users, who of them takes mail here, and with which limit.

They are in no domain that was given to somebody: only who administers the server sees them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from fumibako.actions import drafts
from fumibako.actions import view as views
from fumibako.actions.caller import Caller
from fumibako.actions.checking import Wanted
from fumibako.actions.permission import require
from fumibako.actions.trouble import Missing
from fumibako.features.directory.administrator import NAMES
from fumibako.features.directory.system_users import LIMITS, may_be_account
from fumibako.features.quotas.room import percent
from fumibako.schema.place import Json, looked_up, written
from fumibako.schema.text import Text
from fumibako.store import system_users as store
from fumibako.store.usage import moment
from fumibako.wire.console import SystemUsers

# How a user of the system stands to mail here.
State = Literal["receives", "hidden", "off", "administrator", "never"]
STATES: Final[Mapping[State, Text]] = {
    "receives": Text("receives mail", "受信します"),
    "hidden": Text(
        "an account of this address is here: mail goes to it",
        "同じアドレスのアカウントがあり、メールはそちらに届きます",
    ),
    "off": Text("not in use: system accounts are switched off", "停止中（システムアカウントはオフです）"),
    "administrator": Text(
        "no mailbox: mail goes to the administrator", "メールボックスなし（メールは管理者に届きます）"
    ),
    "never": Text("no mailbox", "メールボックスなし"),
}


@dataclass(frozen=True, slots=True)
class SystemLine:
    """A user as the lists show him. `live` is the limit that holds, `limit` the one that is staged, or the same."""

    name: str
    uid: int
    gecos: str
    address: str
    used: int
    messages: int
    live: int | None
    limit: int | None
    state: State
    last_login: datetime | None = None

    @property
    def changed(self) -> bool:
        return self.live != self.limit

    @property
    def mark(self) -> str:
        return "changed" if self.changed else ""

    @property
    def receives(self) -> bool:
        return self.state == "receives"

    @property
    def said(self) -> Text:
        return STATES[self.state]

    @property
    def percent(self) -> int | None:
        return percent(self.used, self.live)

    @property
    def path(self) -> str:
        return written((*LIMITS, self.name))

    def as_json(self) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "name": self.name,
            "uid": self.uid,
            "full_name": self.gecos,
            "address": self.address or None,
            "state": self.state,
            "usage_bytes": self.used,
            "messages": self.messages,
            "quota_mb": self.live,
            "percent": self.percent,
            "last_login": self.last_login.isoformat() if self.last_login else None,
        }
        return shown | ({"mark": self.mark, "staged_quota_mb": self.limit} if self.changed else {})


def heard(caller: Caller, said: Mapping[str, Any]) -> None:
    """All users of the agent's machine (`fumibako.wire.console.SystemUsers`)."""
    require(caller, "be_agent")
    store.replace((each.name, each.uid, each.gecos, each.address) for each in SystemUsers.from_json(said).users)


def listed(caller: Caller, search: str = "") -> list[SystemLine]:
    """All of them by name, root and services too; none for who administers some domains."""
    require(caller, "look_at_rows")
    if caller.domains is not None:
        return []
    rows = store.found(search.strip())
    live, staged = views.live(), drafts.view(caller)
    limits, new = (looked_up(view.settings, LIMITS) or {} for view in (live, staged))
    accounts = live.rows("accounts", [row.address for row in rows if row.address])
    on = bool(looked_up(live.settings, ("basics", "system_accounts")))

    def state(name: str, uid: int, address: str) -> State:
        if not may_be_account(name, uid):
            return "administrator" if live.has_administrator and name in NAMES else "never"
        if not on or not address:
            return "off"
        return "hidden" if address in accounts else "receives"

    return [
        SystemLine(
            row.name,
            row.uid,
            row.gecos,
            row.address,
            row.usage_bytes,
            row.usage_messages,
            _limit(limits, row.name),
            _limit(new, row.name),
            state(row.name, row.uid, row.address),
            moment(row.last_login) if row.last_login is not None else None,
        )
        for row in rows
    ]


def one(caller: Caller, name: str) -> SystemLine:
    """Raises `Missing`, also for one who takes no mail here: there is nothing to limit."""
    found = next((line for line in listed(caller) if line.name == name and line.state in ("receives", "hidden")), None)
    if found is None:
        raise Missing
    return found


def wanted(name: str, limit: Json) -> Wanted:
    """A limit in MBytes as somebody wrote it; None: no limit."""
    return Wanted((*LIMITS, name), None if limit is None else {"quota_mb": limit})


def _limit(limits: Mapping[str, Any], name: str) -> int | None:
    return (limits.get(name) or {}).get("quota_mb")
