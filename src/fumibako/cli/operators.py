"""`operator list|add|set|remove|code`: who may administer what. Changes count at once."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from fumibako.cli.language import say
from fumibako.cli.secret_file import secret_from
from fumibako.cli.session import DONE, Session, in_path, session_of
from fumibako.cli.terminal import harmless, message, table, tell, tell_json

_PATH = "/api/v1/operators"

Name = Annotated[str, typer.Argument(metavar="NAME")]
Role = Annotated[
    str | None,
    typer.Option(
        "--role", metavar="ROLE", help=say("server_admin or domain_admin.", "server_admin または domain_admin。")
    ),
]
Domains = Annotated[
    list[str] | None,
    typer.Option(
        "--domain",
        metavar="DOMAIN",
        help=say("A domain to administer; may be said again.", "管理するドメイン。繰り返し指定できます。"),
    ),
]

operators = typer.Typer(rich_markup_mode=None, no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    app.add_typer(operators, name="operator", help=say("Operators of the console.", "コンソールの運営者。"))


@operators.command("list", help=say("All of them, and what they administer.", "一覧を表示します。"))
def list_operators(context: typer.Context) -> int:
    session = session_of(context)
    items = session.ask("GET", _PATH)["items"]
    if session.json:
        tell_json({"operators": items})
        return DONE
    for line in table([(harmless(each["name"]), each["role"], _domains(each), _state(each)) for each in items]):
        tell(line)
    return DONE


@operators.command(
    "add",
    help=say(
        "Add one; without a password file a one-time code is printed.",
        "追加します。パスワードのファイルがなければワンタイムコードを表示します。",
    ),
)
def add_operator(
    context: typer.Context,
    name: Name,
    role: Role = "domain_admin",
    domain: Domains = None,
    password_file: Annotated[
        str | None,
        typer.Option("--password-file", metavar="FILE", help=say("- is standard input.", "- なら標準入力。")),
    ] = None,
) -> int:
    session = session_of(context)
    body: dict[str, Any] = {"name": name, "role": role, "domains": domain or []}
    if password_file is not None:
        body["password"] = secret_from(password_file, "--password-file")
    return _told(session, session.ask("POST", _PATH, body))


@operators.command("set", help=say("Change role, domains, log-in.", "役割・ドメイン・ログインの可否を変更します。"))
def set_operator(
    context: typer.Context,
    name: Name,
    role: Role = None,
    domain: Domains = None,
    active: Annotated[bool | None, typer.Option("--active/--inactive")] = None,
) -> int:
    session = session_of(context)
    named = {"role": role, "domains": domain, "active": active}
    body = {key: value for key, value in named.items() if value is not None}
    return _told(session, session.ask("PATCH", f"{_PATH}/{in_path(name)}", body))


@operators.command("remove", help=say("Delete one.", "削除します。"))
def remove_operator(context: typer.Context, name: Name) -> int:
    session = session_of(context)
    session.ask("DELETE", f"{_PATH}/{in_path(name)}")
    return _told(session, {"name": name, "removed": True})


@operators.command(
    "code", help=say("A one-time code for a new password.", "新しいパスワード用のワンタイムコードを作ります。")
)
def make_code(context: typer.Context, name: Name) -> int:
    session = session_of(context)
    return _told(session, {"name": name, **session.ask("POST", f"{_PATH}/{in_path(name)}/code")})


def _told(session: Session, answer: dict[str, Any]) -> int:
    if session.json:
        tell_json(answer)
        return DONE
    if code := answer.get("code"):
        message(say("The one-time code, good for seven days:", "ワンタイムコード（7 日間有効）:"))
        tell(code)
    else:
        message(say("Done.", "完了しました。"))
    return DONE


def _domains(each: dict[str, Any]) -> str:
    return " ".join(map(harmless, each["domains"]))


def _state(each: dict[str, Any]) -> str:
    if not each["active"]:
        return say("off", "停止")
    return "" if each["has_password"] else say("no password yet", "パスワード未設定")
