"""`relay add|set|remove|list`. A route's password is a secret: `secret set relay/NAME`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from fumibako.cli.domains import Draft, staged
from fumibako.cli.language import say
from fumibako.cli.runs import finish
from fumibako.cli.session import DONE, in_path, session_of
from fumibako.cli.terminal import harmless, table, tell, tell_json

_ROUTES = "/api/v1/relay/routes"

Name = Annotated[
    str,
    typer.Argument(
        metavar="NAME",
        help=say(
            "default, example.com (mail to it), .example.com (to those under it) or @example.com (mail from it).",
            "default、example.com (宛先)、.example.com (その下のドメイン宛て)、@example.com (差出人) のいずれか。",
        ),
    ),
]
Port = Annotated[
    str | None,
    typer.Option(
        metavar="N", help=say("25 at first; 465 speaks TLS from the start.", "初期値は 25。465 は最初から TLS。")
    ),
]
Username = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help=say("Log in as; `none`: no log-in.", "ログインするユーザー名。none ならログインしません。"),
    ),
]
Tls = Annotated[
    str | None,
    typer.Option(
        metavar="LEVEL",
        help=say(
            "none, opportunistic or required; `auto`: required with a log-in.",
            "none、opportunistic、required のいずれか。auto ならログインするときだけ強制。",
        ),
    ),
]

relay = typer.Typer(rich_markup_mode=None, no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    app.add_typer(relay, name="relay", help=say("Where outgoing mail is handed over.", "スマートリレー。"))


@relay.command(help=say("Make a route.", "中継先を追加します。"))
def add(
    context: typer.Context,
    name: Name,
    host: Annotated[
        str, typer.Argument(metavar="HOST", help=say("An IP address or a host name.", "IP アドレスまたはホスト名。"))
    ],
    port: Port = None,
    username: Username = None,
    tls: Tls = None,
    draft: Draft = False,
) -> int:
    session = session_of(context)
    body = {"name": name, **_fields(host, port, username, tls)}
    return finish(session, session.ask("POST", _ROUTES, body, query=staged(draft)))


@relay.command(
    name="set",
    help=say("Change a route; what is not named stays.", "中継先を変更します。指定しない項目は変わりません。"),
)
def set_(
    context: typer.Context,
    name: Name,
    host: Annotated[str | None, typer.Option(metavar="HOST", help=say("Its host.", "中継先のホスト。"))] = None,
    port: Port = None,
    username: Username = None,
    tls: Tls = None,
    draft: Draft = False,
) -> int:
    session = session_of(context)
    fields = _fields(host, port, username, tls)
    if not fields:
        raise typer.BadParameter(
            say(
                "name what shall change: --host, --port, --username or --tls.",
                "変更する項目を指定してください: --host、--port、--username、--tls",
            ),
            param_hint="relay set",
        )
    return finish(session, session.ask("PATCH", f"{_ROUTES}/{in_path(name)}", fields, query=staged(draft)))


@relay.command(help=say("Remove a route.", "中継先を削除します。"))
def remove(context: typer.Context, name: Name, draft: Draft = False) -> int:
    session = session_of(context)
    return finish(session, session.ask("DELETE", f"{_ROUTES}/{in_path(name)}", query=staged(draft)))


@relay.command(name="list", help=say("All routes.", "中継先の一覧を表示します。"))
def list_(context: typer.Context) -> int:
    session = session_of(context)
    items = session.ask("GET", _ROUTES)["items"]
    if session.json:
        tell_json({"routes": items})
        return DONE
    for line in table([_row(each) for each in items]):
        tell(line)
    return DONE


def _fields(host: str | None, port: str | None, username: str | None, tls: str | None) -> dict[str, Any]:
    """What was named, as it was written: the checks are the console's, the same everywhere."""
    fields: dict[str, Any] = {}
    if host is not None:
        fields["host"] = host
    if port is not None:
        fields["port"] = int(port) if port.isdecimal() else port
    if username is not None:
        fields["username"] = None if username == "none" else username
    if tls is not None:
        fields["tls"] = None if tls == "auto" else tls
    return fields


def _row(route: dict[str, Any]) -> tuple[str, ...]:
    host = f"[{route['host']}]" if ":" in route["host"] else route["host"]
    user = route["username"] or ""
    if user and not route["password_set"]:
        user += say(" (no password)", " (パスワード未設定)")
    return harmless(route["name"]), harmless(f"{host}:{route['port']}"), harmless(route["tls"] or ""), harmless(user)
