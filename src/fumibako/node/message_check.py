"""Having a message checked, without delivering it: by a process of the mail filter's own code, bounded in time, memory and
number."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sqlite3
import sys
from collections.abc import Mapping
from typing import Any, Final

from fumibako.layout import Home
from fumibako.node.reverse_name import verified
from fumibako.node.trouble import Trouble
from fumibako.schema.text import Text
from fumibako.wire import frames

log = logging.getLogger("fumibako.node")

_LONGEST: Final = 26.0  # seconds, beside the client's name; the look-ups take twenty at most
_AT_ONCE: Final = asyncio.Semaphore(2)

_LATE: Final = Text("The check took too long and was ended.", "検査に時間がかかりすぎたため、打ち切りました。")
_BROKE: Final = Text(
    "The check could not be finished: the message costs too much memory or time.",
    "検査を終えられませんでした。メモリーまたは時間がかかりすぎるメールです。",
)


def _names_decide(home: Home) -> bool:
    """Some client is permitted by its name, so that the server looks for names."""
    try:
        with contextlib.closing(sqlite3.connect(f"file:{home.lookup_db}?mode=ro", uri=True, timeout=1.0)) as database:
            return bool(database.execute("SELECT 1 FROM permitted_names LIMIT 1").fetchall())
    except sqlite3.Error:
        return False


async def message_checked(home: Home, asked: Mapping[str, Any]) -> dict[str, Any]:
    """The answer of `mailfilter.message_check`. Raises `Trouble`."""
    async with _AT_ONCE:
        if asked["client"] and await asyncio.to_thread(_names_decide, home):
            asked = {**asked, "name": (await verified(asked["client"])).verified}
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "fumibako.mailfilter.message_check", "--home", str(home.root)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            async with asyncio.timeout(_LONGEST):
                said, wrong = await process.communicate(frames.encode(asked))
        except TimeoutError:
            raise Trouble("check-late", _LATE) from None
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
    try:
        return frames.decode(said[frames.HEADER :])
    except frames.BadFrame:
        log.warning("message check: ended with %s: %s", process.returncode, wrong[-500:].decode("utf-8", "replace"))
        raise Trouble("check-broke", _BROKE) from None
