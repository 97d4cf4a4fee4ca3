"""Accounts that were removed: they can be brought back with their mail until the time of grace is over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.utils import timezone

from fumibako.actions.caller import Caller
from fumibako.actions.permission import require
from fumibako.store import directory, removed_accounts

GRACE: Final = timedelta(days=30)
_BATCH: Final = 100


@dataclass(frozen=True, slots=True)
class Removal:
    """`replaced` says that an account has the address again: this one can then only be restored under another name."""

    number: int
    address: str
    name: str
    removed: datetime
    until: datetime
    replaced: bool

    def as_json(self) -> dict[str, Any]:
        return {
            "address": self.address,
            "name": self.name,
            "removed": self.removed.isoformat(),
            "until": self.until.isoformat(),
            "replaced": self.replaced,
        }


def listed(caller: Caller, *, after: int = 0, limit: int = 50) -> list[Removal]:
    """The removals, the latest first; go on `after` the number of the last."""
    require(caller, "look_at_rows")
    found = removed_accounts.page(after=after, within=caller.domains, limit=max(1, min(limit, 1000)))
    there = directory.rows("accounts", [each.address for each in found])
    return [
        Removal(
            each.pk,
            each.address,
            str(each.row.get("name", "")),
            each.removed,
            each.removed + GRACE,
            each.address in there,
        )
        for each in found
    ]


def due(caller: Caller) -> list[str]:
    """Mailboxes whose time of grace is over, some at a time."""
    require(caller, "be_agent")
    return removed_accounts.due(timezone.now() - GRACE, _BATCH)


def gone(caller: Caller, mailboxes: Sequence[str]) -> None:
    """The agent says that this mail is thrown away."""
    require(caller, "be_agent")
    removed_accounts.forget(mailboxes)
