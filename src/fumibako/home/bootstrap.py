"""The console's first contents: its database, revision 1, the first administrator or the code that makes one.

The console's own code makes them, as its own user: this side only starts it, gives it what it must know on standard
input, and reads its answer.
"""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fumibako.home.inside import command, interpreter
from fumibako.home.refusal import Refused, refused
from fumibako.layout import CONSOLE_USER, Home
from fumibako.schema.finding import Finding


@dataclass(frozen=True, slots=True)
class Administrator:
    name: str
    password: str


def bootstrap(home: Home, administrator: Administrator | None) -> str | None:
    """Fill a new home's console. The one-time code for the first administrator, None where `administrator` is it."""
    asked = {"admin": administrator.name, "password": administrator.password} if administrator else {}
    answer = _spoken(home, asked)
    return answer.get("code")


def new_code(home: Home) -> str:
    """A new one-time code for a home that has no administrator yet. Refuses where there is one."""
    answer = _spoken(home, {}, "--new-code")
    return str(answer["code"])


def _spoken(home: Home, asked: dict[str, Any], *options: str) -> dict[str, Any]:
    argv = [interpreter(), "-I", "-m", "fumibako.console.bootstrap", "--home", str(home.root), *options]
    done = subprocess.run(
        command(Path(home.root), *argv, user=CONSOLE_USER),
        input=json.dumps(asked).encode(),
        capture_output=True,
        check=False,
    )
    try:
        answer: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        answer = {}
    if answer.get("findings"):
        raise Refused([Finding.from_wire(finding) for finding in answer["findings"]])
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        last = said[-1] if said else f"exit status {done.returncode}"
        raise refused(
            "console-bootstrap",
            str(home.console),
            f"The console's database could not be made: {last}",
            f"コンソールのデータベースを作成できません: {last}",
        )
    return answer
