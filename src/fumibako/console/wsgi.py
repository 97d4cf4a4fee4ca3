"""The WSGI application, which learns here who is at the other end of a Unix socket."""

from __future__ import annotations

import gc
import os
import socket
import struct
from collections.abc import Callable, Iterable
from typing import Any, Final

from django.core.wsgi import get_wsgi_application

# A WSGI key without HTTP_ in front: no header can forge it.
PEER: Final = "fumibako.peer"

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fumibako.console.settings")
_django = get_wsgi_application()

# The code that was loaded stays; a hundred thousand edits in one request are not garbage either, and looking through them
# again and again takes a fifth of its time.
gc.freeze()
gc.set_threshold(50_000, 20, 100)


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    environ.pop(PEER, None)
    connection = environ.get("gunicorn.socket")
    if connection is not None and connection.family == socket.AF_UNIX:
        environ[PEER] = _user_of(connection)
    return _django(environ, start_response)


def _user_of(connection: socket.socket) -> int:
    """The user id of the process that connected (unix(7), SO_PEERCRED)."""
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    _, user, _ = struct.unpack("3i", credentials)
    assert isinstance(user, int)
    return user
