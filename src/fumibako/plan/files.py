"""How two sets of files differ."""

from __future__ import annotations

import difflib
from collections.abc import Mapping

from fumibako.plan.report import FileChange, FileFate


def file_changes(before: Mapping[str, str], after: Mapping[str, str]) -> list[FileChange]:
    """The files that would come, go or change, by path, each with its unified diff. Equal files are not mentioned."""
    changes = []
    for path in sorted({*before, *after}):
        old, new = before.get(path), after.get(path)
        if old == new:
            continue
        fate: FileFate = "added" if old is None else "removed" if new is None else "changed"
        changes.append(FileChange(path, fate, unified(path, old or "", new or "")))
    return changes


def unified(path: str, old: str, new: str) -> str:
    """A unified diff as `diff -u` writes it, three lines of context."""
    lines = difflib.unified_diff(old.splitlines(), new.splitlines(), f"before/{path}", f"after/{path}", lineterm="")
    return "".join(f"{line}\n" for line in lines)
