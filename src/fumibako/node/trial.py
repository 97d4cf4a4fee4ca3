"""The candidate's checks and its trial, for plans and applies alike."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from fumibako.channel.applier import ApplierError
from fumibako.node.asking import ask, ask_doors
from fumibako.node.candidate import PLANNED, Candidate
from fumibako.node.node import Node
from fumibako.node.trouble import Trouble
from fumibako.plan.behaviour import Answers, Listener
from fumibako.plan.probes import answers_well
from fumibako.plan.report import NOTHING
from fumibako.plan.scanners import closed_well
from fumibako.schema.finding import Finding
from fumibako.schema.text import Text, plain
from fumibako.wire.applier import Observed, Taken
from fumibako.wire.console import Run

_REJECTED: Final = Text("{programs} does not accept the files.", "{programs} が設定ファイルを受け付けません。")
_UNREAD: Final = Text(
    "Postfix and Dovecot could not be asked to read the files: a namespace cannot be made here.",
    "名前空間を作れないため、Postfix と Dovecot による検査はしていません。",
)
_TAKEN: Final = {
    "in_use": Text("Port {port} on {address} is in use{by}.", "{address} のポート {port} は使用中です{by}。"),
    "no_such_address": Text("This machine has no address {address}.", "このマシンにアドレス {address} がありません。"),
    "not_permitted": Text("Port {port} on {address} cannot be opened.", "{address} のポート {port} を開けません。"),
}
_BY: Final = Text(" by {program}", " ({program})")
_MISSING: Final = Text(
    "In the trial nothing listened on {listeners}.", "試験起動で {listeners} が待ち受けませんでした。"
)
_COMPLAINED: Final = Text("In the trial the servers logged errors.", "試験起動でサーバーがエラーを記録しました。")
_FAILED: Final = Text("The trial did not answer as it must.", "試験起動の応答に問題があります。")


_NOT_ASKED: Final = Text("No trial was asked for.", "試験起動は指定されていません。")
_CANNOT: Final = Text(
    "Not tried: a network namespace cannot be made here ({why}).",
    "試験起動していません。ネットワーク名前空間を作れません ({why})。",
)
_BY_HAND: Final = Text(
    "Not tried: the files that serve were changed by hand.",
    "試験起動していません。使用中のファイルが手作業で変更されています。",
)


async def write_and_check(node: Node, candidate: Candidate) -> Text:
    """Write the generation and have Postfix and Dovecot read it. Returns what is to be said about it."""
    await node.link.ask(lambda applier: applier.write(candidate.generation, candidate.files))
    return await check(node, candidate.generation, candidate.observed)


async def check(node: Node, generation: int, observed: Observed) -> Text:
    """Any line that Postfix or Dovecot says about the files is a failure. They read them in the place where they will
    lie, which takes a namespace; without the right to make one only the applier has looked at them."""
    if not observed.can_try:
        return _UNREAD
    checked = await node.link.ask(lambda applier: applier.check(generation))
    if checked.findings:
        programs = " / ".join(dict.fromkeys(each.program.capitalize() for each in checked.findings))
        detail = "\n".join(f"{each.program}: {each.text}" for each in checked.findings)
        raise Trouble("check", _REJECTED.with_(programs=programs), detail)
    return NOTHING


async def ports_free(node: Node, generation: int, listeners: Sequence[Listener]) -> None:
    """Every new listener can be had."""
    seen = await node.link.ask(lambda applier: applier.ports(generation))
    if seen.taken:
        findings = list(dict.fromkeys(_taken(each, listeners) for each in seen.taken))
        words = [each.message for each in findings]
        text = Text(" ".join(each.en for each in words), "".join(each.ja for each in words))
        raise Trouble("port-taken", text, findings=findings)


@dataclass(frozen=True)
class Tried:
    answers: Answers
    seconds: float


async def boot(node: Node, candidate: Candidate) -> float:
    """Boot the candidate in its own namespace, with the staged edits in its look-ups; the seconds that it took."""
    await asyncio.to_thread(node.lookups.copy_for_trial, candidate.run.every_edit, candidate.run.revision)
    up = await node.link.ask(lambda applier: applier.try_(candidate.generation, candidate.addresses))
    if up.missing:
        raise Trouble("trial", _MISSING.with_(listeners=", ".join(up.missing)), "\n".join(up.log))
    return up.seconds


async def try_out(node: Node, candidate: Candidate) -> Tried:
    """Boot the candidate in its own namespace, ask it everything, read its log. The caller ends the trial."""
    seconds = await boot(node, candidate)
    answers = await ask(node.link, "trial", candidate.listeners_after, candidate.recipients, candidate.outsider)
    doors = await ask_doors(node.link, "trial", candidate.doors, candidate.outsider)
    log = await node.link.ask(lambda applier: applier.trial_log())
    findings = [*answers_well(answers), *closed_well(doors)]
    if findings:
        raise Trouble("trial", findings[0].message if len(findings) == 1 else _FAILED, "\n".join(log), findings)
    if log:
        raise Trouble("trial-log", _COMPLAINED, "\n".join(log))
    return Tried(answers, seconds)


def not_tried(run: Run, found: Candidate) -> Text | None:
    """Why there is no trial, None where there is one."""
    if not run.try_:
        return _NOT_ASKED
    if not found.observed.can_try:
        return _CANNOT.with_(why=plain(found.observed.cannot_try or "—"))
    if not found.new_files and found.observed.drift:
        return _BY_HAND
    return None


async def clear_up(node: Node, found: Candidate | None) -> None:
    """End the trial and forget the plan's files; the next plan does what does not succeed here."""
    if found is None:
        return
    kept = tuple(each for each in found.observed.generations if each < PLANNED)
    with contextlib.suppress(ApplierError):
        await node.link.ask(lambda applier: applier.end_trial())
        if found.new_files:
            await node.link.ask(lambda applier: applier.prune(kept))


def _taken(taken: Taken, listeners: Sequence[Listener]) -> Finding:
    by = _BY.with_(program=taken.program) if taken.program else plain("")
    message = _TAKEN.get(taken.reason, _TAKEN["not_permitted"]).with_(port=taken.port, address=taken.address, by=by)
    service = next((each.service for each in listeners if each.enabled and each.port == taken.port), "")
    if taken.reason == "no_such_address":
        return Finding("address-missing", "basics.listen", message)
    return Finding("port-taken", f"basics.services.{service}.port" if service else "basics", message)
