"""What is true now, measured when asked: for `status` and the overview."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from typing import Any, Final

from fumibako.channel.applier import ApplierError
from fumibako.channel.mail_filter import filter_answers
from fumibako.document.settings import parse
from fumibako.node import block_lists
from fumibako.node.asking import answers, listeners, reachable
from fumibako.node.certificates import certificate_files
from fumibako.node.node import Node
from fumibako.node.state import Serving
from fumibako.plan.behaviour import Listener
from fumibako.wire.applier import Daemon, Observed

_PATIENCE: Final = 1.0


async def observe(node: Node, run: int | None) -> dict[str, Any]:
    """The answer to the verb `observe`; what cannot be found out in time is null."""
    seen, revision, filters = await asyncio.gather(
        _applier(node), asyncio.to_thread(node.lookups.revision), asyncio.to_thread(filter_answers, node.home)
    )
    serving = await asyncio.to_thread(_installed, node, seen)
    asked = listeners(parse(serving.settings)) if serving is not None else ()
    enabled = [each for each in asked if each.enabled]
    heard = await asyncio.gather(*(answers(each) for each in enabled))
    greeted = dict(zip([each.at for each in enabled], heard, strict=True))
    return {
        "ok": True,
        "revision": revision,
        "generation": serving.generation if serving else None,
        "services": _services(asked, greeted),
        "postfix": _daemon(seen.postfix) if seen else None,
        "dovecot": _daemon(seen.dovecot) if seen else None,
        "filter": {"address": f"unix:{node.home.milter_socket}", "answers": filters},
        "block_lists": await asyncio.to_thread(block_lists.observed, node, serving.settings) if serving else [],
        "queue": seen.queue if seen else None,
        "drift": [each.path for each in seen.drift] if seen else [],
        "run": run,
        "certificate": await asyncio.to_thread(_certificate, node, serving),
        "disk": await asyncio.to_thread(_disk, node),
        "can_try": seen.can_try if seen else None,
        "cannot_try": seen.cannot_try if seen else "",
    }


def _installed(node: Node, seen: Observed | None) -> Serving | None:
    """What the link points to: between `install` and `finish` it is what the run under way will have made. Without the
    applier, what we remember."""
    remembered = node.state.serving()
    if seen is None:
        return remembered
    return next(
        (each for each in (remembered, node.state.coming()) if each is not None and each.generation == seen.serving),
        None,
    )


async def _applier(node: Node) -> Observed | None:
    try:
        async with asyncio.timeout(_PATIENCE):
            return await asyncio.to_thread(node.link.channel.observe)
    except (ApplierError, TimeoutError):
        return None


def _certificate(node: Node, serving: Serving | None) -> str | None:
    """The chain that mail is served with, in PEM; whoever asks reads it. The file is open to all and never changes."""
    if serving is None:
        return None
    try:
        return Path(certificate_files(node.home, serving.fingerprint).certificate).read_text("ascii")
    except (OSError, UnicodeDecodeError):
        return None


def _disk(node: Node) -> dict[str, int] | None:
    """Room on the file system that has the mail, in bytes: `free` is what others than root may use."""
    try:
        room = shutil.disk_usage(node.home.server)
    except OSError:
        return None
    return {"free": room.free, "total": room.total}


def _services(asked: tuple[Listener, ...], greeted: dict[str, bool]) -> dict[str, Any]:
    """By service: the first address, and whether all of them answer."""
    services: dict[str, Any] = {}
    for each in asked:
        address = reachable(each.address)
        shown = f"[{address}]:{each.port}" if ":" in address else f"{address}:{each.port}"
        service = services.setdefault(
            each.service, {"address": shown, "enabled": each.enabled, "answers": each.enabled}
        )
        service["answers"] = service["answers"] and greeted.get(each.at, False)
    return services


def _daemon(daemon: Daemon) -> dict[str, Any]:
    return {
        "wanted": daemon.wanted,
        "running": daemon.running,
        "pid": daemon.pid,
        "restarts": daemon.restarts,
        "looping": daemon.looping,
        "last_error": daemon.last_error,
    }
