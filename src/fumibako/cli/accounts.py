"""`account add|set|remove|list|show|password`. A password comes from a file or standard input, never from the line."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from fumibako.cli import accounts_csv, app_passwords, vacation
from fumibako.cli.account_view import told
from fumibako.cli.domains import Draft, staged
from fumibako.cli.language import say
from fumibako.cli.paging import every_row
from fumibako.cli.runs import finish
from fumibako.cli.secret_file import secret_from
from fumibako.cli.session import DONE, in_path, session_of
from fumibako.cli.system_accounts import System, tell_system
from fumibako.cli.terminal import harmless, local_time, table, tell, tell_json

Address = Annotated[str, typer.Argument(metavar="ADDRESS", help=say("The mail address.", "メールアドレス。"))]
PasswordFile = Annotated[
    str | None,
    typer.Option(
        "--password-file",
        metavar="FILE",
        help=say("File with the password; - reads it here.", "パスワードのファイル。- なら標準入力。"),
    ),
]
NameOption = Annotated[str | None, typer.Option("--name", metavar="TEXT", help=say("The person's name.", "名前。"))]
Quota = Annotated[
    str | None,
    typer.Option("--quota-mb", metavar="N", help=say("Limit in MBytes, or `none`.", "制限容量（MB）。無制限は none。")),
]
Language = Annotated[
    str | None,
    typer.Option(
        "--language",
        metavar="ja|en|none",
        help=say("The owner's language.", "利用者の言語。"),
    ),
]
Enabled = Annotated[
    bool | None,
    typer.Option(
        "--enabled/--disabled", help=say("Whether it can log in and send.", "ログインと送信を許可するかどうか。")
    ),
]
MaySend = Annotated[
    bool | None,
    typer.Option("--may-send/--may-not-send", help=say("Whether it can send.", "送信を許可するかどうか。")),
]
MayReceive = Annotated[
    bool | None,
    typer.Option("--may-receive/--may-not-receive", help=say("Whether it takes new mail.", "受信を許可するかどうか。")),
]
Forward = Annotated[
    list[str] | None,
    typer.Option(
        "--forward",
        metavar="ADDRESS",
        help=say(
            "Forward to this address; may be repeated. `none` ends it.", "転送先。複数指定できます。none で解除。"
        ),
    ),
]
KeepCopy = Annotated[
    bool | None,
    typer.Option("--keep-copy/--no-copy", help=say("Keep what is forwarded.", "転送したメールを残すかどうか。")),
]

account = typer.Typer(rich_markup_mode=None, no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    accounts_csv.add_to(account)
    app_passwords.add_to(account)
    vacation.add_to(account)
    app.add_typer(account, name="account", help=say("Mailboxes and their owners' log-ins.", "メールアカウント。"))


@account.command(help=say("Make an account.", "アカウントを追加します。"))
def add(
    context: typer.Context,
    address: Address,
    password_file: PasswordFile = None,
    name: NameOption = None,
    language: Language = None,
    quota_mb: Quota = None,
    enabled: Enabled = None,
    may_send: MaySend = None,
    may_receive: MayReceive = None,
    forward: Forward = None,
    keep_copy: KeepCopy = None,
    draft: Draft = False,
) -> int:
    session = session_of(context)
    body = _fields(name, language, quota_mb, enabled=enabled, may_send=may_send, may_receive=may_receive) | {
        "address": address
    }
    body |= _forwarding(forward, keep_copy)
    if password_file is not None:
        body["password"] = secret_from(password_file, "--password-file")
    return finish(session, session.ask("POST", "/api/v1/accounts", body, query=staged(draft)))


@account.command(
    name="set",
    help=say("Change an account; what is not named stays.", "アカウントを変更します。指定しない項目は変わりません。"),
)
def set_(
    context: typer.Context,
    address: Address,
    password_file: PasswordFile = None,
    name: NameOption = None,
    language: Language = None,
    quota_mb: Quota = None,
    enabled: Enabled = None,
    may_send: MaySend = None,
    may_receive: MayReceive = None,
    forward: Forward = None,
    keep_copy: KeepCopy = None,
    draft: Draft = False,
) -> int:
    session = session_of(context)
    fields = _fields(name, language, quota_mb, enabled=enabled, may_send=may_send, may_receive=may_receive)
    if password_file is not None:
        fields["password"] = secret_from(password_file, "--password-file")
    fields |= _forwarding(forward, keep_copy)
    if not fields:
        raise typer.BadParameter(
            say(
                "name what shall change: --name, --quota-mb, or a switch such as --disabled.",
                "変更する項目を指定してください: --name、--quota-mb、または --disabled などの切り替え",
            ),
            param_hint="account set",
        )
    return finish(session, session.ask("PATCH", f"/api/v1/accounts/{in_path(address)}", fields, query=staged(draft)))


@account.command(help=say("Remove an account.", "アカウントを削除します。"))
def remove(context: typer.Context, address: Address, draft: Draft = False) -> int:
    session = session_of(context)
    return finish(session, session.ask("DELETE", f"/api/v1/accounts/{in_path(address)}", query=staged(draft)))


@account.command(name="list", help=say("All accounts.", "アカウントの一覧を表示します。"))
def list_(
    context: typer.Context,
    domain: Annotated[
        str | None, typer.Option(metavar="DOMAIN", help=say("Of this domain.", "このドメインだけ。"))
    ] = None,
    system: System = False,
) -> int:
    session = session_of(context)
    if system:
        return tell_system(session, None)
    query = {"domain": domain} if domain else {}
    rows = list(every_row(session, "/api/v1/accounts", query))
    if session.json:
        tell_json({"accounts": rows})
        return DONE
    for line in table([_row(row) for row in rows]):
        tell(line)
    return DONE


@account.command(help=say("One account.", "アカウントの内容を表示します。"))
def show(context: typer.Context, address: Address) -> int:
    session = session_of(context)
    row = session.ask("GET", f"/api/v1/accounts/{in_path(address)}")
    if session.json:
        tell_json(row)
    else:
        for line in table(told(row)):
            tell(line)
    return DONE


@account.command(help=say("Give an account a password, at once.", "パスワードを変更します（すぐに有効になります）。"))
def password(context: typer.Context, address: Address, password_file: PasswordFile = None) -> int:
    session = session_of(context)
    body = {"password": secret_from(password_file or "-", "--password-file")}
    return finish(session, session.ask("PUT", f"/api/v1/accounts/{in_path(address)}/password", body))


@account.command(
    help=say("Give an account another address; its mail goes along.", "アドレスを変更します。メールも引き継がれます。")
)
def rename(
    context: typer.Context,
    address: Address,
    new: Annotated[str, typer.Argument(metavar="NEW", help=say("Its new address.", "新しいアドレス。"))],
    draft: Draft = False,
) -> int:
    session = session_of(context)
    path = f"/api/v1/accounts/{in_path(address)}/rename"
    return finish(session, session.ask("POST", path, {"address": new}, query=staged(draft)))


@account.command(
    help=say("Bring a removed account back with its mail.", "削除したアカウントをメールごと元に戻します。")
)
def restore(context: typer.Context, address: Address, draft: Draft = False) -> int:
    session = session_of(context)
    path = f"/api/v1/removed_accounts/{in_path(address)}/restore"
    return finish(session, session.ask("POST", path, {}, query=staged(draft)))


@account.command(help=say("Accounts that can be brought back.", "元に戻せるアカウントの一覧を表示します。"))
def removed(context: typer.Context) -> int:
    session = session_of(context)
    rows = list(every_row(session, "/api/v1/removed_accounts", {}))
    if session.json:
        tell_json({"accounts": rows})
        return DONE
    until = say("until {day}", "{day} まで")
    for line in table([(harmless(row["address"]), until.format(day=row["until"][:10])) for row in rows]):
        tell(line)
    return DONE


def _fields(name: str | None, language: str | None, quota_mb: str | None, **switches: bool | None) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if name is not None:
        fields["name"] = name
    if language is not None:
        fields["language"] = None if language == "none" else language
    if quota_mb is not None:
        # Anything but `none` goes on as it was written: the checks are the console's, the same everywhere.
        fields["quota_mb"] = None if quota_mb == "none" else int(quota_mb) if quota_mb.isdecimal() else quota_mb
    return fields | {switch: on for switch, on in switches.items() if on is not None}


def _forwarding(forward: list[str] | None, keep_copy: bool | None) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if forward:
        fields["forward"] = [] if forward == ["none"] else forward
    if keep_copy is not None:
        fields["keep_copy"] = keep_copy
    return fields


def _row(row: dict[str, Any]) -> tuple[str, ...]:
    quota = f"{row['quota_mb']} MB" if row.get("quota_mb") is not None else say("no limit", "無制限")
    return (
        harmless(row["address"]),
        harmless(row.get("name", "")),
        quota,
        "" if row.get("enabled", True) else say("disabled", "停止中"),
        local_time(row.get("last_login")),
    )
