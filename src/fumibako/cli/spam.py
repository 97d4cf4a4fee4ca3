"""`spam list|sender add|remove|list|import`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from fumibako.cli.changes import text_of
from fumibako.cli.domains import Draft, staged
from fumibako.cli.language import say
from fumibako.cli.paging import every_row
from fumibako.cli.runs import finish
from fumibako.cli.session import DONE, session_of
from fumibako.cli.terminal import harmless, table, tell, tell_json

_LISTS, _SENDERS = "/api/v1/spam/lists", "/api/v1/spam/senders"

Lists = Annotated[
    list[str],
    typer.Argument(
        metavar="LIST…",
        help=say(
            "bl.example.net, bl.example.net*2 (a weight) or bl.example.net=127.0.0.[2..11] (answers that count).",
            "bl.example.net、bl.example.net*2 (重み)、bl.example.net=127.0.0.[2..11] (数える応答) など。",
        ),
    ),
]
Senders = Annotated[
    list[str],
    typer.Argument(
        metavar="SENDER…",
        help=say(
            "spam@example.co.jp, or @example.co.jp for that domain.",
            "spam@example.co.jp、またはドメイン全体なら @example.co.jp。",
        ),
    ),
]

spam = typer.Typer(rich_markup_mode=None, no_args_is_help=True)
lists = typer.Typer(rich_markup_mode=None, no_args_is_help=True)
senders = typer.Typer(rich_markup_mode=None, no_args_is_help=True)
spam.add_typer(lists, name="list", help=say("DNS block lists.", "DNS 受信拒否リスト (RBL)。"))
spam.add_typer(senders, name="sender", help=say("Refused senders.", "受信を拒否する差出人。"))


def add_to(app: typer.Typer) -> None:
    app.add_typer(spam, name="spam", help=say("Spam rejection.", "スパム拒否。"))


@lists.command("add", help=say("Look clients up in lists.", "リストを追加します。"))
def add_lists(context: typer.Context, entries: Lists, draft: Draft = False) -> int:
    return _add(context, _LISTS, entries, draft)


@lists.command("remove", help=say("Look up in a list no more.", "リストを削除します。"))
def remove_list(context: typer.Context, entry: str, draft: Draft = False) -> int:
    return _remove(context, _LISTS, entry, draft)


@lists.command("list", help=say("All of them, and how they are.", "一覧を状態とともに表示します。"))
def list_lists(context: typer.Context) -> int:
    session = session_of(context)
    items = session.ask("GET", _LISTS)["items"]
    if session.json:
        tell_json({"lists": items})
        return DONE
    rows = [(harmless(each["list"]), _word(each["state"]), _number(each["hits"])) for each in items]
    for line in table(rows):
        tell(line)
    return DONE


@senders.command("add", help=say("Refuse senders.", "差出人を追加します。"))
def add_senders(context: typer.Context, entries: Senders, draft: Draft = False) -> int:
    return _add(context, _SENDERS, entries, draft)


@senders.command(
    "import", help=say("Refuse the senders of a file, one a line.", "ファイルから追加します (1 行に 1 つ)。")
)
def import_senders(
    context: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help=say("- is standard input.", "- なら標準入力。"))],
    draft: Draft = False,
) -> int:
    lines = [line.strip() for line in text_of(file).splitlines()]
    return _add(context, _SENDERS, [line for line in lines if line], draft)


@senders.command("remove", help=say("Refuse a sender no more.", "差出人を削除します。"))
def remove_sender(context: typer.Context, entry: str, draft: Draft = False) -> int:
    return _remove(context, _SENDERS, entry, draft)


@senders.command("list", help=say("All refused senders.", "一覧を表示します。"))
def list_senders(context: typer.Context) -> int:
    session = session_of(context)
    found = [row["sender"] for row in every_row(session, _SENDERS)]
    if session.json:
        tell_json({"senders": found})
        return DONE
    for sender in found:
        tell(harmless(sender))
    return DONE


def _add(context: typer.Context, path: str, entries: list[str], draft: bool) -> int:
    session = session_of(context)
    return finish(session, session.ask("POST", path, {"entries": entries}, query=staged(draft)))


def _remove(context: typer.Context, path: str, entry: str, draft: bool) -> int:
    session = session_of(context)
    return finish(session, session.ask("DELETE", path, query={"entry": entry, **staged(draft)}))


def _word(state: Any) -> str:
    words = {
        "alive": say("answers", "応答あり"),
        "everybody": say("off: lists everybody", "停止: すべてを掲載"),
        "nobody": say("off: is no list", "停止: リストとして応答しない"),
        "refused": say("off: does not serve this resolver", "停止: この DNS からは利用不可"),
        "silent": say("does not answer", "応答なし"),
    }
    return words.get(str(state), say("not asked yet", "未確認"))


def _number(hits: Any) -> str:
    return "" if hits is None else say(f"refused {hits}", f"拒否 {hits} 件")
