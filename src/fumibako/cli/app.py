"""The commands together, and how each of them may end."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from fumibako.cli import wording
from fumibako.cli.language import LANGUAGE, say
from fumibako.cli.session import REFUSED, USAGE, Ended, Session, directory_from
from fumibako.cli.terminal import harmless, message, tell, tell_findings, tell_json
from fumibako.home.refusal import Refused

wording.translate()

from fumibako.cli import (  # noqa: E402 - their help is made when they are loaded
    access,
    accounts,
    aliases,
    changes,
    domains,
    explain,
    history,
    homes,
    message_check,
    operators,
    quotas,
    relay,
    secrets,
    signing_keys,
    spam,
)

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    help=say(
        "Fumibako, a mail server: real Postfix, real Dovecot, changes that undo themselves.",
        "メールサーバー Fumibako。Postfix と Dovecot を動かし、変更は試してから適用します。",
    ),
    epilog=say(
        "--home and --json may stand anywhere on the line. Exit status: 0 done, 1 refused and nothing changed, "
        "2 wrong usage, 3 applied and rolled back, 4 the console does not answer.",
        "--home と --json はどこに書いてもかまいません。終了コード: 0 完了、1 拒否（変更なし）、2 使い方の誤り、"
        "3 適用後に自動で復元、4 コンソールが応答しない。",
    ),
)


@app.callback(invoke_without_command=True)
def fumibako(
    context: typer.Context,
    _home: Annotated[
        str | None,
        typer.Option(
            "--home",
            metavar="DIR",
            help=say(
                "The home's directory (or FUMIBAKO_HOME).", "ホームのディレクトリ（または環境変数 FUMIBAKO_HOME）。"
            ),
        ),
    ] = None,
    _json: Annotated[
        bool,
        typer.Option("--json", help=say("One JSON document on standard output.", "標準出力に JSON を 1 つ書きます。")),
    ] = False,
    version: Annotated[bool, typer.Option("--version", help=say("The version.", "バージョンを表示します。"))] = False,
) -> None:
    if version:
        from importlib.metadata import PackageNotFoundError
        from importlib.metadata import version as installed

        try:
            tell(installed("fumibako"))
        except PackageNotFoundError:
            tell("0")
        raise typer.Exit
    if context.invoked_subcommand is None:
        tell(context.get_help())


for commands in (
    homes,
    changes,
    explain,
    history,
    message_check,
    domains,
    accounts,
    aliases,
    access,
    quotas,
    relay,
    secrets,
    spam,
    signing_keys,
    operators,
):
    commands.add_to(app)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # What is not a letter in the data (a file name in another encoding) must not end the program.
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    directory_named, as_json, rest = _lifted(list(sys.argv[1:] if arguments is None else arguments))
    session = Session(directory_named or directory_from(), as_json)
    try:
        status = _run(rest, session)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader has seen enough (`| head`).
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return REFUSED
    return status


def _run(arguments: list[str], session: Session) -> int:
    try:
        result = app(arguments, prog_name="fumibako", standalone_mode=False, obj=session)
    except wording.UsageError as error:
        message(harmless(wording.wrong_usage(error)))
        return USAGE
    except wording.ClickException as error:
        message(harmless(error.format_message()))
        return REFUSED
    except (KeyboardInterrupt, typer.Abort):
        message(say("Stopped.", "中止しました。"))
        return 130
    except Refused as refusal:
        return _ended(session, Ended(REFUSED, "refused", [one.as_json(LANGUAGE) for one in refusal.findings]))
    except Ended as ended:
        return _ended(session, ended)
    except BrokenPipeError:
        raise
    except OSError as error:
        # A full disk, a file system that is read-only: the machine's own words say it best.
        where = f"{error.filename}: " if error.filename else ""
        finding = {
            "code": "system-error",
            "path": "",
            "message": f"{where}{error.strerror or error}",
            "severity": "error",
        }
        return _ended(session, Ended(REFUSED, "refused", [finding]))
    return result if isinstance(result, int) else 0


def _ended(session: Session, ended: Ended) -> int:
    tell_findings(ended.findings)
    if session.json:
        tell_json({"outcome": ended.outcome, "findings": ended.findings})
    return ended.status


def _lifted(arguments: list[str]) -> tuple[str | None, bool, list[str]]:
    """--home and --json from wherever they stand before a `--`, and the rest in its order."""
    home, as_json, rest = None, False, []
    words = iter(arguments)
    for word in words:
        if word == "--":
            rest += [word, *words]
        elif word == "--json":
            as_json = True
        elif word == "--home":
            home = next(words, None)
            if home is None:
                rest.append(word)
        elif word.startswith("--home="):
            home = word.removeprefix("--home=")
        else:
            rest.append(word)
    return home, as_json, rest
