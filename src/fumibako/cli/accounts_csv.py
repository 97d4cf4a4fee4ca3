"""`account import|export`: accounts as a CSV file. Passwords that are hashed on the way take their time, which is told."""

from __future__ import annotations

import time
from typing import Annotated, Any, Final

import typer

from fumibako.cli.csv_file import CsvFile, OfDomain, tell_csv, text_of
from fumibako.cli.domains import Draft, staged
from fumibako.cli.language import say
from fumibako.cli.runs import finish
from fumibako.cli.session import Session, session_of
from fumibako.cli.terminal import message, tell

WithSecrets = Annotated[
    bool, typer.Option("--with-secrets", help=say("With password hashes.", "パスワードハッシュも書き出します。"))
]
_PAUSE: Final = 0.3
_TENTH: Final = 10


def add_to(account: typer.Typer) -> None:
    account.command(
        name="import",
        help=say(
            "Make or change the accounts of a CSV file (address,name,password,password_hash,quota_mb,enabled,may_send,"
            "may_receive; address alone is needed).",
            "CSV ファイルのアカウントを追加・変更します（address,name,password,password_hash,quota_mb,enabled,may_send,"
            "may_receive。必須は address だけです）。",
        ),
    )(import_)
    account.command(help=say("The accounts as a CSV file.", "アカウントを CSV で書き出します。"))(export)


def import_(context: typer.Context, file: CsvFile, draft: Draft = False) -> int:
    session = session_of(context)
    query = staged(draft) | {"wait": "false"}
    answer = _imported(session, session.ask("POST", "/api/v1/csv/accounts", {"csv": text_of(file)}, query=query))
    rows = answer.get("rows")
    if rows and answer.get("outcome") != "refused":
        tell_to = message if session.json else tell
        tell_to(
            say(
                f"{rows['file']} rows: {rows['added']} new accounts, {rows['changed']} changed.",
                f"{rows['file']} 行: 追加 {rows['added']} 件、変更 {rows['changed']} 件。",
            )
        )
    return finish(session, answer)


def export(context: typer.Context, domain: OfDomain = None, with_secrets: WithSecrets = False) -> int:
    query = {"domain": domain} if domain else {}
    if with_secrets:
        query["with_secrets"] = "true"
    return tell_csv(session_of(context), "/api/v1/csv/accounts", query)


def _imported(session: Session, answer: dict[str, Any]) -> dict[str, Any]:
    """The import's end, or the run that it has begun; how far it is is told on standard error."""
    told = 0
    try:
        while answer.get("outcome") == "importing":
            done, total = int(answer.get("done", 0)), int(answer.get("total", 0))
            if total and done * _TENTH // total > told:
                told = done * _TENTH // total
                message(say(f"Passwords hashed: {done} of {total}", f"パスワードのハッシュ化: {done} / {total} 件"))
            time.sleep(_PAUSE)
            answer = session.ask("GET", f"/api/v1/csv/imports/{answer['import']}")
    except KeyboardInterrupt:
        session.ask("DELETE", f"/api/v1/csv/imports/{answer['import']}")
        raise
    return answer
