"""How a home is: what `status` shows.

The console knows revisions and asks the agent; where the console is away the agent is asked directly, and where both are
away the processes are still to be seen. What nobody could tell is null, never a guess.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from fumibako.channel.console import ConsoleChannel, ConsoleError
from fumibako.home.facts import HomeFacts
from fumibako.home.node_line import NodeAway, observed
from fumibako.home.processes import Process, memory_of, processes_of
from fumibako.home.supervision import Supervised, Supervisor, SupervisorAway
from fumibako.layout import Home


@dataclass(frozen=True)
class State:
    """`told` is the console's answer or, without it, the agent's; `processes` are rows for people and scripts."""

    url: str
    console: bool
    told: dict[str, Any]
    processes: list[dict[str, Any]]
    memory: int
    running: bool
    trouble: list[str] = field(default_factory=list)

    @property
    def in_order(self) -> bool:
        return (
            self.console and self.filter_answers and not self.silent and not self.looping and not self.told.get("drift")
        )

    @property
    def filter_answers(self) -> bool:
        return bool((self.told.get("filter") or {}).get("answers"))

    @property
    def silent(self) -> list[str]:
        """Services that are on and do not answer."""
        services: dict[str, dict[str, Any]] = self.told.get("services") or {}
        return [name for name, service in services.items() if service.get("enabled") and not service.get("answers")]

    @property
    def looping(self) -> list[str]:
        return [process["name"] for process in self.processes if process["crash_loop"]]

    def as_json(self) -> dict[str, Any]:
        known = {
            "revision": self.told.get("revision"),
            "applied": self.told.get("applied"),
            "services": self.told.get("services") or {},
            "console": {"url": self.url, "answers": self.console},
            "filter": self.told.get("filter"),
            "queue": self.told.get("queue"),
            "drift": self.told.get("drift") or [],
        }
        more = {name: value for name, value in self.told.items() if name not in known and name not in {"ok", "run"}}
        return {**known, **more, "running": self.running, "processes": self.processes, "memory": self.memory}


def state_of(home: Home, facts: HomeFacts, *, language: str = "en") -> State:
    answers, told = _told(home, language)
    told.setdefault("filter", {"address": f"unix:{home.milter_socket}", "answers": False})
    own = processes_of(home)
    supervised = _supervised(home)
    rows = [_row(one, own) for one in supervised] if supervised else _rows_without_supervisor(own)
    rows += _mail_rows(own, told)
    return State(
        facts.console_url,
        answers,
        told,
        rows,
        sum(memory_of(process.pid) for process in own if process.kind not in {"postfix", "dovecot"}),
        bool(own),
    )


def _told(home: Home, language: str) -> tuple[bool, dict[str, Any]]:
    try:
        answer = ConsoleChannel(home.console_socket, timeout=10.0).request("GET", "/api/v1/status", language=language)
    except ConsoleError:
        pass
    else:
        return True, dict(answer)
    try:
        seen = observed(home)
    except NodeAway:
        return False, {}
    # The agent knows which revision serves, not which one the console holds.
    return False, {**seen, "revision": None, "applied": seen.get("revision")}


def _supervised(home: Home) -> list[Supervised]:
    try:
        return Supervisor(home).processes()
    except SupervisorAway:
        return []


def _row(one: Supervised, own: list[Process]) -> dict[str, Any]:
    pids = [process.pid for process in own if process.kind == one.name]
    return {
        "name": one.name,
        "state": one.state,
        "pid": one.pid,
        "restarts": one.restarts,
        "crash_loop": one.looping,
        "uptime": max(0, int(time.time()) - one.since) if one.pid else None,
        "memory": sum(memory_of(pid) for pid in pids),
    }


def _rows_without_supervisor(own: list[Process]) -> list[dict[str, Any]]:
    """Under systemd, or when supervisord was killed: what runs, without a history."""
    rows = []
    for name in ("applier", "filter", "node", "console"):
        pids = sorted(process.pid for process in own if process.kind == name)
        rows.append(
            {
                "name": name,
                "state": "running" if pids else "stopped",
                "pid": pids[0] if pids else None,
                "restarts": None,
                "crash_loop": False,
                "uptime": None,
                "memory": sum(memory_of(pid) for pid in pids),
            }
        )
    return rows


def _mail_rows(own: list[Process], told: dict[str, Any]) -> list[dict[str, Any]]:
    rows = []
    for name in ("postfix", "dovecot"):
        known = told.get(name) if isinstance(told.get(name), dict) else {}
        assert isinstance(known, dict)
        master = next((process.pid for process in own if process.kind == name and process.leads), None)
        rows.append(
            {
                "name": name,
                "state": "running" if master else "stopped",
                "pid": master,
                "restarts": known.get("restarts"),
                "crash_loop": bool(known.get("looping")),
                "uptime": None,
                "memory": sum(memory_of(process.pid) for process in own if process.kind == name),
            }
        )
    return rows
