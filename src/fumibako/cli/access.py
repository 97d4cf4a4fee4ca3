"""`access add|remove|list`."""

from __future__ import annotations

from typing import Annotated

import typer

from fumibako.cli.domains import Draft, staged
from fumibako.cli.language import say
from fumibako.cli.runs import finish
from fumibako.cli.session import DONE, session_of
from fumibako.cli.terminal import harmless, table, tell, tell_json

Clients = Annotated[
    list[str],
    typer.Argument(
        metavar="CLIENT…",
        help=say(
            "192.168.0.1, 192.168.0., 192.168.0.21-24, 10.1.0.0/16, 2001:db8::/32 or example.com.",
            "192.168.0.1、192.168.0.、192.168.0.21-24、10.1.0.0/16、2001:db8::/32、example.com など。",
        ),
    ),
]

access = typer.Typer(rich_markup_mode=None, no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    app.add_typer(
        access,
        name="access",
        help=say("Clients that may send without logging in.", "認証なしの送信を許可するクライアント。"),
    )


@access.command(help=say("Permit clients.", "クライアントを許可します。"))
def add(
    context: typer.Context,
    clients: Clients,
    yes: Annotated[
        bool, typer.Option("--yes", help=say("A very wide one is meant.", "広い範囲でも確認せずに許可します。"))
    ] = False,
    draft: Draft = False,
) -> int:
    session = session_of(context)
    query = {"sure": str(yes).lower(), **staged(draft)}
    return finish(session, session.ask("POST", "/api/v1/access/clients", {"clients": clients}, query=query))


@access.command(help=say("Permit a client no longer.", "クライアントの許可を取り消します。"))
def remove(
    context: typer.Context,
    client: Annotated[str, typer.Argument(metavar="CLIENT", help=say("One of the list.", "一覧にあるもの。"))],
    draft: Draft = False,
) -> int:
    session = session_of(context)
    query = {"client": client, **staged(draft)}
    return finish(session, session.ask("DELETE", "/api/v1/access/clients", query=query))


@access.command(
    name="list", help=say("All of them, each with its exact range.", "一覧を正確な範囲とともに表示します。")
)
def list_(context: typer.Context) -> int:
    session = session_of(context)
    answer = session.ask("GET", "/api/v1/access/clients")
    if session.json:
        tell_json({"clients": answer["items"]})
        return DONE
    for line in table([_row(each) for each in answer["items"]]):
        tell(line)
    return DONE


def _row(client: dict[str, str]) -> tuple[str, str, str]:
    return harmless(client["client"]), harmless(client["meaning"]), harmless(client.get("number", ""))
