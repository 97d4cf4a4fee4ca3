"""The users of this machine's operating system: those who may have a mailbox are kept in the look-ups, all are told to the
console, which may run elsewhere and never looks itself."""

from __future__ import annotations

import asyncio
import logging
import pwd
import sqlite3
from collections.abc import Mapping
from typing import Final

from fumibako.channel.console import ConsoleError
from fumibako.features.directory.system_users import may_be_account
from fumibako.node.node import Node
from fumibako.node.usage import Usage
from fumibako.schema.place import Json, looked_up
from fumibako.wire.console import SYSTEM_USERS, SystemUser, SystemUsers

log = logging.getLogger("fumibako.node")

_MOST: Final = 20_000
_LONGEST: Final = 200


class Watch:
    """Looks every round of the agent; writes and tells where something is different."""

    def __init__(self) -> None:
        self._told: SystemUsers | None = None
        self._said = ""

    async def look(self, node: Node, settings: Mapping[str, Json]) -> None:
        """Raises `ConsoleError`."""
        try:
            users = await asyncio.to_thread(_there, node, settings)
            addresses = {each.address: each.name for each in users.users if each.address}
            await asyncio.to_thread(node.lookups.put_system_users, addresses)
            if users != self._told:
                await asyncio.to_thread(node.console.request, "POST", SYSTEM_USERS, users.as_json())
                self._told = users
                # Their mailboxes may have mail from an earlier time, of which nobody was told.
                await asyncio.to_thread(Usage(node.home).say_again, list(addresses))
            self._said = ""
        except (OSError, sqlite3.Error) as error:
            if str(error) != self._said:
                log.info("system users: %s", error)
            self._said = str(error)
        except ConsoleError:
            self._told = None
            raise


def _there(node: Node, settings: Mapping[str, Json]) -> SystemUsers:
    """All users by name; one who takes mail here has an address."""
    domain = None
    if looked_up(settings, ("basics", "system_accounts")):
        domain = looked_up(settings, ("basics", "primary_domain")) or node.lookups.first_domain()
    found: dict[str, SystemUser] = {}
    for each in pwd.getpwall()[:_MOST]:
        # A number may have several names: a name that root has is root's.
        uid = min(each.pw_uid, found[each.pw_name].uid) if each.pw_name in found else each.pw_uid
        address = f"{each.pw_name}@{domain}" if domain and may_be_account(each.pw_name, uid) else ""
        found[each.pw_name] = SystemUser(each.pw_name, uid, _readable(each.pw_gecos.partition(",")[0]), address)
    return SystemUsers(tuple(found[name] for name in sorted(found)))


def _readable(text: str) -> str:
    return "".join(character for character in text if character.isprintable())[:_LONGEST].strip()
