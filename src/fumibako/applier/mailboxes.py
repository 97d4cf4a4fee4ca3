"""Throwing away the mail of accounts that are gone.

Nobody is trusted with other people's mail: the agent says which mailboxes shall go, and one that was used within the last
weeks stays whatever it says. It is looked at and removed through directory descriptors, so that no link leads elsewhere.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from fumibako.applier.refused import Refused
from fumibako.layout import Home
from fumibako.schema.text import Text

MOST: Final = 100
# An account's time of grace is longer (`fumibako.actions.removed`), counted from its removal.
UNUSED: Final = 21 * 86_400  # seconds
_NAME: Final = re.compile(r"([a-z0-9.-]{1,253})/([a-z0-9._+=-]{1,80})")
_WRONG: Final = Text("That is not a mailbox's name.", "メールボックスの名前ではありません。")


def discard(home: Home, names: Sequence[str], now: float) -> tuple[str, ...]:
    """Remove the mailboxes (`example.jp/hanako`); those that are gone when it returns, because they were removed or were
    not there."""
    if len(names) > MOST or not all(_is_name(name) for name in names):
        raise Refused("bad_mailbox", _WRONG)
    return tuple(name for name in names if _discarded(home, name, now))


def _is_name(name: str) -> bool:
    found = _NAME.fullmatch(name)
    return found is not None and not {".", ".."} & set(found.groups())


def _discarded(home: Home, name: str, now: float) -> bool:
    domain, _, box = name.partition("/")
    try:
        above = os.open(Path(home.mail, domain), os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return True
    except (NotADirectoryError, OSError):
        return False
    try:
        if not _there(box, above):
            return True
        if _last_used(box, above) > now - UNUSED:
            return False
        shutil.rmtree(box, dir_fd=above)
    finally:
        os.close(above)
    return True


def _there(box: str, above: int) -> bool:
    try:
        return stat.S_ISDIR(os.stat(box, dir_fd=above, follow_symlinks=False).st_mode)
    except FileNotFoundError:
        return False


def _last_used(box: str, above: int) -> float:
    """When something in the mailbox last changed."""
    latest = 0.0
    for _, directories, files, descriptor in os.fwalk(box, dir_fd=above, follow_symlinks=False):
        latest = max(latest, os.fstat(descriptor).st_mtime)
        for entry in (*directories, *files):
            latest = max(latest, os.stat(entry, dir_fd=descriptor, follow_symlinks=False).st_mtime)
    return latest
