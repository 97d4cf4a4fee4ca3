"""Generations on the disk: written whole, never edited, installed by one rename of a link.

A generation is two things: the directory that the servers read, and the applier's own record of what it wrote, in a place
where only root can look. The record makes drift visible, and a directory that is not as recorded is neither tried nor
installed.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from fumibako.applier.refused import Refused
from fumibako.layout import Home
from fumibako.schema.text import Text
from fumibako.wire.applier import Drift, Written, files_digest

_AGE: Final = 60.0
_LARGEST: Final = 4_000_000
_NUMBER: Final = re.compile(r"[1-9][0-9]{0,9}")


class Generations:
    """All generations of one home."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._root = Path(home.generations)
        self._records = Path(home.applier) / "generations"

    def numbers(self) -> tuple[int, ...]:
        """Those that are complete, in order."""
        if not self._root.is_dir():
            return ()
        names = [entry.name for entry in self._root.iterdir() if _NUMBER.fullmatch(entry.name)]
        return tuple(sorted(int(name) for name in names if self._record(int(name)).is_file()))

    def serving(self) -> int | None:
        """The generation that `server/current` points to."""
        try:
            target = str(Path(self._home.current).readlink())
        except OSError:
            return None
        found = re.fullmatch(r"\.\./generations/([1-9][0-9]{0,9})", target)
        return int(found[1]) if found else None

    def files(self, number: int) -> dict[str, str]:
        """The files of a generation as they were written."""
        try:
            record = json.loads(self._record(number).read_text())
        except (OSError, ValueError):
            raise _no_generation(number) from None
        files = record["files"]
        assert files_digest(files) == record["digest"], f"record of generation {number} is damaged"
        return {str(path): str(text) for path, text in files.items()}

    def write(self, number: int, files: Mapping[str, str], digest: str) -> Written:
        """Write a generation that has been accepted; the same content again is well, another under its number is not."""
        if files_digest(files) != digest:
            raise Refused(
                "digest", Text("The files are not those of the digest.", "ファイルがダイジェストと一致しません。")
            )
        if not _NUMBER.fullmatch(str(number)):
            raise Refused("bad_number", Text("Not a generation's number.", "世代番号ではありません。"))
        if self._record(number).exists():
            if files_digest(self.files(number)) != digest:
                raise Refused(
                    "generation_exists",
                    Text(
                        f"Generation {number} exists with other files.", f"世代 {number} は別の内容で存在しています。"
                    ),
                )
            if not self.drift(number):
                return Written(number, digest, unchanged=True)
        self._records.mkdir(mode=0o700, exist_ok=True)
        try:
            _replace(
                self._record(number), json.dumps({"digest": digest, "files": dict(files)}, ensure_ascii=False), 0o600
            )
            self._write_directory(number, files)
        except OSError:
            # A full disk, most often. Half a generation is none; one that was whole before is only drifted.
            if not (self._root / str(number)).is_dir():
                self.remove(number)
            raise
        return Written(number, digest, unchanged=False)

    def require_intact(self, number: int) -> dict[str, str]:
        """The files of a generation whose directory is exactly as it was written."""
        files = self.files(number)
        drift = self.drift(number)
        if drift:
            raise Refused(
                "drifted",
                Text(
                    f"Files of generation {number} were changed by hand.",
                    f"世代 {number} のファイルが手作業で変更されています。",
                ),
                "\n".join(one.path for one in drift),
            )
        return files

    def drift(self, number: int) -> list[Drift]:
        """How a generation's directory differs from what was written."""
        files = self.files(number)
        root = self._root / str(number)
        found = [Drift(path, diff) for path in sorted(files) if (diff := _difference(root / path, path, files[path]))]
        strangers = sorted(path for path in _paths_below(root) if path not in files)
        return [*found, *(Drift(path, "not written by Fumibako") for path in strangers)]

    def point_to(self, number: int) -> None:
        """Make a generation the serving one: one rename, on the disk before this returns."""
        link = Path(self._home.current)
        _link(link, number)
        _sync(link.parent)

    def point_trial_to(self, number: int) -> None:
        _link(Path(self._home.trial) / "current", number)

    def remove(self, number: int) -> None:
        """Remove one for good; its record goes first, so that half a directory is no generation."""
        self._record(number).unlink(missing_ok=True)
        shutil.rmtree(self._root / str(number), ignore_errors=True)

    def sweep(self) -> None:
        """Remove what a crash in the middle of writing left: directories without record, unfinished ones, old files."""
        if not self._root.is_dir():
            return
        whole = {str(number) for number in self.numbers()}
        for entry in self._root.iterdir():
            if entry.name not in whole and entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry, ignore_errors=True)
        if self._records.is_dir():
            for record in self._records.iterdir():
                if record.stem not in whole or record.suffix != ".json":
                    record.unlink(missing_ok=True)

    def _record(self, number: int) -> Path:
        return self._records / f"{number}.json"

    def _write_directory(self, number: int, files: Mapping[str, str]) -> None:
        """The whole directory beside its place, then a rename; over a damaged one, file by file."""
        place = self._root / str(number)
        if place.is_dir():
            for path in set(_paths_below(place)) - set(files):
                (place / path).unlink()
            for path, text in files.items():
                _make_parents(place, path)
                _replace(place / path, text, 0o644)
            return
        unfinished = self._root / f".{number}"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o755)
        for path, text in files.items():
            _make_parents(unfinished, path)
            _replace(unfinished / path, text, 0o644)
        unfinished.rename(place)
        _sync(self._root)


def _no_generation(number: int) -> Refused:
    return Refused("no_generation", Text(f"There is no generation {number}.", f"世代 {number} はありません。"))


def _make_parents(root: Path, path: str) -> None:
    folder = (root / path).parent
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)


def _replace(path: Path, text: str, mode: int) -> None:
    """A whole file in one step, on the disk before this returns."""
    unfinished = path.with_name(f".{path.name}.new")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
        os.fchmod(descriptor, mode)
        file.write(text)
        file.flush()
        # Postfix waits one to two seconds, at every reading, for a file that was changed just now to "cool down" (its
        # util/dict.c). Ours are put in place whole, so they are born cool.
        born = time.time() - _AGE
        os.utime(descriptor, (born, born))
        os.fsync(descriptor)
    unfinished.rename(path)
    _sync(path.parent)


def _link(link: Path, number: int) -> None:
    unfinished = link.with_name(f".{link.name}.new")
    unfinished.unlink(missing_ok=True)
    unfinished.symlink_to(f"../generations/{number}")
    unfinished.rename(link)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _paths_below(root: Path) -> Iterator[str]:
    for folder, _, names in os.walk(root):
        for name in names:
            yield str((Path(folder) / name).relative_to(root))


def _difference(path: Path, name: str, written: str) -> str:
    """What is different about a file: a unified diff, or a sentence; empty when nothing is."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return "missing"
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size > _LARGEST:
            return "not a plain file"
        content = file.read().decode(errors="replace")
    if content != written:
        import difflib  # only a drifted file needs it, and this process is to stay small

        lines = difflib.unified_diff(
            written.splitlines(keepends=True), content.splitlines(keepends=True), f"written/{name}", f"found/{name}"
        )
        return "".join(lines) or "different line endings"
    if status.st_uid != 0 or stat.S_IMODE(status.st_mode) & 0o022:
        return f"owner {status.st_uid}, mode {stat.S_IMODE(status.st_mode):04o}"
    return ""
