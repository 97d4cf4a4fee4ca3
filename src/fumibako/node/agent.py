"""The agent's life: recover, deliver, ask for work, do it, wait to be woken."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Final

from fumibako.channel.applier import ApplierError
from fumibako.channel.console import ConsoleError
from fumibako.features.directory.rows import MAILBOX
from fumibako.node import block_lists, domain_notes, primaries, zones
from fumibako.node.applying import apply
from fumibako.node.discarding import discard
from fumibako.node.explaining import explain_candidate, explain_live
from fumibako.node.following import count_moved, follow, recount
from fumibako.node.message_check import message_checked
from fumibako.node.node import Node
from fumibako.node.observing import observe
from fumibako.node.planning import plan
from fumibako.node.progress import Progress
from fumibako.node.recovery import confirm, expire, recover, roll_back, unconfirmed, undo_interrupted
from fumibako.node.reporting import Reporter, deliver, keep
from fumibako.node.server import serve
from fumibako.node.synchronising import synchronise, synchronise_rows
from fumibako.node.system_users import Watch
from fumibako.node.trouble import Trouble, trouble
from fumibako.node.usage import Usage
from fumibako.node.watching import watch
from fumibako.plan.inquiry import Inquiry
from fumibako.schema.finding import Finding
from fumibako.schema.text import Text
from fumibako.wire.console import SECRETS, WORK, Desired, Outcome, Run, Secrets, Work

log = logging.getLogger("fumibako.node")

_EVERY: Final = 2.0
_AFTER_TROUBLE: Final = 1.0
_LONGEST: Final = 30.0
_WAITING: Final = Text(
    "A change is waiting to be confirmed. Confirm it or take it back first.",
    "確定待ちの変更があります。先に確定するか、元に戻してください。",
)

_WRONG: Final = Text(
    "The agent made a mistake of its own ({error}); its log has more.",
    "エージェント自身の不具合です ({error})。ログをご覧ください。",
)


class Agent:
    def __init__(self, node: Node) -> None:
        self._node = node
        self._woken = asyncio.Event()
        self._applied = asyncio.Event()
        self._zones = asyncio.Event()
        self._trying = asyncio.Lock()  # there is one trial at a time
        self._run: int | None = None
        self._trouble: Trouble | None = None
        self._system_users = Watch()
        self._patience = _EVERY
        self._again = 0.0
        self._started = True  # and nothing has been compared yet

    async def live(self) -> None:
        """Until cancelled."""
        node = self._node
        verbs = {"wake": self._wake, "observe": self._observe, "explain": self._explain}
        verbs |= {"zones": self._wake_zones, "primaries": self._primaries, "check_message": self._check_message}
        verbs |= {"domain_notes": self._domain_notes}
        async with await serve(Path(node.home.node_socket), verbs):
            await recover(node)
            await self._start_servers()
            beside = [asyncio.create_task(each(node)) for each in (follow, watch, recount, discard)]
            beside.append(asyncio.create_task(block_lists.watch(node, self._applied)))
            beside.append(asyncio.create_task(zones.look_after(node, self._zones)))
            for task in beside:
                task.add_done_callback(_ended)
            while True:
                self._woken.clear()
                pause = await self._turn()
                try:
                    async with asyncio.timeout(pause):
                        await self._woken.wait()
                except TimeoutError:
                    pass

    async def _wake(self, _: dict[str, Any]) -> dict[str, Any]:
        self._woken.set()
        return {"ok": True}

    async def _observe(self, _: dict[str, Any]) -> dict[str, Any]:
        trouble = self._trouble
        said = {"code": trouble.code, **trouble.text.as_json(), "detail": trouble.detail} if trouble else None
        return {**await observe(self._node, self._run), "trouble": said}

    async def _explain(self, request: dict[str, Any]) -> dict[str, Any]:
        """What the live server would do with a message (`plan.inquiry`), or the candidate of a `run`; `ok` false with `findings` where it cannot say."""
        inquiry = Inquiry.from_json(request["inquiry"])
        try:
            if "run" not in request:
                found = await explain_live(self._node, inquiry)
            else:
                async with self._trying:
                    found = await explain_candidate(self._node, Run.from_json(request["run"]), inquiry)
        except Exception as error:  # noqa: BLE001  # raised again by `trouble` where it is no trouble of the world
            return {"ok": False, "findings": [each.as_wire() for each in trouble(error).findings]}
        return {"ok": True, **found.as_wire()}

    async def _check_message(self, request: dict[str, Any]) -> dict[str, Any]:
        """How a message fares that somebody brings (`mailfilter.message_check`); `ok` false with `findings` where it
        could not be checked."""
        try:
            found = await message_checked(self._node.home, request)
        except Trouble as error:
            return {"ok": False, "findings": [each.as_wire() for each in trouble(error).findings]}
        return {"ok": True, **found}

    async def _wake_zones(self, _: dict[str, Any]) -> dict[str, Any]:
        self._zones.set()
        return {"ok": True}

    async def _primaries(self, _: dict[str, Any]) -> dict[str, Any]:
        found = await asyncio.to_thread(primaries.found)
        return {"ok": True, "primaries": [each.as_json() for each in found]}

    async def _domain_notes(self, request: dict[str, Any]) -> dict[str, Any]:
        domains = [str(each) for each in request["domains"]]
        return {"ok": True, "domains": await asyncio.to_thread(domain_notes.noted, self._node.home, domains)}

    async def _start_servers(self) -> None:
        """What served before we were stopped serves again."""
        try:
            seen = await self._node.link.ask(lambda applier: applier.observe())
            if seen.serving is not None and not (seen.postfix.running and seen.dovecot.running):
                await self._node.link.ask(lambda applier: applier.start())
        except ApplierError as error:
            log.warning("start: %s", error)

    async def _turn(self) -> float:
        """One round. Returns how long to sleep unless woken."""
        node = self._node
        try:
            await expire(node)
            if not await deliver(node):
                return _AFTER_TROUBLE
            held = await asyncio.to_thread(node.lookups.secrets_version)
            work = Work.from_json(
                await asyncio.to_thread(partial(node.console.request, "GET", WORK, query={"secrets": held}))
            )
            if work.secrets != held and await self._take_secrets() and work.run is None:
                return 0.0  # asking again says that they are here
            if work.run is not None:
                await self._do(work.run, work.desired)
                if not await deliver(node):
                    return _AFTER_TROUBLE
                await self._introduce(work.run)
                return 0.0
            await self._keep_in_step(work.desired)
            await self._system_users.look(node, work.desired.settings)
        except ConsoleError as error:
            log.debug("the console: %s", error)
            return _AFTER_TROUBLE
        return self._pause()

    async def _take_secrets(self) -> bool:
        """Whether the look-ups now hold the console's secrets; a home that has never served has no look-ups yet."""
        node = self._node
        said = Secrets.from_json(await asyncio.to_thread(node.console.request, "GET", SECRETS))
        try:
            return await asyncio.to_thread(node.lookups.put_secrets, said)
        except sqlite3.Error as error:
            log.warning("secrets: %s", error)
            return False

    async def _keep_in_step(self, desired: Desired) -> None:
        """What serves is made what is desired. What stands in the way is tried again, each time a little later."""
        node = self._node
        if unconfirmed(node) is not None or (self._trouble is not None and time.monotonic() < self._again):
            return
        try:
            await synchronise(node, desired, rendered_anew=self._started)
        except ConsoleError:
            raise
        except Exception as error:  # noqa: BLE001  # raised again by `trouble` where it is no trouble of the world
            said = trouble(error)
            if self._trouble is None or self._trouble.code != said.code:
                log.warning("%s: %s %s", said.code, said.text.en, said.detail)
            self._trouble = said
            self._patience = min(self._patience * 2, _LONGEST)
            self._again = time.monotonic() + self._patience
        else:
            self._started = False
            self._trouble = None
            self._patience = _EVERY

    def _pause(self) -> float:
        journal = unconfirmed(self._node)
        if journal is None or journal.confirm_by is None:
            return _EVERY
        return max(0.0, min(_EVERY, journal.confirm_by - time.time()))

    async def _introduce(self, run: Run) -> None:
        """Accounts that are new to the console may have mail from an earlier life; under a new limit a mailbox may be
        full that was not. After a rename a mailbox is counted under its new name. Who logged in to an account that is gone
        says nothing of the next one of its name."""
        new = [
            edit.place[1]
            for edit in run.edits
            if edit.chapter == "quotas" or (edit.adds and edit.chapter == "accounts")
        ]
        came = [edit for edit in run.edits if edit.adds and edit.chapter == "accounts"]
        moved = [edit.place[1] for edit in came if MAILBOX in edit.now]
        gone = [edit.place[1] for edit in run.edits if edit.removes and edit.chapter == "accounts"]
        if (new or gone) and run.kind == "apply":
            usage = Usage(self._node.home)
            try:
                await asyncio.to_thread(usage.forget_log_ins, gone)
                await count_moved(self._node, usage, moved)
                await asyncio.to_thread(usage.say_again, new)
            except (ApplierError, sqlite3.Error, OSError) as error:
                log.info("usage: %s", error)

    async def _do(self, run: Run, desired: Desired) -> None:
        """Do the run and keep its outcome. First the look-ups are made those that it stands on."""
        node = self._node
        self._run = run.id
        reporter = Reporter(node, run.id)
        progress = Progress(reporter.seen)
        log.info("run %d: %s of revision %d", run.id, run.kind, run.revision)
        try:
            if run.base == desired.revision and unconfirmed(node) is None:
                await synchronise_rows(node, desired)
            async with self._trying:
                outcome = await self._outcome(run, progress)
        except Trouble as error:
            outcome = Outcome("refused", progress.steps, findings=error.findings)
        except ConsoleError:
            raise
        except (ApplierError, OSError, sqlite3.Error) as error:
            said = trouble(error)
            log.warning("run %d: %s: %s %s", run.id, said.code, said.text.en, said.detail)
            outcome = await self._broken_off(progress, said.findings)
        except Exception as error:
            # We are wrong. What was begun is undone, and the run ends: it would only go wrong again.
            log.exception("run %d", run.id)
            finding = Finding("agent-error", "", _WRONG.with_(error=f"{type(error).__name__}: {error}"))
            outcome = await self._broken_off(progress, (finding,))
        finally:
            await reporter.settled()
            self._run = None
            self._applied.set()
            self._zones.set()
        log.info("run %d: %s", run.id, outcome.outcome)
        keep(node, run.id, outcome)

    async def _broken_off(self, progress: Progress, findings: tuple[Finding, ...]) -> Outcome:
        """The outcome of a run that ended outside its steps: whatever stands in the journal is undone."""
        undone = await undo_interrupted(self._node)
        return replace(undone or Outcome("refused", progress.steps), findings=findings)

    async def _outcome(self, run: Run, progress: Progress) -> Outcome:
        match run.kind:
            case "plan":
                return await plan(self._node, run, progress)
            case "apply" if unconfirmed(self._node) is not None:
                return Outcome("refused", findings=(Finding("unconfirmed", "", _WAITING),))
            case "apply":
                return await apply(self._node, run, progress)
            case "confirm":
                return await confirm(self._node)
            case "roll_back":
                return await roll_back(self._node)


def _ended(task: asyncio.Task[None]) -> None:
    """What goes on beside the rounds never ends by itself: if it does, we are wrong, and the log says how."""
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("beside the rounds", exc_info=error)
