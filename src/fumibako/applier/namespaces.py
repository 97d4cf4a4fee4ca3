"""Linux namespaces, without a library: `unshare`, `setns` and `mount` by ctypes, addresses for `lo` by netlink.

Python 3.12 brings the first two; Debian 12 has 3.11. A namespace belongs to a thread, so whatever enters one here does it
in a thread of its own that ends afterwards, and the rest of the process never notices.
"""

from __future__ import annotations

import ctypes
import os
import socket
import struct
import threading
from collections.abc import Callable
from typing import Any, Final, TypeVar

_T = TypeVar("_T")

NEW_MOUNTS: Final = 0x00020000
NEW_PIDS: Final = 0x20000000
NEW_NETWORK: Final = 0x40000000
_BIND: Final = 4096
_RECURSIVE: Final = 16384
_PRIVATE: Final = 1 << 18
_DIE_WITH_PARENT: Final = 1
_SIGKILL: Final = 9

_libc = ctypes.CDLL(None, use_errno=True)


def unshare(flags: int) -> None:
    """Give the calling thread namespaces of its own (new process ids for its children only)."""
    _check(_libc.unshare(flags), "unshare")


def enter_network(descriptor: int) -> None:
    """Put the calling thread into the network namespace that `descriptor` (of /proc/PID/ns/net) names."""
    _check(_libc.setns(descriptor, NEW_NETWORK), "setns")


def die_with_parent() -> None:
    _check(_libc.prctl(_DIE_WITH_PARENT, _SIGKILL, 0, 0, 0), "prctl")


def mount_over(source: str, target: str) -> None:
    """In this mount namespace alone, show the directory `source` at `target`."""
    # Without this a mount would be seen by everyone: systemd makes / shared.
    _check(_libc.mount(b"none", b"/", None, _RECURSIVE | _PRIVATE, None), "mount --make-rprivate")
    _check(_libc.mount(source.encode(), target.encode(), None, _BIND, None), "mount --bind")


def in_own_thread(action: Callable[[], _T]) -> _T:
    """The result of `action`, done in a thread that ends with it; what it raises is raised here."""
    results: list[_T] = []
    errors: list[BaseException] = []

    def act() -> None:
        try:
            results.append(action())
        except BaseException as error:  # noqa: BLE001  # handed over whole to the caller's thread
            errors.append(error)

    thread = threading.Thread(target=act)
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
    return results[0]


def why_not() -> str:
    """Why this process may not make namespaces; empty when it may."""
    try:
        in_own_thread(lambda: unshare(NEW_MOUNTS | NEW_NETWORK))
    except OSError as error:
        return str(error)
    return ""


def bring_up_loopback(addresses: list[str]) -> None:
    """Set `lo` up in this thread's network namespace and give it host addresses (rtnetlink(7)).

    IPv6 addresses are added without duplicate address detection: it takes a second, and nobody else is there.
    """
    index = socket.if_nametoindex("lo")
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as line:
        up = 1
        _ask(line, 16, 0, struct.pack("=BxHiII", socket.AF_UNSPEC, 0, index, up, up))  # RTM_NEWLINK, ifinfomsg
        for address in addresses:
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            packed = socket.inet_pton(family, address)
            no_detection = 0x02 if family == socket.AF_INET6 else 0
            head = struct.pack("=BBBBi", family, len(packed) * 8, no_detection, 254, index)  # ifaddrmsg, scope host
            local = struct.pack("=HH", 4 + len(packed), 2) + packed  # IFA_LOCAL
            own = struct.pack("=HH", 4 + len(packed), 1) + packed  # IFA_ADDRESS
            create_or_replace = 0x400 | 0x100
            _ask(line, 20, create_or_replace, head + local + own)  # RTM_NEWADDR


def _ask(line: socket.socket, kind: int, flags: int, body: bytes) -> None:
    request_and_acknowledge = 0x1 | 0x4
    line.send(struct.pack("=IHHII", 16 + len(body), kind, request_and_acknowledge | flags, 1, 0) + body)
    answer = line.recv(4096)
    # NLMSG_ERROR carries 0 when all is well.
    (_, answer_kind, _, _, _, error) = struct.unpack_from("=IHHIIi", answer)
    if answer_kind == 2 and error:
        raise OSError(-error, f"netlink: {os.strerror(-error)}")


def _check(result: Any, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
