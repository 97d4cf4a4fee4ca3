"""Typer's own words in Japanese.

Typer says `Usage:`, `Options:` and the sentences about wrong usage in English only. Headings go through one function,
which is replaced here; wrong usage arrives as exceptions, whose sentences are written here from what they carry.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import typer.core
from typer._click import core, formatting
from typer._click import exceptions as usage

from fumibako.cli import values
from fumibako.cli.language import LANGUAGE, say

UsageError = usage.UsageError
ClickException = usage.ClickException

_HELP: Final = "Show this message and exit."
_HEADINGS: Final = {
    "Options": "オプション",
    "Arguments": "引数",
    "Commands": "コマンド",
    "required": "必須",
    "default: {default}": "既定値: {default}",
    "Missing command.": "コマンドがありません。",
    "No such command {name!r}.": "{name!r} というコマンドはありません。",
}


class Formatter(formatting.HelpFormatter):
    """Help in the reader's language."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        shown = args.replace("[OPTIONS]", say("[OPTIONS]", "[オプション]")).replace(
            "COMMAND [ARGS]...", say("COMMAND …", "コマンド …")
        )
        super().write_usage(prog, shown, prefix or say("Usage: ", "使い方: "))

    def write_dl(self, rows: Sequence[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        help_said = say(_HELP, "この説明を表示します。")
        super().write_dl([(name, help_said if text == _HELP else text) for name, text in rows], col_max, col_spacing)


def translate() -> None:
    """Once, before the first command is made."""
    core.Context.formatter_class = Formatter
    setattr(typer.core, "build_runtime_param", values.plain)  # noqa: B010 - it is not Typer's to export
    if LANGUAGE == "ja":
        setattr(typer.core, "_", _heading)  # noqa: B010 - it is not Typer's to export


def _heading(message: str) -> str:
    return _HEADINGS.get(message, message)


def wrong_usage(error: Any) -> str:
    """The sentence about a wrong usage, with where to read more."""
    sentence = _japanese(error) if LANGUAGE == "ja" else error.format_message()
    context = getattr(error, "ctx", None)
    if context is None:
        return str(sentence)
    command = context.command_path
    return say(
        f"{context.get_usage()}\n{sentence}\nMore: {command} --help",
        f"{context.get_usage()}\n{sentence}\n詳しくは: {command} --help",
    )


def _japanese(error: Any) -> str:
    if isinstance(error, usage.NoSuchOption):
        return f"{error.option_name} というオプションはありません。"
    if isinstance(error, usage.MissingParameter):
        return f"{_parameter(error)} を指定してください。"
    if isinstance(error, usage.BadOptionUsage):
        return f"{error.option_name} の使い方が違います: {error.message}"
    if isinstance(error, usage.BadParameter):
        # Our own sentence is in Japanese; one of Typer's would be in English.
        ours = f": {error.message}" if not str(error.message).isascii() else "。"
        return f"{_parameter(error)} の値が正しくありません{ours}"
    return str(error.format_message())


def _parameter(error: Any) -> str:
    parameter = error.param
    if error.param_hint:
        return str(error.param_hint)
    if parameter is None:
        return "引数"
    return str(parameter.opts[0] if parameter.param_type_name == "option" else parameter.metavar or parameter.name)
