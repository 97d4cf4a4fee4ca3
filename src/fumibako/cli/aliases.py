"""`alias add|set|remove|list|import|export`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from fumibako.cli.csv_file import CsvFile, OfDomain, tell_csv, text_of
from fumibako.cli.domains import Draft, staged
from fumibako.cli.language import say
from fumibako.cli.paging import every_row
from fumibako.cli.runs import finish
from fumibako.cli.session import DONE, in_path, session_of
from fumibako.cli.terminal import harmless, table, tell, tell_json

Name = Annotated[
    str,
    typer.Argument(
        metavar="NAME",
        help=say(
            "A name or an address; @DOMAIN catches every other name of the domain.",
            "名前またはアドレス。@DOMAIN なら、登録のないすべての名前。",
        ),
    ),
]
Targets = Annotated[
    list[str],
    typer.Argument(
        metavar="TARGET...", help=say("Where its mail goes: addresses or accounts.", "届け先のアドレスやアカウント。")
    ),
]
_SHOWN = 3

alias = typer.Typer(rich_markup_mode=None, no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    app.add_typer(alias, name="alias", help=say("Names whose mail goes on to others.", "エイリアス。"))


@alias.command(help=say("Make an alias.", "エイリアスを追加します。"))
def add(context: typer.Context, name: Name, targets: Targets, draft: Draft = False) -> int:
    session = session_of(context)
    body = {"address": name, "targets": targets}
    return finish(session, session.ask("POST", "/api/v1/aliases", body, query=staged(draft)))


@alias.command(name="set", help=say("Give an alias these targets and no others.", "エイリアス値を置き換えます。"))
def set_(context: typer.Context, name: Name, targets: Targets, draft: Draft = False) -> int:
    session = session_of(context)
    answer = session.ask("PUT", f"/api/v1/aliases/{in_path(name)}", {"targets": targets}, query=staged(draft))
    return finish(session, answer)


@alias.command(help=say("Remove an alias.", "エイリアスを削除します。"))
def remove(context: typer.Context, name: Name, draft: Draft = False) -> int:
    session = session_of(context)
    return finish(session, session.ask("DELETE", f"/api/v1/aliases/{in_path(name)}", query=staged(draft)))


@alias.command(name="list", help=say("All aliases.", "エイリアスの一覧を表示します。"))
def list_(
    context: typer.Context,
    domain: OfDomain = None,
) -> int:
    session = session_of(context)
    rows = list(every_row(session, "/api/v1/aliases", {"domain": domain} if domain else {}))
    if session.json:
        tell_json({"aliases": rows})
        return DONE
    for line in table([(harmless(row["address"]), _several(row["targets"])) for row in rows]):
        tell(line)
    return DONE


@alias.command(
    name="import",
    help=say(
        "Make or change the aliases of a CSV file (address,targets).",
        "CSV ファイル（address,targets）のエイリアスを追加・変更します。",
    ),
)
def import_(
    context: typer.Context,
    file: CsvFile,
    draft: Draft = False,
) -> int:
    session = session_of(context)
    answer = session.ask("POST", "/api/v1/csv/aliases", {"csv": text_of(file)}, query=staged(draft))
    return finish(session, answer)


@alias.command(help=say("The aliases as a CSV file.", "エイリアスを CSV で書き出します。"))
def export(context: typer.Context, domain: OfDomain = None) -> int:
    return tell_csv(session_of(context), "/api/v1/csv/aliases", {"domain": domain} if domain else {})


def _several(targets: list[Any]) -> str:
    shown = ", ".join(harmless(each) for each in targets[:_SHOWN])
    more = len(targets) - _SHOWN
    return shown if more <= 0 else shown + say(f" and {more} more", f" ほか {more} 件")
