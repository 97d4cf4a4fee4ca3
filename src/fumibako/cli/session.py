"""One call of the command line: which home, which form of output, and the line to the console."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import typer

from fumibako.cli.language import LANGUAGE, say
from fumibako.home.facts import HomeFacts, home_at, read_facts, require_root
from fumibako.layout import Home

# A link that script/install leaves.
INSTALLED: Final = Path("/etc/fumibako/home")

DONE, REFUSED, USAGE, ROLLED_BACK, NO_ANSWER = 0, 1, 2, 3, 4


class Ended(Exception):
    """The command is over, and not well: its exit status, the outcome for scripts, the findings for everybody."""

    def __init__(
        self, status: int, outcome: str, findings: list[dict[str, Any]], document: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(outcome)
        self.status = status
        self.outcome = outcome
        self.findings = findings
        self.document = dict(document or {})


@dataclass(frozen=True, slots=True)
class Session:
    """`directory` is what --home or FUMIBAKO_HOME says."""

    directory: str | None
    json: bool

    @property
    def home(self) -> Home:
        """The home that is meant, whether it exists or not."""
        if self.directory:
            return home_at(self.directory)
        if INSTALLED.exists():
            return home_at(INSTALLED)
        raise typer.BadParameter(
            say(
                "say which home: fumibako --home DIR …, or set FUMIBAKO_HOME.",
                "ホームを指定してください: fumibako --home DIR …、または環境変数 FUMIBAKO_HOME。",
            ),
            param_hint="--home",
        )

    @property
    def facts(self) -> HomeFacts:
        return read_facts(self.home)

    def ask(
        self,
        verb: str,
        path: str,
        body: Any = None,
        *,
        query: Mapping[str, str | int | Sequence[str]] | None = None,
        timeout: float = 200.0,
        as_text: bool = False,
    ) -> Any:
        """The console's answer. Raises `Refused` where there is no home, `Ended` where the console has no good answer."""
        from fumibako.channel import console

        home = self.home
        read_facts(home)
        channel = console.ConsoleChannel(home.console_socket)
        try:
            return channel.request(verb, path, body, query=query, language=LANGUAGE, timeout=timeout, as_text=as_text)
        except console.ConsoleRefused as refusal:
            if refusal.status in {401, 403}:
                require_root()
            plain = {"code": refusal.code, "path": "", "message": str(refusal), "severity": "error"}
            raise Ended(REFUSED, "refused", refusal.findings or [plain], refusal.document) from None
        except console.ConsoleAway as away:
            require_root()
            raise Ended(NO_ANSWER, "unanswered", [_away(home, away)]) from None
        except console.ConsoleFailed as failure:
            raise Ended(NO_ANSWER, "unanswered", [_failed(home, failure)]) from None


def session_of(context: typer.Context) -> Session:
    session = context.find_object(Session)
    assert session is not None
    return session


def in_path(name: str) -> str:
    """A name as one segment of a URL's path, whatever is in it."""
    return quote(name, safe="@")


def directory_from(environment: Mapping[str, str] | None = None) -> str | None:
    return (environment if environment is not None else os.environ).get("FUMIBAKO_HOME") or None


def _away(home: Home, error: Exception) -> dict[str, Any]:
    text = say(
        f"The console of {home.root} does not answer. Start it with: fumibako --home {home.root} up --detach",
        f"{home.root} のコンソールが応答しません。fumibako --home {home.root} up --detach で起動してください。",
    )
    return {"code": "console-away", "path": "", "message": text, "severity": "error", "detail": str(error)}


def _failed(home: Home, error: Exception) -> dict[str, Any]:
    text = say(
        f"The console failed: {error}. Its log: {home.log}/console.log",
        f"コンソールでエラーが起きました: {error}。ログ: {home.log}/console.log",
    )
    return {"code": "console-failed", "path": "", "message": text, "severity": "error"}
