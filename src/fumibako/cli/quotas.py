"""`quota set|list|import|export`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from fumibako.cli.csv_file import CsvFile, tell_csv, text_of
from fumibako.cli.domains import Draft, staged
from fumibako.cli.language import say
from fumibako.cli.paging import every_row
from fumibako.cli.runs import finish
from fumibako.cli.session import DONE, session_of
from fumibako.cli.system_accounts import System, tell_system
from fumibako.cli.terminal import harmless, table, tell, tell_json
from fumibako.features.quotas.room import MBYTE

quota = typer.Typer(rich_markup_mode=None, no_args_is_help=True)

_UNKNOWN = 20


def add_to(app: typer.Typer) -> None:
    app.add_typer(quota, name="quota", help=say("How full mailboxes are and may be.", "スプール容量制限。"))


@quota.command(name="set", help=say("Give accounts a limit, or none.", "アカウントの制限容量を設定します。"))
def set_(
    context: typer.Context,
    limit: Annotated[
        str, typer.Argument(metavar="MBYTES|none", help=say("MBytes, or `none`.", "MBytes。無制限は none。"))
    ],
    addresses: Annotated[
        list[str] | None, typer.Argument(metavar="ADDRESS...", help=say("The accounts.", "アカウント。"))
    ] = None,
    search: Annotated[
        str | None,
        typer.Option(
            metavar="TEXT",
            help=say(
                "All accounts that begin with this; @DOMAIN is a whole domain.",
                "先頭が一致するすべてのアカウント。@DOMAIN ならドメイン全体。",
            ),
        ),
    ] = None,
    names: Annotated[
        str | None,
        typer.Option(
            "--file",
            metavar="FILE",
            help=say(
                "A file with names, one a line; - is standard input.",
                "名前の一覧のファイル（1 行に 1 件）。- なら標準入力。",
            ),
        ),
    ] = None,
    draft: Draft = False,
) -> int:
    session = session_of(context)
    if addresses and "@" in limit and not any("@" in each for each in addresses[-1:]):
        # The account first, as in `account set`.
        limit, addresses = addresses[-1], [limit, *addresses[:-1]]
    chosen = [bool(addresses), search is not None, names is not None]
    if sum(chosen) != 1:
        raise typer.BadParameter(
            say(
                "name accounts, or give --search or --file.",
                "アカウント、--search、--file のいずれかを指定してください。",
            ),
            param_hint="quota set",
        )
    body: dict[str, Any] = {"quota_mb": None if limit == "none" else limit}
    if search is not None:
        body["search"] = search
    else:
        body["addresses"] = addresses or _names(text_of(str(names)))
    answer = session.ask("POST", "/api/v1/quotas", body, query=staged(draft))
    unknown = answer.get("unknown") or []
    if unknown and not session.json:
        shown = ", ".join(harmless(name) for name in unknown[:_UNKNOWN])
        tell(say(f"No such account ({len(unknown)}): {shown}", f"存在しないアカウント（{len(unknown)} 件）: {shown}"))
    return finish(session, answer)


@quota.command(name="list", help=say("All mailboxes with usage and limit.", "使用量と制限容量の一覧を表示します。"))
def list_(
    context: typer.Context,
    search: Annotated[
        str | None, typer.Option(metavar="TEXT", help=say("That begin with this.", "先頭が一致するものだけ。"))
    ] = None,
    sort: Annotated[str, typer.Option(metavar="ORDER", help="name, -name, usage, -usage")] = "name",
    system: System = False,
) -> int:
    session = session_of(context)
    if system:
        return tell_system(session, search)
    rows = list(every_row(session, "/api/v1/quotas", {"sort": sort} | ({"search": search} if search else {})))
    if session.json:
        tell_json({"quotas": rows})
        return DONE
    for line in table([_row(row) for row in rows]):
        tell(line)
    return DONE


@quota.command(
    name="import",
    help=say(
        "Take limits from a CSV file (address,quota_mb).", "CSV ファイル（address,quota_mb）の制限容量を取り込みます。"
    ),
)
def import_(
    context: typer.Context,
    file: CsvFile,
    draft: Draft = False,
) -> int:
    session = session_of(context)
    return finish(session, session.ask("POST", "/api/v1/csv/quotas", {"csv": text_of(file)}, query=staged(draft)))


@quota.command(help=say("Usage and limits as a CSV file.", "使用量と制限容量を CSV で書き出します。"))
def export(context: typer.Context) -> int:
    return tell_csv(session_of(context), "/api/v1/csv/quotas", {})


def _names(text: str) -> list[str]:
    """One a line; blank lines are none."""
    return [name for line in text.splitlines() if (name := line.partition(",")[0].strip())]


def _row(row: dict[str, Any]) -> tuple[str, ...]:
    limit = f"{row['quota_mb']} MB" if row["quota_mb"] is not None else say("no limit", "無制限")
    percent = "" if row["percent"] is None else f"{row['percent']}%"
    return harmless(row["address"]), f"{row['usage_bytes'] / MBYTE:.1f} MB", limit, percent
