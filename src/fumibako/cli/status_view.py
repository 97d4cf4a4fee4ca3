"""`status` for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fumibako.cli.language import say
from fumibako.cli.terminal import coloured, harmless, table, tell
from fumibako.home.facts import HomeFacts
from fumibako.layout import Home

if TYPE_CHECKING:
    from fumibako.home.state import State


def tell_status(home: Home, facts: HomeFacts, state: State) -> None:
    tell(say(f"Home: {home.root} ({facts.hostname})", f"ホーム: {home.root} ({facts.hostname})"))
    answers = _answer(state.console)
    tell(say(f"Console: {state.url} {answers}", f"コンソール: {state.url} {answers}"))
    filters = _answer(state.filter_answers)
    tell(say(f"Mail filter: {filters}", f"メールフィルター: {filters}"))
    told = state.told
    if told.get("revision") is not None:
        line = say(f"Revision: {told['revision']}", f"リビジョン: {told['revision']}")
        if told.get("applied") != told["revision"]:
            line += say(f" (serving: {told.get('applied')})", f"（適用済み: {told.get('applied')}）")
        tell(line)
    if told.get("queue") is not None:
        tell(say(f"Queue: {told['queue']}", f"キュー: {told['queue']}"))
    services = told.get("services") or {}
    if services:
        tell()
    for line in table(
        [
            (
                name,
                harmless(service.get("address", "")),
                _answer(service.get("answers")) if service.get("enabled") else coloured(say("off", "停止中"), "dim"),
            )
            for name, service in services.items()
        ]
    ):
        tell(f"  {line}")
    for each in told.get("block_lists") or []:
        if each.get("state") in {"everybody", "nobody", "refused"}:
            name = harmless(each.get("name", ""))
            tell(coloured(say(f"Block list switched off: {name}", f"使用を止めた受信拒否リスト: {name}"), "yellow"))
    for path in told.get("drift") or []:
        shown = path.get("path", path) if isinstance(path, dict) else path
        tell(
            coloured(say(f"Changed by hand: {harmless(shown)}", f"手で変更されたファイル: {harmless(shown)}"), "yellow")
        )
    tell()
    for line in table([_process(row) for row in state.processes]):
        tell(f"  {line}")
    tell(
        say(
            f"Memory of our processes: {state.memory / 1e6:.0f} MB", f"Fumibako のメモリー: {state.memory / 1e6:.0f} MB"
        )
    )


def _answer(answers: object) -> str:
    return (
        coloured(say("answers", "応答あり"), "green")
        if answers
        else coloured(say("does not answer", "応答なし"), "red")
    )


def _process(row: dict[str, object]) -> tuple[str, str, str, str]:
    restarts = row["restarts"]
    note = ""
    if row["crash_loop"]:
        note = coloured(
            say(f"crash loop, {restarts} restarts", f"異常終了を繰り返しています（再起動 {restarts} 回）"), "red"
        )
    elif restarts:
        note = say(f"{restarts} restarts", f"再起動 {restarts} 回")
    return str(row["name"]), str(row["state"]), f"pid {row['pid']}" if row["pid"] else "", note
