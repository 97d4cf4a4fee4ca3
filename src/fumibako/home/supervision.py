"""Speaking to a home's supervisord: XML-RPC over a Unix socket that only root can have opened."""

from __future__ import annotations

import contextlib
import http.client
import socket
import struct
import xmlrpc.client
from dataclasses import dataclass
from typing import Any

from fumibako.layout import Home


class SupervisorAway(Exception):
    """No supervisord answers for this home."""


@dataclass(frozen=True, slots=True)
class Supervised:
    """A process as supervisord sees it. `state` is its word in lower case: running, starting, backoff, exited …;
    `said` is what it says of the last failure; `since` is the Unix time of the last start."""

    name: str
    pid: int | None
    state: str
    restarts: int
    looping: bool
    since: int
    said: str


class Supervisor:
    def __init__(self, home: Home, *, timeout: float = 5.0) -> None:
        self._path = str(home.supervisor_socket)
        self._timeout = timeout

    def processes(self) -> list[Supervised]:
        """Raises `SupervisorAway`."""
        counts: dict[str, Any] = self._call("fumibako.counts")
        seen: list[dict[str, Any]] = self._call("supervisor.getAllProcessInfo")
        return [
            Supervised(
                one["name"],
                one["pid"] or None,
                str(one["statename"]).lower(),
                counts.get(one["name"], {}).get("restarts", 0),
                counts.get(one["name"], {}).get("looping", False),
                one["start"],
                one["spawnerr"],
            )
            for one in seen
        ]

    def answers(self) -> bool:
        try:
            self._call("supervisor.getState")
        except SupervisorAway:
            return False
        return True

    def stop(self, *names: str) -> None:
        """Ask the processes to end and not to come back; does not wait for it. Nothing where nobody answers."""
        for name in names:
            self._tell("supervisor.stopProcess", name, False)

    def shutdown(self) -> None:
        """Ask all processes and supervisord itself to end; does not wait. Nothing where nobody answers."""
        self._tell("supervisor.shutdown")

    def _tell(self, method: str, *arguments: Any) -> None:
        with contextlib.suppress(SupervisorAway):
            self._call(method, *arguments)

    def _call(self, method: str, *arguments: Any) -> Any:
        transport = _Transport(self._path, self._timeout)
        try:
            with xmlrpc.client.ServerProxy("http://localhost", transport=transport) as proxy:
                return getattr(proxy, method)(*arguments)
        except (OSError, http.client.HTTPException, xmlrpc.client.Error, ValueError) as error:
            raise SupervisorAway(f"{self._path}: {error}") from error


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: str, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)
        # HOME/run is shared by several users; while supervisord is down another could have put a socket here.
        credentials = self.sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        if struct.unpack("3i", credentials)[1] != 0:
            raise PermissionError(f"{self._path} was not opened by root")


class _Transport(xmlrpc.client.Transport):
    def __init__(self, path: str, timeout: float) -> None:
        super().__init__()
        self._path = path
        self._timeout = timeout

    def make_connection(self, _host: Any) -> http.client.HTTPConnection:
        return _Connection(self._path, self._timeout)
