"""Numbers for Prometheus, in its text format 0.0.4."""

from __future__ import annotations

from fumibako.actions import directory
from fumibako.actions.caller import Caller
from fumibako.actions.status import status


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
    if seen["applied"] is not None:
        lines += _gauge("fumibako_revision_applied", "The revision that serves.", [("", seen["applied"])])
    if seen["queue"] is not None:
        lines += _gauge("fumibako_queue_messages", "Messages in the queue.", [("", seen["queue"])])
    return "\n".join(lines) + "\n"


def _gauge(name: str, help_: str, values: list[tuple[str, int]]) -> list[str]:
    return [f"# HELP {name} {help_}", f"# TYPE {name} gauge", *(f"{name}{labels} {value}" for labels, value in values)]
