"""`account list --system`, `quota list --system`: the operating system's users."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from fumibako.cli.language import say
from fumibako.cli.session import DONE, Session
from fumibako.cli.terminal import harmless, table, tell, tell_json
from fumibako.features.quotas.room import MBYTE

System = Annotated[
    bool,
    typer.Option(
        "--system",
        help=say("The operating system's users instead.", "代わりに OS のユーザー（システムアカウント）を表示します。"),
    ),
]
_STATES = {
    "receives": say("receives mail", "受信する"),
    "hidden": say("an account of this address is here", "同名のアカウントが優先"),
    "off": say("switched off", "オフ"),
    "administrator": say("no mailbox: mail goes to the administrator", "メールボックスなし (メールは管理者へ)"),
    "never": say("no mailbox", "メールボックスなし"),
}


def tell_system(session: Session, search: str | None) -> int:
    rows = session.ask("GET", "/api/v1/system-accounts", query={"search": search} if search else {})["items"]
    if session.json:
        tell_json({"system_accounts": rows})
    else:
        for line in table([_row(row) for row in rows]):
            tell(line)
    return DONE


def _row(row: dict[str, Any]) -> tuple[str, ...]:
    limit = f"{row['quota_mb']} MB" if row["quota_mb"] is not None else say("no limit", "無制限")
    takes = row["state"] == "receives"
    return (
        harmless(row["address"] or row["name"]),
        str(row["uid"]),
        harmless(row["full_name"]),
        _STATES.get(row["state"], row["state"]),
        f"{row['usage_bytes'] / MBYTE:.1f} MB" if takes else "",
        limit if takes else "",
    )
