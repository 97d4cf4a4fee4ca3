"""SQLite databases as files: made for their readers, opened, set aside where they are none."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

# So long a transaction waits for another writer; there is none but us, unless somebody works on the file by hand.
PATIENCE: Final = 2.0
# Readers make -wal and -shm as well (0660 like the database), so they stay when the database is written anew.
_FAMILY: Final = ("", "-wal", "-shm", "-journal")


def set_aside_if_useless(path: Path) -> None:
    """A file that is no database, or not ours to write (Dovecot makes an empty one, as root, where it finds none), is
    kept under another name. The directory is ours."""
    if not path.exists():
        return
    try:
        if os.access(path, os.R_OK | os.W_OK):
            with closing(opened(path)) as database:
                database.execute("SELECT count(*) FROM sqlite_master").fetchone()
            return
    except sqlite3.OperationalError:
        raise  # locked, or the disk: it is a database
    except sqlite3.DatabaseError:
        pass
    path.replace(path.with_name(f"{path.name}.damaged"))
    for suffix in _FAMILY[1:]:
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def unlink_family(path: Path) -> None:
    """The database and what SQLite keeps beside it."""
    for suffix in _FAMILY:
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def made(path: Path) -> sqlite3.Connection:
    """Open the database, which is made for its readers, too, if it is missing: SQLite itself would make it 0644 less
    our umask, and -wal and -shm get the mode of the database, whoever makes them."""
    if not path.exists():
        unlink_family(path)  # what a lost database has left is not the new one's
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o660))
        path.chmod(0o660)
    return opened(path)


def opened(path: Path) -> sqlite3.Connection:
    """A connection to a file that is there, every statement a transaction of its own."""
    return sqlite3.connect(
        f"file:{path}?mode=rw", uri=True, timeout=PATIENCE, isolation_level=None, check_same_thread=False
    )


@contextmanager
def transaction(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(opened(path)) as database:
        database.execute("BEGIN IMMEDIATE")
        try:
            yield database
        except BaseException:
            database.rollback()
            raise
        database.commit()
