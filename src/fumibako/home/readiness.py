"""Waiting until a home serves, and the reason where it does not."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from fumibako.channel.console import ConsoleChannel, ConsoleError, ConsoleFailed
from fumibako.home.facts import HomeFacts
from fumibako.home.life import start_mail
from fumibako.home.node_line import NodeAway, observed
from fumibako.home.processes import processes_of
from fumibako.home.supervision import Supervisor, SupervisorAway
from fumibako.layout import Home
from fumibako.schema.finding import Finding
from fumibako.schema.text import Text, plain


def wait_until_serving(home: Home, facts: HomeFacts, seconds: float, *, language: str = "en") -> list[Finding]:
    """Wait until the console and every service that is on answer; nothing, or what still does not when the time is over.

    Where it does not look as if it came true there is less waiting: the first revision was refused, or the processes are
    gone.
    """
    begun = time.monotonic()
    mail_asked = False
    while True:
        # The agent first: asking it costs little, and until it says yes the console need not be asked.
        missing = _mail_missing(home) or _console_missing(home, facts)
        if not missing:
            return []
        waited = time.monotonic() - begun
        # Applier and agent bring mail up themselves, unless it was stopped on purpose.
        mail_asked = mail_asked or (waited > 3 and start_mail(home))
        over = waited >= seconds
        if over:
            missing = [*_mail_missing(home), *_console_missing(home, facts)]
        # The agent tries a refused first revision again by itself: what refused it may be gone by now.
        refused = _first_revision_refused(home, language) if waited > 8 and missing[0].code == "not-serving" else []
        if refused or over or not processes_of(home):
            return [*missing, *refused, *_crashing(home)]
        # A start takes two seconds or three; what takes longer need not be asked so often.
        time.sleep(0.1 if waited < 5 else 0.5)


def _console_missing(home: Home, facts: HomeFacts) -> list[Finding]:
    try:
        ConsoleChannel(home.console_socket, timeout=5.0).request("GET", "/api/v1/status")
    except ConsoleFailed as error:
        log = home.log / "console.log"
        text = Text(
            f"The console failed: {error}. Its log: {log}", f"コンソールでエラーが起きました: {error}。ログ: {log}"
        )
        return [Finding("console-failed", "console", text)]
    except ConsoleError:
        url = facts.console_url
        text = Text(f"The console at {url} does not answer.", f"コンソール {url} が応答しません。")
        return [Finding("console-away", "console", text)]
    return []


def _mail_missing(home: Home) -> list[Finding]:
    try:
        seen = observed(home)
    except NodeAway:
        return [Finding("node-away", "node", Text("The agent does not answer.", "エージェントが応答しません。"))]
    # An apply that is under way (the first one, at the first start) may yet be taken back.
    if seen.get("run") is not None:
        return [Finding("applying", "", Text("An apply is under way.", "設定を反映している途中です。"))]
    if seen.get("generation") is None or not seen.get("services"):
        return [Finding("not-serving", "", Text("No revision serves yet.", "まだどのリビジョンも動いていません。"))]
    if not (seen.get("filter") or {}).get("answers"):
        return [
            Finding(
                "filter-away", "filter", Text("The mail filter does not answer.", "メールフィルターが応答しません。")
            )
        ]
    return _silent(seen.get("services") or {})


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


def _first_revision_refused(home: Home, language: str) -> list[Finding]:
    """Why the first revision was refused, if it was."""
    try:
        answer = ConsoleChannel(home.console_socket, timeout=5.0).request(
            "GET", "/api/v1/revisions/1", language=language
        )
    except ConsoleError:
        return []
    if not isinstance(answer, dict) or answer.get("state") not in {"refused", "rolled_back"}:
        return []
    run = answer.get("run") or {}
    findings = [
        Finding(one["code"], one["path"], plain(one["message"]), one.get("severity", "error"))
        for one in run.get("findings") or []
    ]
    failed = [step for step in run.get("steps") or [] if step.get("outcome") == "failed"]
    findings += [
        Finding(f"step-{step['name']}", "", plain(f"{step['title']}: {step['text']} {step['detail']}".strip()))
        for step in failed
    ]
    return findings or [
        Finding("first-revision", "", Text("Revision 1 was refused.", "リビジョン 1 を適用できません。"))
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
