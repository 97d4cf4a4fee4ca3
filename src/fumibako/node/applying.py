"""An apply: the table of steps, walked with its journal."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, replace
from typing import Final

from fumibako.node import crash, durable
from fumibako.node.asking import ask, ask_doors
from fumibako.node.candidate import Candidate, candidate, kept_as
from fumibako.node.node import Node
from fumibako.node.planning import booted
from fumibako.node.progress import Progress, Said
from fumibako.node.state import Begun
from fumibako.node.trial import not_tried, ports_free, try_out, write_and_check
from fumibako.node.trouble import Trouble
from fumibako.node.undoing import complete, undo
from fumibako.plan.apply import APPLY, POINT_OF_NO_RETURN, Journal, StepName, StepRow, row
from fumibako.plan.behaviour import Answers, behaviour
from fumibako.plan.probes import answers_well, as_tried, lookups_answer, silent_where_off
from fumibako.plan.report import Step
from fumibako.plan.scanners import closed_well
from fumibako.schema.finding import Finding
from fumibako.schema.text import Text, plain
from fumibako.wire.console import Outcome, Run, RunOutcome

_ROWS_ONLY: Final = Text("Only look-ups change.", "参照表の行だけが変わります。")
_SAME_FILES: Final = Text("The files stay as they are.", "ファイルは変わりません。")
_NOBODY: Final = Text("Nothing has to be reloaded.", "再読み込みは不要です。")
_PROBE: Final = Text("The server does not answer as it must.", "サーバーの応答に問題があります。")
_BACK: Final = Text("It was undone.", "元に戻しました。")
_NOT_UP: Final = Text(
    "The old configuration is back, but a server did not come up on it.",
    "元の設定に戻しましたが、起動しないサーバーがあります。",
)
# Processes that the reload ended may still be ending, those that it began still beginning.
_PROBES: Final = 4
_PAUSE: Final = 0.5


@dataclass
class _Walk:
    """One apply under way."""

    node: Node
    run: Run
    progress: Progress
    found: Candidate
    journal: Journal
    begun: Begun
    tried: Answers | None = None
    live: Answers | None = None


async def apply(node: Node, run: Run, progress: Progress) -> Outcome:
    """Apply the run wholly or not at all. Before anything live was touched a failure is `refused`, after it
    `rolled_back`."""
    try:
        with progress.step("check", row("check").title) as said:
            found = await candidate(node, run)
            walk = _begin(node, run, progress, found)
            crash.point(node.state.directory, "check:before")
            await _step(walk, "check", said)
    except Trouble as error:
        kept = node.state.journal()
        if kept is not None and kept.run == run.id:
            await undo(node, kept, node.state.begun(run.id))
        else:
            node.state.end(run.id)
        return Outcome("refused", progress.steps, findings=error.findings)
    crash.point(node.state.directory, "check:after")
    try:
        for each in APPLY[1:]:
            await _walk_step(walk, each)
    except Trouble as error:
        return await _gone_back(walk, error)
    return _outcome(walk, "unconfirmed" if walk.journal.confirm_by else "applied")


def _begin(node: Node, run: Run, progress: Progress, found: Candidate) -> _Walk:
    """Write down what going back takes, before anything is done."""
    begun = Begun(run, found.serving, found.after)
    journal = Journal(
        run.id,
        run.base,
        run.revision,
        generation=found.generation if found.new_files else None,
        previous=found.observed.serving,
        reload=found.reload,
    ).beginning("check")
    node.state.begin(begun)
    node.state.write_journal(journal)
    for each in found.observed.drift if found.new_files else ():
        durable.write(node.state.directory.parent / kept_as(found.observed, each.path), each.diff)
    return _Walk(node, run, progress, found, journal, begun)


async def _walk_step(walk: _Walk, step: StepRow) -> None:
    why_not = _not_needed(walk, step.name)
    if why_not is not None:
        walk.progress.skip(step.name, step.title, why_not)
        return
    with walk.progress.step(step.name, step.title) as said:
        walk.journal = walk.journal.beginning(step.name)
        if step.name == POINT_OF_NO_RETURN and walk.run.confirm_within:
            walk.journal = replace(walk.journal, confirm_by=int(time.time()) + walk.run.confirm_within)
        await asyncio.to_thread(walk.node.state.write_journal, walk.journal)
        crash.point(walk.node.state.directory, f"{step.name}:before")
        await _step(walk, step.name, said)
    crash.point(walk.node.state.directory, f"{step.name}:after")


def _not_needed(walk: _Walk, step: StepName) -> Text | None:
    found = walk.found
    match step:
        case "ports" | "install":
            return None if found.new_files else _SAME_FILES
        case "try":
            return _ROWS_ONLY if found.rows_only else not_tried(walk.run, found)
        case "reload":
            return (
                _NOBODY if all(need == "none" for need in found.reload.values()) and found.new_files is False else None
            )
        case _:
            return None


async def _step(walk: _Walk, step: StepName, said: Said) -> None:
    node, found = walk.node, walk.found
    match step:
        case "check":
            if found.new_files:
                said.text = await write_and_check(node, found)
            else:
                said.text = _SAME_FILES
        case "ports":
            await ports_free(node, found.generation, found.listeners_after)
        case "try":
            trial, walk.live = await asyncio.gather(
                try_out(node, found), ask(node.link, "live", found.listeners_before, found.recipients, found.outsider)
            )
            walk.tried = trial.answers
            said.text = booted(trial.seconds)
            await node.link.ask(lambda applier: applier.end_trial())
        case "checkpoint":
            await asyncio.to_thread(node.lookups.ensure)
        case "rows":
            await asyncio.to_thread(node.lookups.change, walk.run.every_edit, ("add",))
        case "install":
            await node.link.install(found.generation, walk.journal.previous)
        case "reload":
            await _reload(walk)
        case "probe":
            await _probe(walk)
        case "finish":
            await complete(node, walk.journal, walk.begun)
            if walk.journal.confirm_by is None:
                await asyncio.to_thread(node.state.end, walk.run.id)
            else:
                walk.journal = replace(walk.journal, phase="unconfirmed")
                await asyncio.to_thread(node.state.write_journal, walk.journal)


async def _reload(walk: _Walk) -> None:
    """Dovecot before Postfix, which asks it who may log in. Daemons that do not run are started."""
    reload, observed = walk.found.reload, walk.found.observed
    if not (observed.postfix.running and observed.dovecot.running):
        await walk.node.link.ask(lambda applier: applier.start())
    if walk.journal.previous is not None:
        await walk.node.link.ask(lambda applier: applier.reload(reload["postfix"], reload["dovecot"]))


async def _probe(walk: _Walk) -> None:
    """Ask the live server what the candidate was asked, and compare; a moment's patience after a reload."""
    found = walk.found
    findings: list[Finding] = []
    for attempt in range(_PROBES):
        if attempt:
            await asyncio.sleep(_PAUSE)
        answers = await ask(
            walk.node.link, "live", found.listeners_after, found.recipients, found.outsider, clones_only=found.rows_only
        )
        findings = [*lookups_answer(answers, walk.run.edits)]
        if found.rows_only:
            findings += [each for each in answers_well(answers) if each.code == "open-relay"]
        else:
            seen = await walk.node.link.ask(lambda applier: applier.observe())
            doors = await ask_doors(walk.node.link, "live", found.doors, found.outsider)
            findings += [*answers_well(answers), *closed_well(doors, seen.listening)]
            findings += silent_where_off(answers, seen.listening)
            if walk.tried is not None:
                findings += as_tried(answers, walk.tried)
        if not findings or any(each.code == "open-relay" for each in findings):
            break
    if findings:
        text = findings[0].message if len(findings) == 1 else _PROBE
        detail = "\n".join(each.message.en for each in findings)
        raise Trouble("probe", text, detail, findings)


