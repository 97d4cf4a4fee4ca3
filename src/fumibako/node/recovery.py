"""What a start finds in the journal, and what a deadline or the administrator make of an unconfirmed change."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import Final

from fumibako.node.node import Node
from fumibako.node.reporting import keep
from fumibako.node.state import Begun
from fumibako.node.undoing import prune, undo, until_complete
from fumibako.plan.apply import Journal, recovery, row
from fumibako.plan.report import Step, StepOutcome
from fumibako.schema.finding import Finding
from fumibako.schema.text import Text
from fumibako.wire.console import Outcome, RunOutcome

_INTERRUPTED: Final = Text(
    "Interrupted in the step “{step}”; it was undone.", "「{step}」の途中で中断されたため、元に戻しました。"
)
_NOTHING_DONE: Final = Text(
    "Interrupted in the step “{step}”, before anything was changed.",
    "「{step}」の途中で中断されました。何も変更していません。",
)
_FINISHED: Final = Text("Interrupted, and finished at the next start.", "中断されましたが、再開して完了しました。")
_EXPIRED: Final = Text("It was not confirmed in time; it was undone.", "時間内に確定されなかったため、元に戻しました。")
_NOT_UNCONFIRMED: Final = Text("No change is waiting to be confirmed.", "確定待ちの変更はありません。")
_UNDO: Final = Text("Undo", "元に戻す")
_CONFIRM: Final = Text("Confirm", "確定")


async def recover(node: Node) -> None:
    """Finish or undo what the journal says we were in the middle of, and keep the outcome for the console."""
    journal = node.state.journal()
    if journal is None:
        return
    begun = node.state.begun(journal.run)
    match recovery(journal, time.time()):
        case "wait":
            pass
        case "finish":
            await until_complete(node, journal, begun)
            if journal.confirm_by is None:
                keep(node, journal.run, _report(journal, "applied", "done", _FINISHED))
                node.state.end(journal.run)
            else:
                keep(node, journal.run, _report(journal, "unconfirmed", "done", _FINISHED))
                node.state.write_journal(replace(journal, phase="unconfirmed"))
                await expire(node)
        case "undo" if journal.phase == "unconfirmed":
            await _expired(node, journal, begun)
        case "undo":
            keep(node, journal.run, await _undone(node, journal, begun))


def unconfirmed(node: Node) -> Journal | None:
    """The journal of a change that waits to be confirmed."""
    journal = node.state.journal()
    return journal if journal is not None and journal.phase == "unconfirmed" else None


async def expire(node: Node) -> None:
    """Undo an unconfirmed change whose time is over."""
    journal = unconfirmed(node)
    if journal is not None and recovery(journal, time.time()) == "undo":
        await _expired(node, journal, node.state.begun(journal.run))


async def confirm(node: Node) -> Outcome:
    """The change stays."""
    journal = unconfirmed(node)
    if journal is None:
        return Outcome("refused", findings=(Finding("not-unconfirmed", "", _NOT_UNCONFIRMED),))
    await asyncio.to_thread(node.state.end, journal.run)
    await prune(node, journal)
    return Outcome("confirmed", (Step("confirm", _CONFIRM, "done"),))


async def roll_back(node: Node) -> Outcome:
    """The change goes back now."""
    journal = unconfirmed(node)
    if journal is None:
        return Outcome("refused", findings=(Finding("not-unconfirmed", "", _NOT_UNCONFIRMED),))
    begun = node.state.begun(journal.run)
    started = time.monotonic()
    said = await undo(node, journal, begun)
    step = Step("undo", _UNDO, "done", time.monotonic() - started, detail="\n".join(said))
    return Outcome("rolled_back", (step,))


async def _expired(node: Node, journal: Journal, begun: Begun) -> None:
    started = time.monotonic()
    said = await undo(node, journal, begun)
    seconds = time.monotonic() - started
    findings = (Finding("not-confirmed", "", _EXPIRED),)
    step = Step("undo", _UNDO, "done", seconds, _EXPIRED, "\n".join(said))
    keep(node, journal.run, Outcome("rolled_back", (step,), findings=findings))


async def undo_interrupted(node: Node) -> Outcome | None:
    """Undo what the journal holds, if it holds a run that is under way."""
    journal = node.state.journal()
    if journal is None or journal.phase == "unconfirmed":
        return None
    return await _undone(node, journal, node.state.begun(journal.run))


async def _undone(node: Node, journal: Journal, begun: Begun) -> Outcome:
    last = row(journal.begun[-1]).title
    said = await undo(node, journal, begun)
    outcome: RunOutcome = "rolled_back" if journal.touched else "refused"
    text = (_INTERRUPTED if journal.touched else _NOTHING_DONE).with_(step=last)
    report = _report(journal, outcome, "undone" if journal.touched else "failed", text, "\n".join(said))
    return replace(report, findings=(Finding("interrupted", "", text),))


def _report(journal: Journal, outcome: RunOutcome, steps: StepOutcome, text: Text, detail: str = "") -> Outcome:
    """What can still be said of a run after a restart: which steps there were, and how it ended."""
    shown = [
        Step(name, row(name).title, steps if row(name).live or steps == "failed" else "done") for name in journal.begun
    ]
    shown[-1] = replace(shown[-1], text=text, detail=detail)
    return Outcome(outcome, tuple(shown), reload=dict(journal.reload), confirm_by=journal.confirm_by)
