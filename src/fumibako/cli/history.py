"""`history`, `diff`, `rollback`: revisions."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final

import typer

from fumibako.cli.language import say
from fumibako.cli.plan_view import tell_changes
from fumibako.cli.runs import finish
from fumibako.cli.session import DONE, session_of
from fumibako.cli.terminal import harmless, table, tell, tell_json

_STATES: Final = {
    "pending": ("pending", "適用中"),
    "applied": ("applied", "適用済み"),
    "unconfirmed": ("unconfirmed", "確認待ち"),
    "refused": ("refused", "拒否"),
    "rolled_back": ("rolled back", "復元済み"),
}


def add_to(app: typer.Typer) -> None:
    app.command(help=say("The revisions, newest first.", "リビジョンの一覧を新しい順に表示します。"))(history)
    app.command(help=say("What lies between two revisions.", "2 つのリビジョンの違いを表示します。"))(diff)
    app.command(help=say("Bring an older revision back.", "以前のリビジョンに戻します。"))(rollback)


def history(
    context: typer.Context,
    limit: Annotated[int, typer.Option(metavar="N", min=1, max=500, help=say("So many.", "件数。"))] = 20,
) -> int:
    session = session_of(context)
    answer = session.ask("GET", "/api/v1/revisions", query={"limit": limit})
    if session.json:
        tell_json(answer)
        return DONE
    for line in table([_row(revision) for revision in answer["items"]]):
        tell(line)
    return DONE


def diff(
    context: typer.Context,
    revision: Annotated[int, typer.Argument(metavar="REV", min=0)],
    other: Annotated[
        int | None,
        typer.Argument(
            metavar="[REV]", min=0, help=say("Without it: the one that serves.", "省略すると現在のリビジョン。")
        ),
    ] = None,
) -> int:
    session = session_of(context)
    query = {} if other is None else {"to": other}
    answer = session.ask("GET", f"/api/v1/revisions/{revision}/diff", query=query)
    if session.json:
        tell_json(answer)
    elif answer.get("settings"):
        tell_changes(answer["settings"], answer.get("change_count"))
    else:
        tell(say("No difference.", "違いはありません。"))
    return DONE


def rollback(context: typer.Context, revision: Annotated[int, typer.Argument(metavar="REV", min=0)]) -> int:
    session = session_of(context)
    return finish(session, session.ask("POST", f"/api/v1/revisions/{revision}/restore", {"wait": False}))


def _row(revision: dict[str, Any]) -> tuple[str, ...]:
    state = str(revision.get("state", ""))
    return (
        str(revision["number"]) + ("*" if revision.get("serves") else " "),
        _local_time(str(revision["created"])),
        say(*_STATES.get(state, (state, state))),
        harmless(revision.get("who", "")),
        _summary(revision),
    )


def _local_time(written: str) -> str:
    return datetime.fromisoformat(written).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def _summary(revision: dict[str, Any]) -> str:
    """Its comment, and its first change and how many more there are."""
    words = [harmless(revision["comment"])] if revision.get("comment") else []
    changes = revision.get("settings") or []
    if changes:
        words.append(harmless(changes[0].get("text", "")))
    count = int(revision.get("edit_count") or 0)
    if count > 1:
        words.append(say(f"and {count - 1} more", f"ほか {count - 1} 件"))
    return " ".join(words)
