"""`account app-password list|remove`. To make one is the account holder's, on his own page: whoever makes it has seen it."""

from __future__ import annotations

from typing import Annotated

import typer

from fumibako.cli.language import say
from fumibako.cli.runs import finish
from fumibako.cli.session import DONE, in_path, session_of
from fumibako.cli.terminal import harmless, table, tell, tell_json

_Address = Annotated[str, typer.Argument(metavar="ADDRESS", help=say("The mail address.", "メールアドレス。"))]

app_password = typer.Typer(rich_markup_mode=None, no_args_is_help=True)


def add_to(account: typer.Typer) -> None:
    account.add_typer(
        app_password,
        name="app-password",
        help=say("Passwords of single mail programs.", "アプリパスワード。"),
    )


@app_password.command(
    name="list", help=say("An account's app passwords.", "アカウントのアプリパスワードの一覧を表示します。")
)
def list_(context: typer.Context, address: _Address) -> int:
    session = session_of(context)
    answer = session.ask("GET", f"/api/v1/accounts/{in_path(address)}/app_passwords")
    if session.json:
        tell_json(answer)
        return DONE
    for line in table([(harmless(each["name"]), each["made"][:10]) for each in answer["items"]]):
        tell(line)
    return DONE


@app_password.command(
    help=say("Let nobody log in with it any more.", "アプリパスワードを削除します（すぐに使えなくなります）。")
)
def remove(
    context: typer.Context,
    address: _Address,
    name: Annotated[str, typer.Argument(metavar="NAME", help=say("Its name.", "名前。"))],
) -> int:
    session = session_of(context)
    path = f"/api/v1/accounts/{in_path(address)}/app_passwords"
    return finish(session, session.ask("DELETE", path, query={"name": name}))
