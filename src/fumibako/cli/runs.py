"""Waiting for a run, and what its end means for a script."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Final

from fumibako.cli.language import say
from fumibako.cli.plan_view import Progress, tell_outcome
from fumibako.cli.session import DONE, NO_ANSWER, REFUSED, ROLLED_BACK, Ended, Session
from fumibako.cli.terminal import tell_findings, tell_json

STATUSES: Final = {"refused": REFUSED, "rolled_back": ROLLED_BACK}
_APPLIED: Final = ("unconfirmed", "confirmed")
_LONGEST: Final = 300.0


def ended(session: Session, run: dict[str, Any]) -> dict[str, Any]:
    """The run at its end; its steps are told on the way. A console that restarts meanwhile is asked again."""
    progress = Progress()
    deadline = time.monotonic() + _LONGEST
    silence: Ended | None = None
    while True:
        progress.seen(run)
        if run.get("outcome") != "running":
            return run
        if time.monotonic() > deadline:
            raise silence or Ended(NO_ANSWER, "running", [_endless(run)])
        time.sleep(0.1)
        try:
            run = session.ask("GET", f"/api/v1/runs/{run['run']}")
        except Ended as away:
            if away.status != NO_ANSWER:
                raise
            silence = away
            time.sleep(0.5)


def finish(session: Session, answer: dict[str, Any]) -> int:
    """Wait for the run in an answer, show its end, and say it as an exit status."""
    run = ended(session, answer)
    tell_findings(run.get("findings") or [])
    if session.json:
        # A script reads that it was applied, and in `confirm_by` until when it must be confirmed.
        tell_json(run | {"outcome": "applied"} if run.get("outcome") in _APPLIED else run)
    else:
        tell_outcome(run)
    return STATUSES.get(str(run.get("outcome")), DONE)


def _endless(run: Mapping[str, Any]) -> dict[str, Any]:
    text = say(
        f"Run {run.get('run')} has not come to its end. Look again: fumibako status",
        f"実行 {run.get('run')} がまだ終わりません。fumibako status で確認してください。",
    )
    return {"code": "run-unfinished", "path": "", "message": text, "severity": "error"}
