"""The home that script/install made is run by systemd: `up` and `down` then speak to systemd."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Final

from fumibako.home.refusal import refused
from fumibako.layout import Home

RUNNING: Final = Path("/run/systemd/system")
TARGET: Final = "fumibako.target"
UNIT: Final = Path("/etc/systemd/system/fumibako-applier.service")
_SERVICES: Final = (
    "fumibako-applier.service",
    "fumibako-console.service",
    "fumibako-filter.service",
    "fumibako-node.service",
)


def governs(home: Home) -> bool:
    """Whether systemd runs this machine and this home."""
    if not RUNNING.is_dir():
        return False
    try:
        lines = UNIT.read_text().splitlines()
    except OSError:
        return False
    return any(line.startswith("ExecStart=") and line.endswith(f" --home {home.root}") for line in lines)


def start() -> None:
    _systemctl("start", TARGET, *_SERVICES)


def stop() -> None:
    # The services are part of the target, but name them: one that was started alone stops too.
    _systemctl("stop", *_SERVICES, TARGET)


def _systemctl(*arguments: str) -> None:
    done = subprocess.run(
        ["/usr/bin/systemctl", "--quiet", *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        said = done.stderr.strip()
        raise refused("systemd-failed", TARGET, f"systemd says: {said}", f"systemd のエラー: {said}")
