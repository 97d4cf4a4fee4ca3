"""Waiting until a home serves, and the reason where it does not."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from fumibako.channel.console import ConsoleAway, ConsoleChannel, ConsoleError
from fumibako.home.facts import HomeFacts
from fumibako.home.life import start_mail
from fumibako.home.node_line import NodeAway, observed
from fumibako.home.processes import processes_of
from fumibako.home.supervision import Supervisor, SupervisorAway
from fumibako.layout import Home
from fumibako.schema.finding import Finding
from fumibako.schema.text import Text

_PAUSE = 0.15


def wait_until_serving(home: Home, facts: HomeFacts, seconds: float) -> list[Finding]:
    """Wait until the console and every service that is on answer; nothing, or what still does not when the time is over.

    A first revision that was refused ends the waiting at once: it will not come true by itself.
    """
    deadline = time.monotonic() + seconds
    mail_asked = False
    while True:
        mail_asked = mail_asked or (Path(home.applier_socket).exists() and start_mail(home))
        missing = _missing(home, facts)
        if not missing:
            return []
        over = time.monotonic() >= deadline
        refused = _first_revision_refused(home) if any(one.code == "not-serving" for one in missing) else []
        if refused or over or not processes_of(home):
            return [*missing, *refused, *_crashing(home)]
        time.sleep(_PAUSE)


def _missing(home: Home, facts: HomeFacts) -> list[Finding]:
    findings = []
    try:
        ConsoleChannel(home.console_socket, timeout=5.0).request("GET", "/api/v1/status")
    except ConsoleError as error:
        findings.append(
            Finding(
                "console-away",
                "console",
                Text(
                    f"The console at {facts.console_url} does not answer.",
                    f"コンソール {facts.console_url} が応答しません。",
                ),
                suggestion=None if isinstance(error, ConsoleAway) else str(error),
            )
        )
    try:
        seen = observed(home)
    except NodeAway:
        return [
            *findings,
            Finding("node-away", "node", Text("The agent does not answer.", "エージェントが応答しません。")),
        ]
    if seen.get("generation") is None:
        return [
            *findings,
            Finding("not-serving", "", Text("No revision serves yet.", "まだどのリビジョンも動いていません。")),
        ]
    return findings + _silent(seen.get("services") or {})


def _silent(services: dict[str, dict[str, Any]]) -> list[Finding]:
    return [
        Finding(
            "service-silent",
            f"basics.services.{name}",
            Text(
                f"{name} at {service.get('address')} does not answer.",
                f"{name} ({service.get('address')}) が応答しません。",
            ),
        )
        for name, service in services.items()
        if service.get("enabled") and not service.get("answers")
    ]


def _first_revision_refused(home: Home) -> list[Finding]:
    """Why the first revision was refused, if it was."""
    try:
        answer = ConsoleChannel(home.console_socket, timeout=5.0).request("GET", "/api/v1/revisions/1")
    except ConsoleError:
        return []
    if not isinstance(answer, dict) or answer.get("state") not in {"refused", "rolled_back"}:
        return []
    return [
        Finding(one["code"], one["path"], Text(one["message"], one["message"]), one.get("severity", "error"))
        for one in answer.get("findings") or []
    ]


def _crashing(home: Home) -> list[Finding]:
    try:
        processes = Supervisor(home).processes()
    except SupervisorAway:
        return [
            Finding("supervisor-away", "", Text("The processes' supervisor has ended.", "監視プロセスが終了しました。"))
        ]
    findings = []
    for process in processes:
        if process.state != "running" or process.looping:
            log = Path(home.log) / f"{process.name}.log"
            said = last_line(log)
            findings.append(
                Finding(
                    "process-crashing",
                    process.name,
                    Text(
                        f"{process.name} does not stay up (started again {process.restarts} times). Its last line: {said} "
                        f"({log})",
                        f"{process.name} が動き続けません（再起動 {process.restarts} 回）。最後の行: {said} ({log})",
                    ),
                )
            )
    return findings


def last_line(log: Path) -> str:
    """The last line of a log, cut to what fits a message; "" where there is none."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 4096))
            lines = file.read().decode(errors="replace").strip().splitlines()
    except OSError:
        return ""
    return lines[-1][-300:] if lines else ""
