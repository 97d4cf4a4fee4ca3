"""A plan: what an apply would change, found out without changing anything that serves."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

from fumibako.channel.applier import ApplierError
from fumibako.node.asking import ask
from fumibako.node.candidate import PLANNED, Candidate, candidate
from fumibako.node.node import Node
from fumibako.node.progress import Progress
from fumibako.node.trial import ports_free, try_out, write_and_check
from fumibako.node.trouble import Trouble
from fumibako.plan.apply import row
from fumibako.plan.behaviour import Answers, behaviour
from fumibako.schema.finding import errors
from fumibako.schema.text import Text, plain
from fumibako.wire.console import Outcome, Run

_NOT_ASKED: Final = Text("No trial was asked for.", "試験起動は指定されていません。")
_CANNOT: Final = Text(
    "Not tried: a network namespace cannot be made here ({why}).",
    "試験起動していません。ネットワーク名前空間を作れません ({why})。",
)
_BY_HAND: Final = Text(
    "Not tried: the files that serve were changed by hand.",
    "試験起動していません。使用中のファイルが手作業で変更されています。",
)
_SAME_FILES: Final = Text("The files stay as they are.", "ファイルは変わりません。")
_BOOTED: Final = Text("The candidate was up in {seconds:.1f} s.", "候補が {seconds:.1f} 秒で起動しました。")


async def plan(node: Node, run: Run, progress: Progress) -> Outcome:
    """The plan. What stands against an apply is among its findings, and then the outcome is `refused`."""
    found: Candidate | None = None
    rows: Answers | None = None
    tried: Answers | None = None
    trouble: Trouble | None = None
    try:
        with progress.step("check", row("check").title) as said:
            found = await candidate(node, run)
            if found.new_files:
                said.text = await write_and_check(node, found)
            else:
                said.text = _SAME_FILES
        if found.new_files:
            with progress.step("ports", row("ports").title):
                await ports_free(node, found.generation, found.listeners_after)
        why_not = not_tried(run, found)
        if why_not is not None:
            progress.skip("try", row("try").title, why_not)
        else:
            with progress.step("try", row("try").title) as said:
                trial, rows = await asyncio.gather(
                    try_out(node, found), ask(node.link, "live", found.listeners_before, found.recipients)
                )
                tried = trial.answers
                said.text = booted(trial.seconds)
    except Trouble as error:
        trouble = error
    finally:
        await clear_up(node, found)
    if found is None:
        assert trouble is not None
        return Outcome("refused", progress.steps, findings=trouble.findings)
    findings = (*found.findings, *(trouble.findings if trouble else ()))
    return Outcome(
        "refused" if errors(findings) else "planned",
        progress.steps,
        found.changes,
        tuple(behaviour(rows, tried)) if rows is not None and tried is not None else (),
        findings,
        found.reload,
        found.cuts,
        tried is not None,
        None if tried is not None else (not_tried(run, found) or (trouble.text if trouble else None)),
    )


def not_tried(run: Run, found: Candidate) -> Text | None:
    """Why there is no trial, None where there is one."""
    if not run.try_:
        return _NOT_ASKED
    if not found.observed.can_try:
        return _CANNOT.with_(why=plain(found.observed.cannot_try or "—"))
    if not found.new_files and found.observed.drift:
        return _BY_HAND
    return None


def booted(seconds: float) -> Text:
    return Text(_BOOTED.en.format(seconds=seconds), _BOOTED.ja.format(seconds=seconds))


async def clear_up(node: Node, found: Candidate | None) -> None:
    """End the trial and forget the plan's files; the next plan does what does not succeed here."""
    if found is None:
        return
    kept = tuple(each for each in found.observed.generations if each < PLANNED)
    with contextlib.suppress(ApplierError):
        await node.link.ask(lambda applier: applier.end_trial())
        if found.new_files:
            await node.link.ask(lambda applier: applier.prune(kept))
