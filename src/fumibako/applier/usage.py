"""How full mailboxes are, counted by Dovecot itself. It takes root: doveadm becomes the owner of the mail."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from fumibako.applier.programs import ENVIRONMENT
from fumibako.applier.refused import Refused
from fumibako.layout import Home
from fumibako.mail.address import Address
from fumibako.mail.malformed import Malformed
from fumibako.schema.text import Text
from fumibako.wire.applier import Counted

MOST: Final = 1000
_SECONDS: Final = 120.0
_NOT_COUNTED: Final = Text("Dovecot could not count the mailboxes.", "Dovecot がメールボックスを集計できませんでした。")


def counted(home: Home, accounts: Sequence[str]) -> tuple[Counted, ...]:
    """The usage of those of the accounts that have a mailbox; doveadm would make one for the others."""
    if len(accounts) > MOST:
        raise Refused("too_many", _NOT_COUNTED, f"{len(accounts)} accounts")
    there = [account for account in accounts if _has_mailbox(home, account)]
    if not there:
        return ()
    # doveadm reads its list of users with pread(2): a file in memory, not a pipe.
    with os.fdopen(os.memfd_create("accounts"), "w+b") as names:
        names.write("".join(f"{account}\n" for account in there).encode())
        names.flush()
        listed = f"/proc/self/fd/{names.fileno()}"
        argv = ["/usr/bin/doveadm", "-c", str(home.dovecot_conf), "-f", "json", "quota", "get", "-F", listed]
        try:
            done = subprocess.run(
                argv,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                env=ENVIRONMENT,
                cwd="/",
                pass_fds=(names.fileno(),),
                timeout=_SECONDS,
                check=False,
            )
            rows = json.loads(done.stdout or b"[]")
        except (OSError, ValueError, subprocess.TimeoutExpired) as error:
            raise Refused("not_counted", _NOT_COUNTED, str(error)) from error
    # An account that went away meanwhile makes doveadm complain; the others are counted all the same.
    if done.returncode != 0 and not rows:
        raise Refused("not_counted", _NOT_COUNTED, done.stderr.decode(errors="replace")[:2000])
    return _read(rows)


def _has_mailbox(home: Home, account: str) -> bool:
    try:
        address = Address.parse(account)
    except Malformed:
        return False
    if str(address) != account:
        return False
    moved = _moved(home, account)
    usual = (str(address.domain), address.local_part)
    apart = ("system", address.local_part)  # a system account's
    return any(Path(home.mail, *parts).is_dir() for parts in (moved.split("/") if moved else usual, apart))


def _moved(home: Home, account: str) -> str | None:
    """Where the mail of a renamed account lies, as Dovecot would find it."""
    with contextlib.suppress(sqlite3.Error), contextlib.closing(_opened(home)) as database:
        row = database.execute("SELECT mailbox FROM mailboxes WHERE address = ?", (account,)).fetchone()
        return str(row[0]) if row else None
    return None


def _opened(home: Home) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{home.passwords_db}?mode=ro", uri=True, timeout=1.0)


def _read(rows: Sequence[dict[str, Any]]) -> tuple[Counted, ...]:
    """doveadm gives a row a resource: kilobytes, rounded up, and messages."""
    found: dict[str, dict[str, int]] = {}
    for row in rows:
        found.setdefault(row["username"], {})[row["type"]] = int(row["value"])
    return tuple(Counted(name, each.get("STORAGE", 0), each.get("MESSAGE", 0)) for name, each in found.items())
