"""The homes of this machine, so that two of them do not want the same ports.

A note only: nothing but `init` reads it, an entry whose home is gone is dropped, and a home that is not noted works all
the same. It lies beside the standard home, which is /var/lib/fumibako itself.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from fumibako.home.facts import read_facts
from fumibako.home.ports import home_ports, overlapping
from fumibako.home.refusal import Refused
from fumibako.layout import Home
from fumibako.schema.finding import Finding
from fumibako.schema.text import Text

REGISTRY: Final = Path("/var/lib/fumibako-homes/homes.json")


@contextlib.contextmanager
def registered_homes(registry: Path = REGISTRY) -> Iterator[Registry]:
    """The registry, locked against another `init`."""
    registry.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    with (registry.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield Registry(registry)


class Registry:
    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            entries = json.loads(path.read_text())
            self._roots = [str(entry) for entry in entries["homes"]]
        except (OSError, ValueError, KeyError, TypeError):
            self._roots = []

    def collisions(self, home: Home, port_base: int, listen: Sequence[str]) -> list[Finding]:
        """The homes with which this one would share a port, were it made."""
        wanted = set(home_ports(port_base))
        findings = []
        for other in self._others(home):
            try:
                facts = read_facts(other)
            except Refused:
                continue
            shared = wanted & set(home_ports(facts.port_base))
            if shared and overlapping(listen, facts.listen):
                findings.append(_collision(other, facts.port_base, port_base, min(shared)))
        return findings

    def add(self, home: Home) -> None:
        """Note the home, and forget those that are gone."""
        content: dict[str, Any] = {
            "homes": sorted({str(home.root), *(str(other.root) for other in self._others(home))})
        }
        new = self._path.with_name(f"homes.{os.getpid()}.new")
        new.write_text(json.dumps(content, indent=1) + "\n")
        new.replace(self._path)

    def _others(self, home: Home) -> list[Home]:
        others = [Home(home.root.__class__(root)) for root in self._roots if root != str(home.root)]
        return [other for other in others if Path(other.facts).exists()]


def _collision(other: Home, its_base: int, wanted: int, port: int) -> Finding:
    free = its_base + 1000 if its_base < 60000 else its_base - 1000
    return Finding(
        "port-base-collides",
        "--port-base",
        Text(
            f"--port-base {wanted} collides with the home {other.root} (port base {its_base}): both would want port "
            f"{port}. Choose another, {free} for instance.",
            f"--port-base {wanted} はホーム {other.root}（ポートの基点 {its_base}）と衝突します。どちらもポート {port} "
            f"を使います。{free} など、別の値にしてください。",
        ),
    )
