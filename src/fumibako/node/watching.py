"""Watching for mailboxes that fill up: their owners are warned in time, and aliases pass over those that are full.

Everything starts again from the beginning when the agent starts; what is so already changes nothing.
"""

from __future__ import annotations

import asyncio
import logging
import smtplib
import sqlite3
from collections.abc import Sequence
from email.utils import formatdate, make_msgid
from typing import Final

from fumibako.features.quotas.room import MBYTE
from fumibako.features.quotas.warning import level_of, warning
from fumibako.node.following import EVERY
from fumibako.node.node import Node
from fumibako.node.usage import Usage, Used

log = logging.getLogger("fumibako.node")

_AFTER_TROUBLE: Final = 5.0
_SECONDS: Final = 20.0


async def watch(node: Node) -> None:
    """Until cancelled."""
    usage = Usage(node.home)
    epoch, last, said = "", 0, ""
    while True:
        pause = EVERY
        try:
            changes = await asyncio.to_thread(usage.changes, epoch, last)
            if changes.used:
                await asyncio.to_thread(_judge, node, usage, changes.used)
            pause = 0.0 if changes.full else EVERY
            epoch, last, said = changes.epoch, changes.last, ""
        except (sqlite3.Error, OSError) as error:
            if str(error) != said:
                log.info("watching mailboxes: %s", error)
            said, pause = str(error), _AFTER_TROUBLE
        await asyncio.sleep(pause)


def _judge(node: Node, usage: Usage, used: Sequence[Used]) -> None:
    addresses = [each.address for each in used]
    limits = {address: limit * MBYTE for address, limit in node.lookups.limits(addresses).items()}
    node.lookups.mark_full(
        addresses, {each.address for each in used if each.bytes >= limits.get(each.address, 1 << 62)}
    )
    warned = usage.warned(addresses)
    for each in used:
        before = warned.get(each.address, 0)
        level = level_of(each.bytes, limits.get(each.address), before)
        if level > before and not _warn(node, each, limits[each.address], level):
            continue  # once more when it changes again
        if level != before:
            usage.remember_warning(each.address, level)


def _warn(node: Node, used: Used, limit: int, level: int) -> bool:
    """Put a warning into the mailbox, past all queues; a mailbox takes what is handed to it, whatever its limit."""
    message = warning(
        used.address,
        used.bytes,
        limit,
        level,
        node.lookups.languages([used.address]).get(used.address),
        formatdate(localtime=True),
        make_msgid(domain=used.address.rpartition("@")[2]),
    )
    try:
        with smtplib.LMTP(f"{node.home.dovecot}/lmtp", local_hostname="localhost", timeout=_SECONDS) as line:
            line.sendmail("", [used.address], message)
    except (OSError, smtplib.SMTPException) as error:
        log.info("%s was not warned: %s", used.address, error)
        return False
    log.info("%s was warned at %d %%", used.address, level)
    return True
