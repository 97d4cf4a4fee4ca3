"""Primary name servers on this very machine, and the keys with which they let records be changed.

BIND makes a key for `nsupdate -l` at every start (`/run/named/session.key`, name `local-ddns`); Knot has its keys in
`/etc/knot/knot.conf`. Both files are readable for the name server's own group alone: whoever wants this puts the agent's
user into it. A secret that is read here is used and forgotten.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Literal

from fumibako.wire.zones import Access

BIND: Final = Path("/run/named/session.key")
KNOT: Final = Path("/etc/knot/knot.conf")
_LARGEST: Final = 1_000_000
_BIND_KEY: Final = re.compile(r'key\s+"?([A-Za-z0-9_.-]+)"?\s*\{([^}]*)\}')
_BIND_FIELD: Final = re.compile(r'\b(algorithm|secret)\s+"?([^";\s]+)"?\s*;')
_KNOT_SECTION: Final = re.compile(r"^([a-z-]+):\s*(?:#.*)?$")
_KNOT_FIELD: Final = re.compile(r"^\s+(-\s+)?(id|algorithm|secret):\s*\"?([^\"#\s]+)\"?")
_KNOT_LISTEN: Final = re.compile(r"^\s+listen:\s*(.*)$")
_KNOT_ADDRESS: Final = re.compile(r"\[?([0-9a-fA-F.:]+)(?:@([0-9]+))?")


@dataclass(frozen=True, slots=True)
class Primary:
    """A name server here. `readable` is False where its key's file is there but not for us; then `key_name` is empty."""

    program: Literal["bind", "knot"]
    path: str
    readable: bool
    server: str = "127.0.0.1"
    port: int = 53
    key_name: str = ""
    algorithm: str = "hmac-sha256"
    secret: str = field(default="", repr=False)

    def as_json(self) -> dict[str, Any]:
        """Without its secret."""
        return {
            "program": self.program,
            "path": self.path,
            "readable": self.readable,
            "server": self.server,
            "port": self.port,
            "key_name": self.key_name,
            "algorithm": self.algorithm,
        }


def found(bind: Path = BIND, knot: Path = KNOT) -> list[Primary]:
    """The keys that name servers on this machine have, and the files that cannot be read."""
    return [*_of_file("bind", bind), *_of_file("knot", knot)]


def with_secret(access: Access, primaries: list[Primary]) -> Access:
    """The access with the secret that a name server of this machine has for it, where it has none of its own."""
    if access.secret or not _is_here(access.server):
        return access
    for each in primaries:
        if each.readable and (each.key_name, each.port) == (access.key_name, access.port):
            return replace(access, secret=each.secret, algorithm=each.algorithm)
    return access


def _of_file(program: Literal["bind", "knot"], path: Path) -> list[Primary]:
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            text = file.read(_LARGEST)
    except FileNotFoundError:
        return []
    except OSError:
        return [Primary(program, str(path), False)] if path.parent.is_dir() else []
    return _bind(text, path) if program == "bind" else _knot(text, path)


def _bind(text: str, path: Path) -> list[Primary]:
    primaries = []
    for name, body in _BIND_KEY.findall(text):
        fields = dict(_BIND_FIELD.findall(body))
        if "secret" in fields:
            algorithm = fields.get("algorithm", "hmac-sha256").lower()
            primaries.append(
                Primary("bind", str(path), True, key_name=_bare(name), algorithm=algorithm, secret=fields["secret"])
            )
    return primaries


def _knot(text: str, path: Path) -> list[Primary]:
    """The `key:` list and the first address of `server: listen:`, of a file as people write it."""
    section, server, port = "", "127.0.0.1", 53
    keys: list[dict[str, str]] = []
    for line in text.splitlines():
        if begun := _KNOT_SECTION.match(line):
            section = begun[1]
        elif section == "server" and (listen := _KNOT_LISTEN.match(line)) and (at := _address(listen[1])):
            server, port = at
        elif section == "key" and (said := _KNOT_FIELD.match(line)):
            if said[1] or not keys:
                keys.append({})
            keys[-1][said[2]] = said[3]
    return [
        Primary(
            "knot", str(path), True, server, port, _bare(key["id"]), key.get("algorithm", "hmac-sha256"), key["secret"]
        )
        for key in keys
        if "id" in key and "secret" in key
    ]


def _address(listen: str) -> tuple[str, int] | None:
    """Where a `listen` is reached: `0.0.0.0@53`, `[ 127.0.0.1@5353, ::1 ]`."""
    for address, port in _KNOT_ADDRESS.findall(listen):
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            continue
        here = ("127.0.0.1" if parsed.version == 4 else "::1") if parsed.is_unspecified else str(parsed)
        return here, int(port or 53)
    return None


def _is_here(server: str) -> bool:
    try:
        return ipaddress.ip_address(server).is_loopback
    except ValueError:
        return server == "localhost"


def _bare(name: str) -> str:
    return name.rstrip(".").lower()
