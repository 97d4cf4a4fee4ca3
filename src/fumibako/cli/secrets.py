"""`secret`: what the settings need and do not hold; read from standard input, never from the command line."""

from __future__ import annotations

from typing import Annotated

import typer

from fumibako.cli.language import say
from fumibako.cli.runs import finish
from fumibako.cli.secret_file import secret_from
from fumibako.cli.session import DONE, session_of
from fumibako.cli.terminal import harmless, tell, tell_json

Name = Annotated[
    str,
    typer.Argument(
        metavar="NAME",
        help=say(
            "relay/default, relay/DOMAIN, relay/@SENDER-DOMAIN or dns/ZONE.",
            "relay/default、relay/ドメイン、relay/@差出人ドメイン、dns/ゾーン のいずれか。",
        ),
    ),
]

secret = typer.Typer(rich_markup_mode=None, no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    app.add_typer(
        secret,
        name="secret",
        help=say("Passwords for relays and name servers.", "中継先や DNS サーバーのパスワード。"),
    )


@secret.command(
    name="set",
    help=say(
        "Set a secret, at once; it is read from standard input.",
        "秘密の値を標準入力から読み取って設定します（すぐに有効になります）。",
    ),
)
def set_(context: typer.Context, name: Name) -> int:
    session = session_of(context)
    return finish(
        session, session.ask("PUT", f"/api/v1/secrets/{_in_path(name)}", {"secret": secret_from("-", "secret")})
    )


@secret.command(help=say("Forget a secret.", "秘密の値を消します。"))
def remove(context: typer.Context, name: Name) -> int:
    session = session_of(context)
    return finish(session, session.ask("DELETE", f"/api/v1/secrets/{_in_path(name)}"))


@secret.command(name="list", help=say("Which secrets are set.", "設定済みの秘密の名前を表示します。"))
def list_(context: typer.Context) -> int:
    session = session_of(context)
    answer = session.ask("GET", "/api/v1/secrets")
    if session.json:
        tell_json(answer)
        return DONE
    for name in answer["secrets"]:
        tell(harmless(name))
    return DONE


def _in_path(name: str) -> str:
    from urllib.parse import quote

    return quote(name, safe="@/")
