"""home.json: what was fixed when the home was made, and how a home is found again by its directory."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from fumibako.home.refusal import refused
from fumibako.layout import LONGEST_ROOT, Home

FORMAT = 1

# Postfix, Dovecot and SQLite all read the path in configuration files, each with signs of its own ($, %, ;, quotes,
# blanks); a path without any of these needs no quoting anywhere.
_SAFE_ROOT = re.compile(r"/[A-Za-z0-9._/+-]+\Z")


@dataclass(frozen=True, slots=True)
class HomeFacts:
    """`created` is an ISO 8601 time; ports are `port_base` + the standard number, the console's too."""

    port_base: int
    listen: tuple[str, ...]
    hostname: str
    created: str
    console_listen: tuple[str, ...]

    @property
    def console_port(self) -> int:
        return self.port_base + 443

    @property
    def console_url(self) -> str:
        """Where a browser on this machine finds the console (port 443 goes without saying)."""
        address = self.console_listen[0]
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(address, f"[{address}]" if ":" in address else address)
        if address == "::" and not Path("/proc/net/if_inet6").exists():
            host = "127.0.0.1"
        return f"https://{host}/" if self.console_port == 443 else f"https://{host}:{self.console_port}/"

    def as_json(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "port_base": self.port_base,
            "listen": list(self.listen),
            "hostname": self.hostname,
            "created": self.created,
            "console_listen": list(self.console_listen),
        }


def home_at(directory: str | Path) -> Home:
    """The home that lies, or shall lie, at `directory`: made absolute, links resolved, free of signs that
    configuration files would read."""
    root = Path(directory).expanduser().resolve()
    if root == Path("/"):
        raise refused("home-root", "--home", "/ cannot be a home.", "/ はホームにできません。")
    if not _SAFE_ROOT.match(str(root)):
        raise refused(
            "home-characters",
            "--home",
            f"{str(root)!r}: the path of a home may hold only letters, digits and . _ + - /",
            f"{str(root)!r}: ホームのパスに使えるのは英数字と . _ + - / だけです。",
        )
    return Home(PurePosixPath(root))


def require_short(home: Home) -> None:
    if len(os.fsencode(home.root)) > LONGEST_ROOT:
        raise refused(
            "home-too-long",
            "--home",
            f"{home.root} is too long: Unix sockets allow the directory of a home {LONGEST_ROOT} bytes. "
            "Choose a shorter path.",
            f"{home.root} は長すぎます。Unix ソケットの制限により、ホームのパスは {LONGEST_ROOT} バイトまでです。"
            "短いパスを選んでください。",
        )


def read_facts(home: Home) -> HomeFacts:
    """The facts of an existing home. Refuses with `home-missing` or `home-format` where there is none that we know."""
    try:
        content = json.loads(Path(home.facts).read_text())
    except FileNotFoundError:
        raise refused(
            "home-missing",
            "--home",
            f"There is no home in {home.root}. Make one with: fumibako --home {home.root} init",
            f"{home.root} にホームがありません。fumibako --home {home.root} init で作成してください。",
        ) from None
    except PermissionError:
        raise not_root() from None
    except (OSError, ValueError) as error:
        raise _unreadable(home, str(error)) from None
    try:
        if content["format"] != FORMAT:
            raise _unreadable(home, f"format {content['format']}")
        return HomeFacts(
            int(content["port_base"]),
            tuple(content["listen"]),
            str(content["hostname"]),
            str(content["created"]),
            tuple(content.get("console_listen") or content["listen"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise _unreadable(home, f"{type(error).__name__}: {error}") from None


def require_root() -> None:
    if os.geteuid() != 0:
        raise not_root()


def not_root() -> Exception:
    return refused(
        "not-root",
        "",
        "Only root can do this: a mail server opens low ports and runs its parts as users of their own.",
        "この操作は root で実行してください。メールサーバーは特権ポートを開き、各部を専用のユーザーで動かします。",
    )


def _unreadable(home: Home, why: str) -> Exception:
    return refused(
        "home-format",
        str(home.facts),
        f"{home.facts} cannot be read: {why}",
        f"{home.facts} を読めません: {why}",
    )
