"""`history`, `diff`, `rollback`: revisions."""

from __future__ import annotations

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
    limit: Annotated[int, typer.Option(metavar="N", min=1, max=1000, help=say("So many.", "件数。"))] = 20,
) -> int:
    session = session_of(context)
    answer = session.ask("GET", "/api/v1/revisions", query={"limit": limit})
    if session.json:
        tell_json(answer)
        return DONE
    for line in table([_row(revision) for revision in rows_of(answer)]):
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
    if other is None:
        other = int(session.ask("GET", "/api/v1/status")["revision"])
    answer = session.ask("GET", f"/api/v1/revisions/{revision}/diff/{other}")
    if session.json:
        tell_json(answer)
    elif answer.get("settings"):
        tell_changes(answer["settings"], answer.get("change_count"))
    else:
        tell(say("No difference.", "違いはありません。"))
    return DONE


def rollback(context: typer.Context, revision: Annotated[int, typer.Argument(metavar="REV", min=0)]) -> int:
    session = session_of(context)
    return finish(session, session.ask("POST", f"/api/v1/revisions/{revision}/restore", {}))


def rows_of(answer: Any) -> list[dict[str, Any]]:
    """The rows of a list, whether it came as a page or bare."""
    return list(answer if isinstance(answer, list) else answer.get("items", []))


def _row(revision: dict[str, Any]) -> tuple[str, ...]:
    state = str(revision.get("state", ""))
    return (
        str(revision.get("number", "")),
        str(revision.get("created", ""))[:19].replace("T", " "),
        say(*_STATES.get(state, (state, state))),
        harmless(revision.get("who", "")),
        harmless(revision.get("summary") or revision.get("comment") or ""),
    )
