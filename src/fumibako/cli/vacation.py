"""`account vacation ADDRESS`: the automatic reply of an account, shown or changed; what is not named stays."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from fumibako.cli.account_view import told_reply
from fumibako.cli.domains import Draft, staged
from fumibako.cli.language import say
from fumibako.cli.runs import finish
from fumibako.cli.secret_file import text_from
from fumibako.cli.session import DONE, Session, in_path, session_of
from fumibako.cli.terminal import table, tell, tell_json

_DAY = say("As 2026-08-10; empty: none.", "2026-08-10 の形。空なら指定なし。")


def add_to(account: typer.Typer) -> None:
    account.command(
        name="vacation",
        help=say("Show or change an account's automatic reply.", "自動返信を表示・変更します。"),
    )(vacation)


def vacation(
    context: typer.Context,
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help=say("The mail address.", "メールアドレス。"))],
    on: Annotated[
        bool | None, typer.Option("--on/--off", help=say("Whether it replies.", "自動返信するかどうか。"))
    ] = None,
    text_file: Annotated[
        str | None,
        typer.Option(
            "--text-file",
            metavar="FILE",
            help=say("What it says; - reads it here.", "本文のファイル。- なら標準入力。"),
        ),
    ] = None,
    subject: Annotated[str | None, typer.Option(metavar="TEXT", help=say("Its subject.", "件名。"))] = None,
    first_day: Annotated[str | None, typer.Option("--first-day", metavar="DAY", help=_DAY)] = None,
    last_day: Annotated[str | None, typer.Option("--last-day", metavar="DAY", help=_DAY)] = None,
    days: Annotated[
        str | None,
        typer.Option(metavar="N", help=say("The same sender again after.", "同じ差出人への再返信までの日数。")),
    ] = None,
    other_address: Annotated[
        list[str] | None,
        typer.Option(
            "--for",
            metavar="ADDRESS",
            help=say(
                "Answers for this address, too; may be repeated. `none` ends it.",
                "この宛先にも返信します。複数指定できます。none で解除。",
            ),
        ),
    ] = None,
    draft: Draft = False,
) -> int:
    session = session_of(context)
    said: dict[str, Any] = {
        "enabled": on,
        "text": text_from(text_file, "--text-file") if text_file is not None else None,
        "subject": subject,
        "first_day": first_day,
        "last_day": last_day,
        "days": int(days) if days and days.isdecimal() else days,
        "addresses": [] if other_address == ["none"] else other_address or None,
    }
    said = {name: value for name, value in said.items() if value is not None}
    path = f"/api/v1/accounts/{in_path(address)}"
    # With `--draft`, what the operator has staged goes on.
    there = session.ask("GET", path, query=staged(draft))["vacation"]
    if not said:
        return _shown(session, there)
    # One that was never there is switched on by what it says.
    return finish(session, session.ask("PATCH", path, {"vacation": {**(there or {}), **said}}, query=staged(draft)))


def _shown(session: Session, there: dict[str, Any] | None) -> int:
    if session.json:
        tell_json({"vacation": there})
        return DONE
    for line in table(told_reply(there)):
        tell(line)
    return DONE
