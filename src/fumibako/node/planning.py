"""A plan: what an apply would change, found out without changing anything that serves."""

from __future__ import annotations

import asyncio
from typing import Final

from fumibako.node.asking import ask
from fumibako.node.candidate import Candidate, candidate
from fumibako.node.node import Node
from fumibako.node.progress import Progress
from fumibako.node.questioning import message_rows
from fumibako.node.trial import clear_up, not_tried, ports_free, try_out, write_and_check
from fumibako.node.trouble import Trouble
from fumibako.plan.apply import row
from fumibako.plan.behaviour import Answers, behaviour
from fumibako.plan.report import Row
from fumibako.schema.finding import errors
from fumibako.schema.text import Text
from fumibako.wire.console import Outcome, Run

_SAME_FILES: Final = Text("The files stay as they are.", "ファイルは変わりません。")
_BOOTED: Final = Text("The candidate was up in {seconds:.1f} s.", "候補が {seconds:.1f} 秒で起動しました。")


async def plan(node: Node, run: Run, progress: Progress) -> Outcome:
    """The plan. What stands against an apply is among its findings, and then the outcome is `refused`."""
    found: Candidate | None = None
    rows: Answers | None = None
    tried: Answers | None = None
    messages: list[Row] = []
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
                    try_out(node, found),
                    ask(node.link, "live", found.listeners_before, found.recipients, found.outsider),
                )
                tried = trial.answers
                messages = await message_rows(node, found)
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
        (*messages, *behaviour(rows, tried)) if rows is not None and tried is not None else (),
        findings,
        found.reload,
        found.cuts,
        tried is not None,
        None if tried is not None else (not_tried(run, found) or (trouble.text if trouble else None)),
    )


def booted(seconds: float) -> Text:
    return Text(_BOOTED.en.format(seconds=seconds), _BOOTED.ja.format(seconds=seconds))
