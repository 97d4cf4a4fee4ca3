"""The WSGI application, which learns here who is at the other end of a Unix socket."""

from __future__ import annotations

import gc
import os
import socket
import struct
from collections.abc import Callable, Iterable
from typing import Any, Final

from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

# A WSGI key without HTTP_ in front: no header can forge it.
PEER: Final = "fumibako.peer"

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fumibako.console.settings")
_django = get_wsgi_application()


def _bring_database_up_to_date() -> None:
    """A home that an older Fumibako made gets the tables of this one before anything is asked of them."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", interactive=False, verbosity=0)
    connection.close()


_bring_database_up_to_date()

# The code that was loaded stays; a hundred thousand edits in one request are not garbage either, and looking through them
# again and again takes a fifth of its time.
gc.freeze()
gc.set_threshold(50_000, 20, 100)


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    environ.pop(PEER, None)
    line = environ.get("gunicorn.socket")
    if line is not None and line.family == socket.AF_UNIX:
        environ[PEER] = _user_of(line)
    return _django(environ, start_response)


def _user_of(line: socket.socket) -> int:
    """The user id of the process that connected (unix(7), SO_PEERCRED)."""
    credentials = line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    _, user, _ = struct.unpack("3i", credentials)
    assert isinstance(user, int)
    return user