async def _gone_back(walk: _Walk, error: Trouble) -> Outcome:
    """Undo, and say why."""
    touched = walk.journal.touched
    left = await undo(walk.node, walk.journal, walk.begun)
    if touched:
        walk.progress.undone(frozenset(step for step in walk.journal.begun if row(step).live))
    findings = list(error.findings)
    if left:
        findings.append(Finding("not-running", "", _NOT_UP, "warning"))
    outcome = _outcome(walk, "rolled_back" if touched else "refused")
    steps = outcome.steps
    if touched:
        detail = "\n".join(left)
        steps = (*steps, Step("undo", Text("Undo", "元に戻す"), "done", text=_NOT_UP if left else _BACK, detail=detail))
    return replace(outcome, steps=steps, findings=(*walk.found.findings, *findings))


def _outcome(walk: _Walk, outcome: RunOutcome) -> Outcome:
    found = walk.found
    rows = behaviour(walk.live, walk.tried) if walk.live is not None and walk.tried is not None else []
    return Outcome(
        outcome,
        walk.progress.steps,
        found.changes,
        tuple(rows),
        found.findings,
        found.reload,
        found.cuts,
        walk.tried is not None,
        None if walk.tried is not None else _not_needed(walk, "try") or plain(""),
        walk.journal.confirm_by,
    )
