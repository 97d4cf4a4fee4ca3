"""The audit trail: who did what. No secret is ever written to it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Q

from fumibako.actions.caller import Caller
from fumibako.actions.permission import require
from fumibako.store.models import Audit


def record(who: Caller | str, verb: str, path: str = "", **detail: Any) -> None:
    """Add an entry, in the transaction of what it tells of."""
    name = who if isinstance(who, str) else who.who
    if isinstance(who, Caller) and who.network:
        detail["network"] = who.network
    Audit.objects.create(who=name[:80], verb=verb, path=path[:400], detail=detail)


def entries(caller: Caller, *, before: int | None = None, limit: int = 50) -> tuple[list[Audit], int | None]:
    """The newest entries before the number `before`, and where to go on, None at the end. Who administers some domains
    sees what he did himself."""
    require(caller, "see_audit")
    found = Audit.objects.order_by("-id")
    if caller.domains is not None:
        # Himself, and his tokens: `taro (backup)`. A name has neither blanks nor brackets.
        own = caller.who.partition(" (")[0]
        found = found.filter(Q(who=own) | Q(who__startswith=f"{own} ("))
    if before is not None:
        found = found.filter(id__lt=before)
    page = list(found[: limit + 1])
    return page[:limit], page[limit - 1].pk if len(page) > limit else None


def as_json(entry: Audit) -> dict[str, Any]:
    at: datetime = entry.at
    return {
        "id": entry.pk,
        "at": at.isoformat(),
        "who": entry.who,
        "verb": entry.verb,
        "path": entry.path,
        "detail": entry.detail,
    }
