"""Small JSON files that are on the disk when the call returns, whole or not at all."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

Json = Any


def write(path: Path, value: Json) -> None:
    """Replace the file: temporary file, fsync, rename, fsync of the directory. Readable by its owner alone."""
    temporary = path.with_name(f".{path.name}.new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(json.dumps(value, ensure_ascii=False))  # `dump` takes its pieces one by one, slowly
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_directory(path.parent)


def read(path: Path) -> Json | None:
    """What the file holds; None where there is none. A file that is not ours raises `ValueError`."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None


def remove(path: Path) -> None:
    path.unlink(missing_ok=True)
    sync_directory(path.parent)


def sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
