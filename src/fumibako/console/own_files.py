"""The console's own small files in the home: its secret key; and what the machine's clock is set to."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from fumibako.layout import Home


def secret_key(home: Home) -> str:
    """The key that signs sessions, made when it is first asked for; 0600, outside database and backups."""
    path = Path(home.console) / "secret.key"
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW)) as file:
            key = file.read().strip()
    except FileNotFoundError:
        new = path.with_name(f".secret.key.{os.getpid()}")
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
        try:
            os.link(new, path)  # whoever comes first has made it
        except FileExistsError:
            pass
        finally:
            new.unlink()
        key = path.read_text().strip()
    assert len(key) >= 40, "secret.key is cut short"
    return key


def time_zone() -> str:
    """The machine's time zone by name: pages show local time."""
    named = os.environ.get("TZ", "").removeprefix(":")
    candidates = [named, _zone_of(Path("/etc/localtime")), _first_line(Path("/etc/timezone"))]
    return next((zone for zone in candidates if zone and (Path("/usr/share/zoneinfo") / zone).is_file()), "UTC")


def _zone_of(link: Path) -> str:
    return str(link.resolve()).partition("/zoneinfo/")[2] if link.is_symlink() else ""


def _first_line(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""
