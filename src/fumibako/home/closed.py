"""Homes and code below directories that only root may enter: /root, say, or a `mktemp -d`.

The parts of a mail server run as users of their own and must reach the home, the code and the interpreter. Opening the
closed directory would show its other content to everybody. So the processes of such a home live in a mount namespace of
their own, in which the topmost closed directory is covered by an empty one that lets them pass, with the home and the
code mounted back at the very same paths. Nothing outside changes, and nothing else below the closed directory is to be
seen, except by root, who finds it at `OUTSIDE` below the cover: an administrator's certificate may lie there.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import stat
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

import fumibako
from fumibako.home.refusal import refused

# Where root finds the covered directory: a closed directory itself, so others do not get in.
OUTSIDE: Final = ".fumibako-outside"

_CLONE_NEWNS = 0x20000
_MS_NOSUID, _MS_NODEV, _MS_REC, _MS_SLAVE = 0x2, 0x4, 0x4000, 0x80000
# The numbers of newer system calls are the same on every architecture that Debian 12 runs on.
_SYS_OPEN_TREE, _SYS_MOVE_MOUNT = 428, 429
_AT_FDCWD, _AT_RECURSIVE = -100, 0x8000
_OPEN_TREE_CLONE, _MOVE_MOUNT_F_EMPTY_PATH = 1, 4


def code_trees() -> tuple[Path, ...]:
    """The directories that our processes run from: the package, the virtual environment, its Python."""
    package = Path(fumibako.__file__).resolve().parent.parent
    trees = {package, Path(sys.prefix).resolve(), Path(sys.base_prefix).resolve()}
    return tuple(sorted(trees))


def covers(trees: Iterable[Path]) -> dict[Path, list[Path]]:
    """The topmost closed directory above each tree that has one, with the trees below it."""
    found: dict[Path, list[Path]] = {}
    for tree in trees:
        for ancestor in reversed(tree.parents):
            if not ancestor.stat().st_mode & stat.S_IXOTH:
                found.setdefault(ancestor, []).append(tree)
                break
    return found


def past_covers(path: str) -> str:
    """Where root, within such a namespace, finds a file that an administrator named by its path outside."""
    wanted = Path(path)
    if not wanted.exists():
        for ancestor in reversed(wanted.parents):
            covered = ancestor / OUTSIDE
            if covered.is_dir():
                return str(covered / wanted.relative_to(ancestor))
    return path


def require_readable_code() -> None:
    """Refuse code that its own users could not read wherever it were mounted (a checkout made with umask 077)."""
    package = Path(fumibako.__file__).resolve().parent
    for path in (package, package / "__init__.py", Path(sys.prefix).resolve() / "bin", Path(sys.executable).resolve()):
        mode = path.stat().st_mode
        wanted = stat.S_IROTH | stat.S_IXOTH if path.is_dir() else stat.S_IROTH
        if mode & wanted != wanted:
            tree = package.parent.parent
            raise refused(
                "code-closed",
                str(path),
                f"{path} cannot be read by the users that Fumibako runs as. Mend it with: chmod -R go+rX {tree}",
                f"{path} を Fumibako の実行ユーザーが読めません。chmod -R go+rX {tree} を実行してください。",
            )


def enter(covered: Mapping[Path, list[Path]]) -> None:
    """Give this process, and all that it will start, a mount namespace with these covers; nothing where there are none.

    Refuses with `namespace-denied` where the kernel does not let us.
    """
    if not covered:
        return
    first = min(covered)
    try:
        _call(_libc().unshare(_CLONE_NEWNS))
        # Slave: what the administrator mounts and unmounts later arrives here too; what we do leaves nothing outside.
        _call(_libc().mount(None, b"/", None, ctypes.c_ulong(_MS_REC | _MS_SLAVE), None))
        for directory, trees in covered.items():
            _cover(directory, trees)
    except OSError as error:
        raise refused(
            "namespace-denied",
            str(first),
            f"Other users cannot pass {first}, and a namespace of our own is not allowed here ({error.strerror}). "
            f"Put the home and the code elsewhere, or open the way with: chmod o+x {first}",
            f"{first} を他のユーザーが通れません。専用の名前空間も許可されていません（{error.strerror}）。"
            f"別の場所に置くか、chmod o+x {first} を実行してください。",
        ) from None


def _cover(directory: Path, trees: Iterable[Path]) -> None:
    with contextlib.ExitStack() as handles:
        # Copies of the mounts, made while the paths still lead to them, put in place afterwards.
        copies = {path: _copied(path, handles) for path in (directory, *trees)}
        options = b"mode=0711,size=256k"
        _call(
            _libc().mount(b"tmpfs", os.fsencode(directory), b"tmpfs", ctypes.c_ulong(_MS_NOSUID | _MS_NODEV), options)
        )
        outside = directory / OUTSIDE
        outside.mkdir(mode=0o700)
        _put(copies[directory], outside)
        # Shorter paths first: a home inside the checkout may be visible with it already.
        for tree in sorted(trees):
            if not tree.exists():
                _make_way(directory, tree)
            _put(copies[tree], tree)


def _make_way(directory: Path, tree: Path) -> None:
    for ancestor in reversed(tree.relative_to(directory).parents):
        step = directory / ancestor
        if not step.exists():
            step.mkdir(mode=0o711)
            step.chmod(0o711)
    tree.mkdir()


def _copied(path: Path, handles: contextlib.ExitStack) -> int:
    """A copy of what is mounted at a directory and below it, as a descriptor (open_tree(2), Linux 5.2)."""
    flags = _OPEN_TREE_CLONE | _AT_RECURSIVE | os.O_CLOEXEC
    handle = _call(_libc().syscall(_SYS_OPEN_TREE, _AT_FDCWD, os.fsencode(path), flags))
    handles.callback(os.close, handle)
    return handle


def _put(copy: int, path: Path) -> None:
    _call(_libc().syscall(_SYS_MOVE_MOUNT, copy, b"", _AT_FDCWD, os.fsencode(path), _MOVE_MOUNT_F_EMPTY_PATH))


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _call(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
