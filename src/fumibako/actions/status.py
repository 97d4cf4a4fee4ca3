"""How things are right now, and the overview's numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings as django_settings
from django.core.cache import cache

from fumibako.actions import agent_link, conflicts, directory, drafts, history, runs
from fumibako.actions import view as views
from fumibako.actions.administrator_checks import administrator_of, reaches_somebody
from fumibako.actions.caller import Caller
from fumibako.actions.certificate import described
from fumibako.actions.history import Line
from fumibako.actions.permission import may, require
from fumibako.actions.result import Result
from fumibako.document.render import services
from fumibako.document.settings import parse
from fumibako.features.spam.check import LISTS
from fumibako.features.spam.told import DEAD
from fumibako.schema.place import looked_up
from fumibako.store import revisions
from fumibako.store.models import Run

_FRESH: Final = 30  # seconds


@dataclass(frozen=True)
class Overview:
    """`status` is as `status()` gives it; `staged` counts staged edits a chapter; `unconfirmed` is the result of the
    apply that goes back by itself unless confirmed, `running` that of one which is under way."""

    hostname: str
    status: dict[str, Any]
    staged: dict[str, int]
    conflicts: int
    newest: Line
    totals: dict[str, int]
    unconfirmed: Result | None
    running: Result | None


def status(caller: Caller) -> dict[str, Any]:
    """What `fumibako status --json` prints: `revision` (wanted), `applied` (what the agent says serves, None when it does
    not answer), `services`, `console`, `filter`, `queue`, `certificate` (`actions.certificate.described`), `disk` (bytes `free` of
    `total`), `drift`, and what else the agent tells. Measured when asked."""
    require(caller, "look")
    head = revisions.head()
    seen = agent_link.observe()
    told = seen or {}
    more = {name: value for name, value in told.items() if name not in {"ok", "revision"}}
    return {
        **more,
        "revision": head.number,
        "applied": told.get("revision"),
        "services": told.get("services") or silent_services(head.settings),
        "console": {"url": django_settings.FACTS.console_url, "answers": True},
        "filter": told.get("filter") or {"address": f"unix:{django_settings.HOME.milter_socket}", "answers": False},
        "block_lists": told.get("block_lists") or [],
        "agent": {"answers": seen is not None},
        "queue": told.get("queue"),
        "certificate": described(told.get("certificate")),
        "disk": told.get("disk"),
        "drift": told.get("drift", []),
        "administrator": _administrator(),
    }


def _administrator() -> dict[str, Any]:
    """Who gets the mail to postmaster and abuse of every domain, and whether it reaches anybody."""
    view = views.live()
    address = administrator_of(view)
    return {"address": address, "reaches": address is not None and reaches_somebody(view, address)}


def block_lists(caller: Caller) -> list[dict[str, Any]]:
    """The DNS block lists that serve, as the agent and the mail filter know them: `name`, `state` (`alive`, `everybody`,
    `nobody`, `refused`, `silent`), `checked` (seconds), `hits`, `refused`; what is not known is None."""
    require(caller, "look")
    return (agent_link.observe() or {}).get("block_lists") or []


def dead_lists(caller: Caller) -> list[str]:
    """The block lists that are switched off, as it was found some seconds ago: a mark on every page shall not have the agent
    measure everything again."""
    require(caller, "look")
    head = revisions.head()
    entries = looked_up(head.settings, LISTS) or ()
    if not entries:
        return []
    key = f"dead-lists-{head.number}-{hash(tuple(entries))}"
    found = cache.get(key)
    if found is None:
        found = [each["name"] for each in block_lists(caller) if each["state"] in DEAD]
        cache.set(key, found, _FRESH)
    return list(found)


def silent_services(tree: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The services as they should be, when nobody can say how they are."""
    shown: dict[str, dict[str, Any]] = {}
    for service in services(parse(tree)):
        host = f"[{service.address}]" if ":" in service.address else service.address
        address = f"{host}:{service.port}"
        shown.setdefault(service.name, {"address": address, "enabled": service.enabled, "answers": False})
    return shown


def overview(caller: Caller) -> Overview:
    require(caller, "look")
    live = views.live()
    staging = may(caller, "stage")
    waiting, under_way = revisions.unconfirmed(), revisions.unsettled()
    run = Run.objects.filter(revision=waiting, kind="apply").select_related("revision").first() if waiting else None
    return Overview(
        live.settings["basics"]["hostname"],
        status(caller),
        drafts.counts(caller) if staging else {},
        len(conflicts.found(caller)) if staging else 0,
        history.newest(caller),
        directory.totals(caller),
        runs.result_of(run) if run else None,
        runs.result_of(under_way) if under_way else None,
    )
