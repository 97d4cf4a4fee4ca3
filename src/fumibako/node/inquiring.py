"""Many inquiries to one server: a few sessions with its clones, each for many of them.

What is told is the server's own reply, as `explain` tells it, without the reasons.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Final

from fumibako.channel.applier import ApplierError
from fumibako.document.render import smtp_listener
from fumibako.document.settings import Settings
from fumibako.node.asking import Where, asked_enough, clone
from fumibako.node.explaining import refused_at_log_in
from fumibako.node.node import Node
from fumibako.node.session import inquire_all
from fumibako.node.sources import Sources
from fumibako.node.trouble import Trouble
from fumibako.plan.explanation import Answer, verdict_of
from fumibako.plan.inquiry import Inquiry, Name, last_word
from fumibako.plan.route import route
from fumibako.plan.transcript import Transcript

Asked = tuple[Inquiry, Name]

# Each session costs a process of Postfix's; the questions keep two cores busy.
_SESSIONS: Final = 4


async def answers_to(
    node: Node, where: Where, generation: int, settings: Settings, asked: Sequence[Asked]
) -> list[Answer | None]:
    """In the order of the questions; None for what cannot be asked, as where a service is off."""
    sources = Sources(node.home, where, generation)
    found = await asyncio.to_thread(_refused, sources, settings, [inquiry for inquiry, _ in asked])
    said: dict[int, Transcript] = {}

    async def put(numbers: Sequence[int]) -> None:
        told = await in_sessions(node, where, [asked[number] for number in numbers])
        said.update(zip(numbers, told, strict=False))

    open_ = [
        number
        for number, (inquiry, _) in enumerate(asked)
        if number not in found and smtp_listener(settings, inquiry.service) is not None
    ]
    await asyncio.gather(*(put(numbers) for numbers in _shared_out(open_, asked)))
    if where == "live" and open_:
        await asked_enough(node.link)
    found |= await asyncio.to_thread(_routed, sources, asked, said)
    return [found.get(number) for number in range(len(asked))]


def _shared_out(numbers: Iterable[int], asked: Sequence[Asked]) -> Iterator[list[int]]:
    """The questions of a session: of one service, all or none with a log-in, the same client's one after the other."""

    def kind(number: int) -> tuple[str, bool]:
        return asked[number][0].service, bool(asked[number][0].login)

    for _, alike in groupby(sorted(numbers, key=lambda number: (kind(number), asked[number][0].client)), key=kind):
        every = list(alike)
        size = -(-len(every) // _SESSIONS)
        yield from (every[start : start + size] for start in range(0, len(every), size))


async def in_sessions(node: Node, where: Where, asked: Sequence[Asked]) -> list[Transcript]:
    """What was said to each; fewer where the server can no longer be reached. A session that ends early is followed by
    another, and a question with which one begins and ends is answered by that."""
    told: list[Transcript] = []
    while len(told) < len(asked):
        rest = asked[len(told) :]
        service = rest[0][0].service
        try:
            answered, session = await inquire_all(service, await clone(node.link, where, service), rest)
        except (ApplierError, OSError):
            break
        told += answered or [session]
    return told


def _refused(sources: Sources, settings: Settings, asked: Sequence[Inquiry]) -> dict[int, Answer | None]:
    """Those who cannot log in."""
    found: dict[int, Answer | None] = {}
    for number, inquiry in enumerate(asked):
        listener = smtp_listener(settings, inquiry.service)
        if inquiry.login and listener is not None:
            try:
                refused = refused_at_log_in(sources, listener, inquiry)
            except Trouble:
                found[number] = None
                continue
            if refused is not None:
                found[number] = Answer(refused.verdict, refused.reply)
    return found


def _routed(sources: Sources, asked: Sequence[Asked], said: dict[int, Transcript]) -> dict[int, Answer | None]:
    """The answers, with the ways of what is accepted."""
    found: dict[int, Answer | None] = {}
    try:
        with sources:
            for number, told in said.items():
                reply, code = last_word(told)
                verdict, inquiry = verdict_of(code), asked[number][0]
                accepted = verdict == "accept"
                found[number] = Answer(
                    verdict, reply, route(inquiry.sender, inquiry.recipient, sources) if accepted else ()
                )
    except Trouble:
        return {}
    return found
