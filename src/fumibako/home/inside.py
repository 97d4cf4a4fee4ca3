"""`python -m fumibako.home.inside --home DIR [--user NAME] -- PROGRAM …`: run a program where the home can be reached.

Enters the mount namespace that a home below a closed directory needs (`fumibako.home.closed`), becomes the user and then
the program.
"""

from __future__ import annotations

import argparse
import os
import pwd
import sys
from collections.abc import Sequence
from pathlib import Path

from fumibako.home.closed import code_trees, covers, enter
from fumibako.home.refusal import Refused


def command(root: Path, *argv: str, user: str | None = None) -> list[str]:
    """The argv with which `argv` runs there."""
    as_user = ["--user", user] if user else []
    return [interpreter(), "-I", "-m", "fumibako.home.inside", "--home", str(root), *as_user, "--", *argv]


def interpreter() -> str:
    """This environment's Python by its real path; the file itself stays a link, by which Python knows its environment."""
    return str(Path(sys.executable).parent.resolve() / Path(sys.executable).name)


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="fumibako.home.inside")
    parser.add_argument("--home", required=True, type=Path)
    parser.add_argument("--user")
    parser.add_argument("program", nargs="+")
    asked = parser.parse_args(argv)
    try:
        enter(covers([asked.home.resolve(), *code_trees()]))
    except Refused as refusal:
        sys.exit(str(refusal))
    if asked.user:
        user = pwd.getpwnam(asked.user)
        os.initgroups(asked.user, user.pw_gid)
        os.setresgid(user.pw_gid, user.pw_gid, user.pw_gid)
        os.setresuid(user.pw_uid, user.pw_uid, user.pw_uid)
    os.chdir("/")
    os.execvp(asked.program[0], asked.program)  # noqa: S606 - no shell: this process becomes the program


if __name__ == "__main__":
    main()
