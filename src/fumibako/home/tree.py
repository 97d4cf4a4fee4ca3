"""The directories of a home: who owns each, and who may enter.

The rule behind the table: a directory belongs to the one that writes it. Where two users share SQLite databases it is
2770 with the reader's group, because WAL makes a reader create files too (anything tighter breaks at the next start,
whichever side opens first).
"""

from __future__ import annotations

import grp
import os
import pwd
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fumibako.layout import CONSOLE_USER, FILTER_USER, MAIL_USER, NODE_USER


@dataclass(frozen=True, slots=True)
class Directory:
    path: str
    owner: str
    group: str
    mode: int


def _server(base: str) -> tuple[Directory, ...]:
    """What Postfix and Dovecot touch; a trial has the same."""
    return (
        Directory(base, "root", "root", 0o755),
        Directory(f"{base}/queue", "root", "root", 0o755),
        Directory(f"{base}/data", "postfix", "root", 0o700),
        Directory(f"{base}/dovecot", "root", "root", 0o755),
        Directory(f"{base}/dovecot-state", "root", "root", 0o755),
        # Logs name who writes to whom: the agent follows them, others need not.
        Directory(f"{base}/log", "root", NODE_USER, 0o2750),
        Directory(f"{base}/db", NODE_USER, "postfix", 0o2770),
        Directory(f"{base}/auth", NODE_USER, "dovecot", 0o2770),
        # Dovecot writes it, the mail filter reads it, which must not read what else is Dovecot's: so it is the filter's
        # group, which Dovecot's dict process has beside its own.
        Directory(f"{base}/usage", NODE_USER, FILTER_USER, 0o2770),
        # Postfix connects to the filter's sockets; the set-group-ID bit gives them its group.
        Directory(f"{base}/filter", FILTER_USER, "postfix", 0o2710),
        Directory(f"{base}/mail", MAIL_USER, MAIL_USER, 0o700),
        Directory(f"{base}/sieve", MAIL_USER, MAIL_USER, 0o700),
    )


DIRECTORIES: Final[tuple[Directory, ...]] = (
    Directory("", "root", "root", 0o755),
    *_server("server"),
    *_server("trial"),
    Directory("generations", "root", "root", 0o755),
    Directory("tls", "root", "root", 0o755),
    # Sockets of four users: the set-group-ID bit lets console and agent reach each other's, the sticky bit keeps
    # everyone from replacing another's.
    Directory("run", "root", CONSOLE_USER, 0o3770),
    Directory("log", "root", "root", 0o750),
    Directory("console", CONSOLE_USER, CONSOLE_USER, 0o700),
    Directory("console/tls", CONSOLE_USER, CONSOLE_USER, 0o700),
    Directory("node", NODE_USER, NODE_USER, 0o700),
    Directory("filter", FILTER_USER, FILTER_USER, 0o700),
    Directory("applier", "root", "root", 0o700),
)


def make_tree(root: Path) -> None:
    """Make the directories that are missing and give all of them their owners and modes."""
    for directory in DIRECTORIES:
        path = root / directory.path
        path.mkdir(exist_ok=True)
        # Some parents belong to users who may be hostile by now: a link in the place of a directory is not followed.
        handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            os.fchown(handle, pwd.getpwnam(directory.owner).pw_uid, grp.getgrnam(directory.group).gr_gid)
            os.fchmod(handle, directory.mode)
        finally:
            os.close(handle)


def write_file(path: Path, content: bytes, owner: str, group: str, mode: int) -> None:
    """A new file whose content nobody else can have seen before it has its owner and mode; on the disk on return."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "wb") as file:
        os.fchown(file.fileno(), pwd.getpwnam(owner).pw_uid, grp.getgrnam(group).gr_gid)
        file.write(content)
        os.fchmod(file.fileno(), mode)
        file.flush()
        os.fsync(file.fileno())


def sync_directory(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
