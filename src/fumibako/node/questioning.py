"""The questions of a plan, asked of the live server and of the candidate."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from typing import Final

from fumibako.channel.applier import ApplierError
from fumibako.document.settings import Settings, parse
from fumibako.node.asking import Where
from fumibako.node.candidate import Candidate
from fumibako.node.explaining import explain
from fumibako.node.node import Node
from fumibako.node.trouble import Trouble
from fumibako.plan.explanation import Explanation
from fumibako.plan.report import Row
from fumibako.plan.told_changes import told_changes
from fumibako.plan.touched import Question, questions
from fumibako.plan.untried import left_out, untried

_AT_ONCE: Final = 8
_SEARCHED: Final = 100


async def message_rows(node: Node, found: Candidate) -> list[Row]:
    """What the change makes of messages. The candidate is up in its trial."""
    edits = found.run.every_edit
    recipient = await asyncio.to_thread(_untouched, node, found)
    asked = questions(edits, recipient)
    plain = [*untried(edits), *left_out(edits, recipient)]
    if not asked:
        return plain
    gate = asyncio.Semaphore(_AT_ONCE)
    serving = found.serving
    before = (
        []
        if serving is None or serving.generation is None
        else _asked(node, gate, "live", serving.generation, parse(serving.settings), asked)
    )
    after = _asked(node, gate, "trial", found.generation, parse(found.run.settings), asked)
    told = await asyncio.gather(*before, *after)
    half = len(told) - len(asked)
    return [*told_changes(asked, told[:half] or [None] * len(asked), told[half:]), *plain]


def _asked(
    node: Node, gate: asyncio.Semaphore, where: Where, generation: int, settings: Settings, asked: Sequence[Question]
) -> list[Awaitable[Explanation | None]]:
    async def one(question: Question) -> Explanation | None:
        async with gate:
            try:
                return await explain(node, where, generation, settings, question.inquiry, question.name)
            except (Trouble, ApplierError, OSError):
                return None  # a service that is off, for one

    return [one(question) for question in asked]


def _untouched(node: Node, found: Candidate) -> str | None:
    """Somebody here whom the change leaves alone."""
    touched = {edit.place[1] for edit in found.run.edits}
    accounts = node.lookups.accounts("", _SEARCHED)
    return next((each for each in accounts if each not in touched and each.rpartition("@")[2] not in touched), None)
