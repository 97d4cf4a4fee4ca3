"""Numbers for Prometheus, in its text format 0.0.4."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fumibako.actions import directory
from fumibako.actions.caller import Caller
from fumibako.actions.status import status
from fumibako.features.spam.told import DEAD


def exposition(caller: Caller) -> str:
    seen = status(caller)
    totals = directory.totals(caller)
    lines = [
        *_gauge("fumibako_revision", "The revision that is wanted.", [("", seen["revision"])]),
        *_gauge("fumibako_agent_up", "Whether the agent answers.", [("", int(seen["agent"]["answers"]))]),
        *_gauge("fumibako_drift_files", "Files changed by hand.", [("", len(seen["drift"]))]),
        *_gauge("fumibako_domains", "Domains.", [("", totals["domains"])]),
        *_gauge("fumibako_accounts", "Accounts.", [("", totals["accounts"])]),
        *_gauge("fumibako_aliases", "Aliases.", [("", totals["aliases"])]),
        *_gauge(
            "fumibako_service_up",
            "Whether a service that is on answers.",
            [
                (f'{{service="{name}"}}', int(bool(each["answers"])))
                for name, each in seen["services"].items()
                if each["enabled"]
            ],
        ),
    ]
    lines += _block_lists(seen["block_lists"])
    if seen["applied"] is not None:
        lines += _gauge("fumibako_revision_applied", "The revision that serves.", [("", seen["applied"])])
    if seen["queue"] is not None:
        lines += _gauge("fumibako_queue_messages", "Messages in the queue.", [("", seen["queue"])])
    return "\n".join(lines) + "\n"


def _block_lists(lists: Sequence[dict[str, Any]]) -> list[str]:
    """Names of lists are domain names: nothing in them needs quoting."""
    counted = [(f'{{list="{each["name"]}"}}', each["hits"]) for each in lists if each["hits"] is not None]
    off = [(f'{{list="{each["name"]}"}}', int(each["state"] in DEAD)) for each in lists]
    lines = _gauge("fumibako_block_list_off", "Whether a DNS block list was switched off.", off) if off else []
    if counted:
        name = "fumibako_block_list_hits_total"
        lines += [f"# HELP {name} Recipients refused by a DNS block list's word.", f"# TYPE {name} counter"]
        lines += [f"{name}{labels} {number}" for labels, number in counted]
    return lines


def _gauge(name: str, help_: str, values: list[tuple[str, int]]) -> list[str]:
    return [f"# HELP {name} {help_}", f"# TYPE {name} gauge", *(f"{name}{labels} {value}" for labels, value in values)]
