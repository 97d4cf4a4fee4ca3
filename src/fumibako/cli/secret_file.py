"""Secrets come from files or standard input: a command line is seen by everybody on the machine."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path

from fumibako.cli.language import say
from fumibako.home.refusal import refused


def secret_from(file: str, option: str) -> str:
    """A secret's one line, from a file or, for `-`, from standard input; at a terminal it is not shown."""
    if file == "-" and sys.stdin.isatty():
        text = getpass.getpass(say("Password: ", "パスワード: "))
    else:
        text = text_from(file, option)
    secret = text.rstrip("\r\n")
    if not secret or "\n" in secret:
        raise refused(
            "secret-lines",
            option,
            f"{file} must hold the password on its one line.",
            f"{file} にはパスワードを 1 行で書いてください。",
        )
    return secret


def text_from(file: str, option: str) -> str:
    """What is in a file or, for `-`, comes by standard input."""
    try:
        return sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise refused("file-unreadable", option, f"{file}: {why}", f"{file} を読めません: {why}") from None
