"""`plan`, `apply`, `confirm`, `export`: the settings as one YAML file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from fumibako.cli.language import say
from fumibako.cli.plan_view import tell_plan
from fumibako.cli.runs import STATUSES, ended, finish
from fumibako.cli.session import DONE, REFUSED, USAGE, session_of
from fumibako.cli.terminal import message, tell, tell_findings, tell_json
from fumibako.home.refusal import refused

File = Annotated[
    str,
    typer.Argument(metavar="FILE", help=say("The YAML file; - is standard input.", "YAML ファイル。- なら標準入力。")),
]
Prune = Annotated[
    bool,
    typer.Option(
        "--prune",
        help=say(
            "Also remove rows that the file does not name.",
            "ファイルにない行（ドメイン、アカウントなど）も削除します。",
        ),
    ),
]


def add_to(app: typer.Typer) -> None:
    app.command(help=say("What a file would change.", "ファイルを適用したときの変更内容を表示します。"))(plan)
    app.command(help=say("Make a file's contents live.", "ファイルの内容を適用します。"))(apply)
    app.command(help=say("Keep what --confirm-within applied.", "--confirm-within で適用した変更を確定します。"))(
        confirm
    )
    app.command(help=say("The settings as a file.", "設定をファイルとして書き出します。"))(export)


def plan(
    context: typer.Context,
    file: File,
    prune: Prune = False,
    detailed_exitcode: Annotated[
        bool,
        typer.Option(
            "--detailed-exitcode", help=say("Exit 2 when there are changes.", "変更があれば終了コードを 2 にします。")
        ),
    ] = False,
) -> int:
    session = session_of(context)
    answer = ended(session, session.ask("POST", "/api/v1/plan", {"file": text_of(file), "prune": prune}))
    if session.json:
        tell_json(answer)
    else:
        tell_plan(answer)
    tell_findings(answer.get("findings") or [])
    outcome = str(answer.get("outcome"))
    if outcome in STATUSES:
        return STATUSES[outcome]
    return USAGE if detailed_exitcode and outcome != "unchanged" else DONE


def apply(
    context: typer.Context,
    file: File,
    yes: Annotated[bool, typer.Option("--yes", help=say("Do not ask.", "確認しません。"))] = False,
    digest: Annotated[
        str | None,
        typer.Option(
            metavar="D",
            help=say("Apply only what this plan showed.", "このダイジェストの計画と同じ内容だけを適用します。"),
        ),
    ] = None,
    prune: Prune = False,
    confirm_within: Annotated[
        int | None,
        typer.Option(
            metavar="SECONDS",
            min=1,
            help=say("Go back unless confirmed in time.", "時間内に確認しなければ元に戻します。"),
        ),
    ] = None,
) -> int:
    session = session_of(context)
    asking = not yes and digest is None
    if asking and not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise typer.BadParameter(
            say(
                "without a terminal, say --yes or give the --digest of a reviewed plan.",
                "端末がないときは --yes か、確認済みの計画の --digest を指定してください。",
            ),
            param_hint="apply",
        )
    body: dict[str, Any] = {"file": text_of(file), "prune": prune}
    applying = {"wait": False, "comment": "" if file == "-" else Path(file).name}
    if asking:
        reviewed = ended(session, session.ask("POST", "/api/v1/plan", body))
        tell_plan(reviewed)
        tell_findings(reviewed.get("findings") or [])
        if reviewed.get("outcome") in {"refused", "unchanged"}:
            return REFUSED if reviewed["outcome"] == "refused" else DONE
        if not _agreed():
            message(say("Nothing was changed.", "何も変更していません。"))
            return REFUSED
        digest = str(reviewed["digest"])
    if digest is not None:
        body["digest"] = digest
    if confirm_within is not None:
        body["confirm_within"] = confirm_within
    if yes:
        body["sure"] = True
    return finish(session, session.ask("POST", "/api/v1/apply", body | applying))


def confirm(context: typer.Context) -> int:
    session = session_of(context)
    return finish(session, session.ask("POST", "/api/v1/confirm", {}))


def export(
    context: typer.Context,
    sections: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[SECTION]…", help=say("Sections; all when none is named.", "セクション名。省略するとすべて。")
        ),
    ] = None,
    with_secrets: Annotated[
        bool, typer.Option("--with-secrets", help=say("Write secrets out.", "秘密の値もそのまま書き出します。"))
    ] = False,
) -> int:
    session = session_of(context)
    query = {"section": sections or [], "with_secrets": str(with_secrets).lower()}
    text = session.ask("GET", "/api/v1/export", query=query, as_text=True)
    if session.json:
        tell_json({"file": text})
    else:
        tell(text.rstrip("\n"))
    return DONE


def text_of(file: str) -> str:
    """The file's text; `-` is standard input."""
    try:
        raw = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        return raw.decode("utf-8-sig")
    except OSError as error:
        raise refused(
            "file-unreadable", file, f"{file}: {error.strerror}", f"{file} を読めません: {error.strerror}"
        ) from None
    except UnicodeDecodeError:
        raise refused("file-not-utf8", file, f"{file} is not UTF-8.", f"{file} は UTF-8 ではありません。") from None


def _agreed() -> bool:
    sys.stderr.write(say("Apply this? [y/N] ", "適用しますか? [y/N] "))
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in {"y", "yes", "はい"}
