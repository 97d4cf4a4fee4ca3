"""The questions of a plan, asked of the live server and of the candidate."""

from __future__ import annotations

import asyncio
from typing import Final

from fumibako.document.settings import parse
from fumibako.node.candidate import Candidate
from fumibako.node.inquiring import answers_to
from fumibako.node.node import Node
from fumibako.plan.report import Row
from fumibako.plan.told_changes import told_changes
from fumibako.plan.touched import questions
from fumibako.plan.untried import left_out, untried

_SEARCHED: Final = 100


async def message_rows(node: Node, found: Candidate) -> list[Row]:
    """What the change makes of messages. The candidate is up in its trial."""
    recipient = await asyncio.to_thread(_untouched, node, found)
    asked = questions(found.asked.edits, recipient)
    plain = [*untried(found.run.every_edit), *left_out(found.asked.left_out)]
    if not asked:
        return plain
    put = [(each.inquiry, each.name) for each in asked]
    serving = found.serving
    trial = answers_to(node, "trial", found.generation, parse(found.run.settings), put)
    if serving is None or serving.generation is None:
        return [*told_changes(asked, [None] * len(asked), await trial), *plain]
    live = answers_to(node, "live", serving.generation, parse(serving.settings), put)
    return [*told_changes(asked, *await asyncio.gather(live, trial)), *plain]


def _untouched(node: Node, found: Candidate) -> str | None:
    """Somebody here whom the change leaves alone."""
    touched = {edit.place[1] for edit in found.run.edits}
    accounts = node.lookups.accounts("", _SEARCHED)
    return next((each for each in accounts if each not in touched and each.rpartition("@")[2] not in touched), None)
