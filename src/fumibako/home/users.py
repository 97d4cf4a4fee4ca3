"""The system users that the parts of Fumibako run as.

A part that is broken into has the powers of its user and no more, so each has its own: the console, the agent, the mail
filter, and one that owns the mailboxes. They have no shell, no password and no home of their own.
"""

from __future__ import annotations

import grp
import pwd
import subprocess
from typing import Final

from fumibako.home.refusal import refused
from fumibako.layout import CONSOLE_USER, FILTER_USER, MAIL_USER, NODE_USER

_NOLOGIN: Final = "/usr/sbin/nologin"

# The agent writes what Postfix and Dovecot read (directories 2770 with the group of the reader) and speaks to the
# console over its socket (group fumibako). The filter reads the look-ups that Postfix reads.
_MEMBERSHIPS: Final[dict[str, tuple[str, ...]]] = {
    NODE_USER: ("postfix", "dovecot", CONSOLE_USER, FILTER_USER),
    FILTER_USER: ("postfix",),
}


def ensure_users() -> None:
    """Make the users that are missing; those that are there stay as they are, but get the groups that they need."""
    for package in ("postfix", "dovecot"):
        if not _group_exists(package):
            raise refused(
                "package-missing",
                package,
                f"{package.capitalize()} is not installed (there is no group {package}).",
                f"{package.capitalize()} がインストールされていません（グループ {package} がありません）。",
            )
    for user in (CONSOLE_USER, NODE_USER, FILTER_USER, MAIL_USER):
        if not _group_exists(user):
            _run("groupadd", "--system", user)
        if not _user_exists(user):
            options = ("--no-create-home", "--home-dir", "/nonexistent", "--shell", _NOLOGIN)
            _run("useradd", "--system", "--gid", user, *options, "--comment", "Fumibako mail server", user)
    for user, groups in _MEMBERSHIPS.items():
        missing = [group for group in groups if user not in grp.getgrnam(group).gr_mem]
        if missing:
            _run("usermod", "--append", "--groups", ",".join(missing), user)


def _user_exists(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def _group_exists(name: str) -> bool:
    try:
        grp.getgrnam(name)
    except KeyError:
        return False
    return True


def _run(program: str, *arguments: str) -> None:
    done = subprocess.run(
        [f"/usr/sbin/{program}", *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    # 9: somebody else has just made it.
    if done.returncode not in {0, 9}:
        said = done.stderr.strip()
        raise refused(
            "users-failed",
            arguments[-1],
            f"The system user {arguments[-1]} could not be made: {said}",
            f"システムユーザー {arguments[-1]} を作成できません: {said}",
        )
