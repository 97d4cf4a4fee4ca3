"""`domain add|remove|list|import|export`."""

from __future__ import annotations

import csv
import io
from typing import Annotated

import typer

from fumibako.cli.csv_file import CsvFile, text_of
from fumibako.cli.language import say
from fumibako.cli.paging import every_row
from fumibako.cli.runs import finish
from fumibako.cli.session import DONE, in_path, session_of
from fumibako.cli.terminal import harmless, table, tell, tell_json
from fumibako.home.refusal import refused

Name = Annotated[str, typer.Argument(metavar="DOMAIN", help=say("The domain's name.", "ドメイン名。"))]
Draft = Annotated[
    bool,
    typer.Option(
        "--draft", help=say("Only stage it; apply it later.", "編集中の変更に加えるだけにして、後で適用します。")
    ),
]

domain = typer.Typer(rich_markup_mode=None, no_args_is_help=True)


def staged(draft: bool) -> dict[str, str]:
    """What `--draft` is in a query."""
    return {"draft": str(draft).lower()}


def add_to(app: typer.Typer) -> None:
    app.add_typer(domain, name="domain", help=say("Domains that mail is accepted for.", "メールを受け付けるドメイン。"))


@domain.command(help=say("Accept mail for a domain.", "ドメインを追加します。"))
def add(context: typer.Context, name: Name, draft: Draft = False) -> int:
    session = session_of(context)
    return finish(session, session.ask("POST", "/api/v1/domains", {"name": name}, query=staged(draft)))


@domain.command(help=say("Refuse its mail from now on.", "ドメインを削除します。"))
def remove(
    context: typer.Context,
    name: Name,
    with_accounts: Annotated[
        bool, typer.Option("--with-accounts", help=say("And all its accounts.", "アカウントもすべて削除します。"))
    ] = False,
    draft: Draft = False,
) -> int:
    session = session_of(context)
    query = {"with_accounts": str(with_accounts).lower(), **staged(draft)}
    return finish(session, session.ask("DELETE", f"/api/v1/domains/{in_path(name)}", query=query))


@domain.command(name="list", help=say("All domains.", "ドメインの一覧を表示します。"))
def list_(context: typer.Context) -> int:
    session = session_of(context)
    rows = list(every_row(session, "/api/v1/domains"))
    if session.json:
        tell_json({"domains": rows})
        return DONE
    for line in table([(harmless(row["name"]), str(row.get("accounts", ""))) for row in rows]):
        tell(line)
    return DONE


@domain.command(
    name="import",
    help=say("Accept mail for the domains of a CSV file (name).", "CSV ファイル（name）のドメインを追加します。"),
)
def import_(context: typer.Context, file: CsvFile, draft: Draft = False) -> int:
    """All of them as one edit, or none; those that are there already stay as they are."""
    session = session_of(context)
    rows = [row for row in csv.reader(io.StringIO(text_of(file))) if any(cell.strip() for cell in row)]
    columns = [cell.strip().lower() for cell in rows[0]] if rows else []
    if "name" not in columns:
        raise refused(
            "csv-column",
            "line 1",
            "The first line should name the columns; name is missing.",
            "1 行目は列名です。name がありません。",
        )
    at = columns.index("name")
    edits = [{"path": f"domains/{row[at] if at < len(row) else ''}", "now": {}} for row in rows[1:]]
    path = "/api/v1/draft/edits" if draft else "/api/v1/apply"
    return finish(session, session.ask("POST", path, {"edits": edits}))


@domain.command(help=say("The domains as a CSV file.", "ドメインを CSV で書き出します。"))
def export(context: typer.Context) -> int:
    session = session_of(context)
    names = [str(row["name"]) for row in every_row(session, "/api/v1/domains")]
    if session.json:
        tell_json({"csv": "".join(f"{line}\r\n" for line in ("name", *names))})
        return DONE
    for line in ("name", *names):
        tell(harmless(line))
    return DONE
