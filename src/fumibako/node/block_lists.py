"""Whether the DNS block lists are alive, as the mail filter's resolver sees them: asked before a new one is applied, every
hour, and after each apply that changes them.

RFC 5782 §5: a list has 127.0.0.2 and never 127.0.0.1. One that has both was given up and lists everybody, one that has
neither is none; some answer from 127.255.255.0/24 that they do not serve public resolvers. Such a list is switched off, by a row
that the filter reads, until it is well again. A list that is merely silent is asked on: silence refuses nobody.
"""

from __future__ import annotations

import asyncio
import logging
import re
import sqlite3
import time
from collections.abc import Sequence
from typing import Any, Final

from fumibako.channel.mail_filter import ask_filter
from fumibako.document.settings import Settings, parse
from fumibako.features.spam.told import STATES, ListState
from fumibako.mail.dns_list import parse_dns_list
from fumibako.node.node import Node
from fumibako.node.trouble import Trouble
from fumibako.schema.finding import Finding
from fumibako.schema.place import Json, written
from fumibako.schema.text import Text
from fumibako.wire.console import Run

log = logging.getLogger("fumibako.node")

EVERY: Final = 3600.0
_PATIENCE: Final = 15.0
_QUICK: Final = 1.0
_ANSWER: Final = re.compile(r"DUNNO ([a-z]+) hits=([0-9]+) refused=([0-9]+)")
_COUNTS: Final = re.compile(r"DUNNO hits=([0-9]+) refused=([0-9]+)")
_DEAD: Final = Text("A block list lists everybody.", "すべてのアドレスを載せているリストがあります。")


def names_of(settings: Settings) -> list[str]:
    """The lists, each once however many entries ask it."""
    return list(dict.fromkeys(parse_dns_list(entry).name for entry in settings.spam.dns_blocklists))


async def findings_of(node: Node, run: Run, after: Settings) -> tuple[Finding, ...]:
    """What is wrong with the lists that this run brings; those that serve are looked after every hour. Raises `Trouble`
    for one that would refuse everybody."""
    before = frozenset(names_of(parse(run.before))) if run.before else frozenset()
    new = [name for name in names_of(after) if name not in before]
    states = await _asked(node, new)
    findings = [
        Finding(f"list-{state}", _path(after, name), STATES[state].said.with_(name=name), STATES[state].severity)
        for name, state in states.items()
        if state != "alive"
    ]
    if any(each.severity == "error" for each in findings):
        raise Trouble("block-list", _DEAD, findings=findings)
    return tuple(findings)


async def check(node: Node, settings: Settings) -> None:
    """Ask every list and write down how it is; the filter asks those no more that are dead."""
    names = names_of(settings)
    states = await _asked(node, names)
    if states or not names:
        await asyncio.to_thread(node.lookups.note_lists, states, int(time.time()), names)
    for name, state in states.items():
        if STATES[state].off:
            log.warning("block list %s: %s", name, STATES[state].said.with_(name=name).en)


async def watch(node: Node, applied: asyncio.Event) -> None:
    """Until cancelled: every hour, and whenever `applied` is set and there are other lists than before."""
    known: list[str] | None = None
    while True:
        applied.clear()
        serving = await asyncio.to_thread(node.state.serving)
        settings = parse(serving.settings) if serving is not None else None
        if settings is not None and names_of(settings) != known:
            known = names_of(settings)
            try:
                await check(node, settings)
            except sqlite3.Error as error:
                log.warning("block lists: %s", error)
        try:
            async with asyncio.timeout(EVERY):
                await applied.wait()
        except TimeoutError:
            known = None


def observed(node: Node, settings: Json) -> list[dict[str, Any]]:
    """The lists that serve, each as it was found last and with what the filter counted; null what is not known."""
    names = names_of(parse(settings))
    noted = node.lookups.noted_lists() if names else {}
    shown = []
    for name in names:
        state, checked = noted.get(name, (None, None))
        counts = _COUNTS.fullmatch(ask_filter(node.home, "block-list-counts", {"list": name}, patience=_QUICK) or "")
        hits, refused = (int(counts[1]), int(counts[2])) if counts else (None, None)
        shown.append({"name": name, "state": state, "checked": checked, "hits": hits, "refused": refused})
    return shown


async def _asked(node: Node, names: Sequence[str]) -> dict[str, ListState]:
    """How the lists are; those are left out of which the filter can say nothing (it does not run yet)."""

    def one(name: str) -> str | None:
        return ask_filter(node.home, "block-list-state", {"list": name}, patience=_PATIENCE)

    answers = await asyncio.gather(*(asyncio.to_thread(one, name) for name in names))
    read = {name: _ANSWER.fullmatch(answer or "") for name, answer in zip(names, answers, strict=True)}
    return {name: state for name, found in read.items() if found and (state := _state(found[1])) is not None}


def _state(word: str) -> ListState | None:
    return next((state for state in STATES if state == word), None)


def _path(settings: Settings, name: str) -> str:
    entry = next(each for each in settings.spam.dns_blocklists if parse_dns_list(each).name == name)
    return written(("spam", "dns_blocklists", entry))
