"""Network listeners as values: what a generation asks for, and what processes really hold, from /proc.

The kernel's own tables are the only witness that counts: a reload answers "0" while a listener could not be had.
"""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from fumibako.applier.grammar.postfix_master import listener_of
from fumibako.formats import dovecot23, master_cf
from fumibako.formats.dovecot23 import Block, DovecotConf, Setting
from fumibako.wire.applier import Taken

_LISTEN: Final = "0A"
_ANY: Final = {"*": ("0.0.0.0",), "": ()}  # the wildcard, as Dovecot spells it
# Listeners that Dovecot has by itself when a protocol is on: name, port, TLS from the start.
_DOVECOT_DEFAULTS: Final = {
    "imap": (("imap", 143, False), ("imaps", 993, True)),
    "pop3": (("pop3", 110, False), ("pop3s", 995, True)),
}


@dataclass(frozen=True, slots=True, order=True)
class Listener:
    address: str
    port: int

    @classmethod
    def of(cls, address: str, port: int) -> Listener:
        """With the address in its one canonical spelling."""
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        return cls(socket.inet_ntop(family, socket.inet_pton(family, address)), port)

    @property
    def family(self) -> socket.AddressFamily:
        return socket.AF_INET6 if ":" in self.address else socket.AF_INET

    @property
    def is_wildcard(self) -> bool:
        return self.address in ("0.0.0.0", "::")

    def __str__(self) -> str:
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"

    def overlaps(self, other: Listener) -> bool:
        """Whether the two cannot be held by different sockets."""
        same_place = self.family == other.family and self.port == other.port
        return same_place and (self.address == other.address or self.is_wildcard or other.is_wildcard)


def of_postfix(files: Mapping[str, str]) -> set[Listener]:
    """What master(8) will listen on."""
    services = master_cf.parse(files["postfix/master.cf"]).services()
    return {Listener.of(*found) for service in services if (found := listener_of(service))}


def of_dovecot(files: Mapping[str, str]) -> set[Listener]:
    """What Dovecot's master will listen on: its own defaults, changed by the `inet_listener` blocks of the file."""
    conf = dovecot23.parse(files["dovecot/dovecot.conf"])
    protocols = _text(conf.items, "protocols", "imap pop3 lmtp").replace(",", " ").split()
    tls = _text(conf.items, "ssl", "yes") != "no"
    found: set[Listener] = set()
    for protocol, defaults in _DOVECOT_DEFAULTS.items():
        if protocol not in protocols:
            continue
        blocks = _listener_blocks(conf, f"{protocol}-login")
        for name, port, from_the_start in defaults:
            items = blocks.get(name, Block("inet_listener", name)).items
            secure = _text(items, "ssl", "yes" if from_the_start else "no") == "yes"
            number = int(_text(items, "port", str(port)))
            addresses = _text(items, "address", "") or _text(conf.items, "listen", "*, ::")
            if number and (tls or not secure):
                found.update(_each(addresses, number))
    return found


def _listener_blocks(conf: DovecotConf, service: str) -> dict[str, Block]:
    return {
        item.name: item
        for block in conf.blocks("service")
        if block.name == service
        for item in block.items
        if isinstance(item, Block) and item.kind == "inet_listener"
    }


def _text(items: tuple[dovecot23.Item, ...], name: str, default: str) -> str:
    found = [str(item.value) for item in items if isinstance(item, Setting) and item.name == name]
    return found[-1] if found else default


def _each(addresses: str, port: int) -> Iterator[Listener]:
    for word in addresses.replace(",", " ").split():
        for address in _ANY.get(word, (word,)):
            yield Listener.of(address, port)


def held_by(pid: int) -> set[Listener]:
    """The listeners among a process's open files; empty when it is gone."""
    inodes = _socket_inodes(pid)
    return {listener for listener, inode in _table(pid) if inode in inodes}


def in_network_of(pid: int) -> set[Listener]:
    """All listeners in the network namespace of a process."""
    return {listener for listener, _ in _table(pid)}


def holder_of(wanted: Listener) -> str:
    """The program that holds a listener which overlaps this one, as `name (pid 12)`; empty where it cannot be told."""
    inodes = {inode for listener, inode in _table(os.getpid()) if listener.overlaps(wanted)}
    if not inodes:
        return ""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and inodes & _socket_inodes(int(entry.name)):
            try:
                return f"{(entry / 'comm').read_text().strip()} (pid {entry.name})"
            except OSError:
                continue
    return ""


def pre_bind(wanted: Listener) -> Taken | None:
    """Whether a listener could be had now: bound for a moment, never listened on, so no client can run into it."""
    with socket.socket(wanted.family, socket.SOCK_STREAM) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if wanted.family == socket.AF_INET6:
            trial.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        try:
            trial.bind((wanted.address, wanted.port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return Taken(wanted.address, wanted.port, "in_use", holder_of(wanted))
            reason = "not_permitted" if error.errno in (errno.EACCES, errno.EPERM) else "no_such_address"
            return Taken(wanted.address, wanted.port, reason, "")
    return None


def _socket_inodes(pid: int) -> set[str]:
    """The inodes of the sockets that a process has open."""
    found: set[str] = set()
    try:
        for entry in Path(f"/proc/{pid}/fd").iterdir():
            try:
                target = str(entry.readlink())
            except OSError:
                continue
            if target.startswith("socket:["):
                found.add(target[8:-1])
    except OSError:
        return set()
    return found


def _table(pid: int) -> Iterator[tuple[Listener, str]]:
    """Listeners and their inodes in the network namespace of a process (proc(5), /proc/net/tcp)."""
    for name, family in (("tcp", socket.AF_INET), ("tcp6", socket.AF_INET6)):
        try:
            with Path(f"/proc/{pid}/net/{name}").open() as table:
                yield from _listeners(table, family)
        except OSError:
            continue


def _listeners(table: Iterable[str], family: socket.AddressFamily) -> Iterator[tuple[Listener, str]]:
    """The kernel lists listeners first: what follows, maybe thousands of connections, is not even read."""
    for line in islice(table, 1, None):
        columns = line.split()
        if columns[3] != _LISTEN:
            return
        address, _, port = columns[1].partition(":")
        # The address is in 32-bit words of the machine's own order.
        words = bytes.fromhex(address)
        packed = b"".join(words[start : start + 4][::-1] for start in range(0, len(words), 4))
        yield Listener(socket.inet_ntop(family, packed), int(port, 16)), columns[9]
