"""A network of the tests' own: loopback and two documentation addresses, one for the server, one for a stranger.

This machine's own addresses may always send, so no client on 127.0.0.1 ever sees what a stranger sees. Here a client at
`OUTSIDE` comes from elsewhere as far as the server can tell (RFC 5737's TEST-NET-2). Whatever is started in the network
stays in it, so its ports are nobody else's either.
"""

from __future__ import annotations

import ctypes
import os
import subprocess

SERVER = "198.51.100.1"
OUTSIDE = "198.51.100.9"
_CLONE_NEWNET = 0x40000000
_LIBC = ctypes.CDLL(None, use_errno=True)


class PrivateNetwork:
    """`with network:` puts this thread, and the threads and processes it starts, into the network."""

    def __init__(self) -> None:
        self._before: list[int] = []
        self._outer = _current()
        if _LIBC.unshare(_CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        try:
            self._own = _current()
            subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
            for address in (SERVER, OUTSIDE):
                subprocess.run(["ip", "addr", "add", f"{address}/32", "dev", "lo"], check=True)
        finally:
            _enter(self._outer)

    def __enter__(self) -> None:
        self._before.append(_current())
        _enter(self._own)

    def __exit__(self, *_error: object) -> None:
        before = self._before.pop()
        _enter(before)
        os.close(before)

    def close(self) -> None:
        """It is gone when the last that was started in it is gone too."""
        os.close(self._own)
        os.close(self._outer)


def _current() -> int:
    return os.open("/proc/thread-self/ns/net", os.O_RDONLY)


def _enter(network: int) -> None:
    if _LIBC.setns(network, _CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
