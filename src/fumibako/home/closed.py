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
_MS_NOSUID, _MS_NODEV, _MS_BIND, _MS_REC, _MS_SLAVE = 0x2, 0x4, 0x1000, 0x4000, 0x80000


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
        _mount(None, Path("/"), None, _MS_REC | _MS_SLAVE, None)
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
        held = {path: _held(path, handles) for path in (directory, *trees)}
        _mount("tmpfs", directory, "tmpfs", _MS_NOSUID | _MS_NODEV, b"mode=0711,size=256k")
        outside = directory / OUTSIDE
        outside.mkdir(mode=0o700)
        _mount(held[directory], outside, None, _MS_BIND | _MS_REC, None)
        # Shorter paths first: a home inside the checkout may be visible with it already.
        for tree in sorted(trees):
            if not tree.exists():
                _make_way(directory, tree)
            _mount(held[tree], tree, None, _MS_BIND | _MS_REC, None)


def _make_way(directory: Path, tree: Path) -> None:
    for ancestor in reversed(tree.relative_to(directory).parents):
        step = directory / ancestor
        if not step.exists():
            step.mkdir(mode=0o711)
            step.chmod(0o711)
    tree.mkdir()


def _held(path: Path, handles: contextlib.ExitStack) -> str:
    """The directory as a path that stays true when something is mounted over it."""
    handle = os.open(path, os.O_PATH | os.O_DIRECTORY)
    handles.callback(os.close, handle)
    return f"/proc/self/fd/{handle}"


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _mount(source: str | None, target: Path, kind: str | None, flags: int, options: bytes | None) -> None:
    raw_source = source.encode() if source else None
    raw_kind = kind.encode() if kind else None
    _call(_libc().mount(raw_source, os.fsencode(target), raw_kind, ctypes.c_ulong(flags), options))


def _call(result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
