"""A plan and a run for people: behaviour first, because it is what an administrator answers for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from fumibako.cli.language import say
from fumibako.cli.terminal import Colour, coloured, harmless, message, tell

Document = Mapping[str, Any]

_SIGNS: Final[dict[str, tuple[str, Colour]]] = {
    "added": ("+", "green"),
    "changed": ("~", "yellow"),
    "removed": ("-", "red"),
}
_STEP_SIGNS: Final[dict[str, tuple[str, Colour]]] = {
    "running": ("…", "dim"),
    "done": ("✓", "green"),
    "failed": ("✗", "red"),
    "undone": ("↩", "yellow"),
    "skipped": ("-", "dim"),
}


def tell_plan(plan: Document) -> None:
    """The three views on standard output."""
    _tell_behaviour([row for row in plan.get("behaviour") or [] if row.get("changed")])
    tell_changes(plan.get("settings") or [], plan.get("change_count"), plan.get("alike") or [])
    _tell_files(plan.get("files") or [])
    if plan.get("cuts"):
        tell(coloured(harmless(plan["cuts"]), "yellow"))
    if plan.get("not_tried"):
        tell(coloured(say("Not tried: ", "試していません: ") + harmless(plan["not_tried"]), "yellow"))
    if plan.get("outcome") == "unchanged":
        tell(say("Nothing changes.", "変更はありません。"))
    if plan.get("digest"):
        tell(say(f"Digest: {plan['digest']}", f"ダイジェスト: {plan['digest']}"))


def tell_changes(changes: Iterable[Document], count: int | None = None, alike: Sequence[Document] = ()) -> None:
    """Edits in words; those that are `alike` in one line."""
    told = {path for each in alike for path in each["paths"]}
    lines = [change for change in changes if change.get("path") not in told]
    if not lines and not alike:
        return
    tell(coloured(say("Settings", "設定"), "bold"))
    for change in [*alike, *lines]:
        sign, colour = _SIGNS.get(str(change.get("kind")), ("~", "yellow"))
        line = harmless(change.get("text", change.get("path", "")))
        if "count" in change and change.get("now"):
            line += f" → {harmless(change['now'])}"
        elif change.get("was") or change.get("now"):
            line += f": {harmless(change.get('was', ''))} → {harmless(change.get('now', ''))}"
        tell(f"  {coloured(sign, colour)} {line}")
    more = (count or 0) - len(lines) - sum(each["count"] for each in alike)
    if more > 0:
        tell(say(f"  … and {more} more", f"  … ほか {more} 件"))
    tell()


def _tell_behaviour(rows: list[Document]) -> None:
    if not rows:
        return
    tell(coloured(say("Behaviour (asked of the real servers)", "動作（実際のサーバーに問い合わせた結果）"), "bold"))
    for row in rows:
        danger = row.get("danger")
        colour: Colour = "red" if danger == "danger" else "yellow" if danger == "notice" else "cyan"
        sign = "!" if danger in {"danger", "notice"} else "~"
        tell(f"  {coloured(sign, colour)} {_question(row)}")
        tell(f"      {harmless(row.get('before', ''))} → {coloured(harmless(row.get('after', '')), colour)}")
    tell()


def _question(row: Document) -> str:
    """A service's name stands before what is asked of it; other questions say for themselves whom they are about."""
    subject, question = harmless(row.get("subject", "")), harmless(row.get("question", ""))
    return question if ":" in subject or subject == "relay" else f"{subject}: {question}"


def _tell_files(files: Iterable[Document]) -> None:
    files = list(files)
    if not files:
        return
    tell(coloured(say("Files", "ファイル"), "bold"))
    for file in files:
        sign, colour = _SIGNS.get(str(file.get("change")), ("~", "yellow"))
        tell(f"  {coloured(sign, colour)} {harmless(file.get('path', ''))}")
        for line in str(file.get("diff", "")).splitlines():
            tell(f"    {_diff_line(harmless(line))}")
    tell()


def _diff_line(line: str) -> str:
    if line.startswith("+") and not line.startswith("+++"):
        return coloured(line, "green")
    if line.startswith("-") and not line.startswith("---"):
        return coloured(line, "red")
    return line


class Progress:
    """The steps of a run on standard error, each when it has ended."""

    def __init__(self) -> None:
        self._told: dict[str, str] = {}

    def seen(self, run: Document) -> None:
        for step in run.get("steps") or []:
            name, outcome = str(step.get("name")), str(step.get("outcome"))
            if outcome == "running" or self._told.get(name) == outcome:
                continue
            self._told[name] = outcome
            sign, colour = _STEP_SIGNS.get(outcome, ("?", "dim"))
            title = harmless(step.get("title") or name)
            said = f": {harmless(step['text'])}" if step.get("text") else ""
            message(f"{coloured(sign, colour)} {title} ({float(step.get('seconds', 0)):.1f} s){said}")
            for line in str(step.get("detail") or "").splitlines()[:20]:
                message(f"    {harmless(line)}")


def tell_outcome(run: Document) -> None:
    """How it ended, in one line on standard output."""
    revision = run.get("revision")
    match run.get("outcome"):
        case "applied" if revision is None:  # a secret, which no revision holds
            tell(coloured(say("Done.", "設定しました。"), "green"))
        case "applied" | "confirmed":
            tell(coloured(say(f"Revision {revision} serves.", f"リビジョン {revision} を適用しました。"), "green"))
        case "unconfirmed":
            tell(
                coloured(
                    say(
                        f"Revision {revision} serves, and goes back by itself unless you confirm it: fumibako confirm",
                        f"リビジョン {revision} を適用しました。fumibako confirm で確認しないと自動で元に戻ります。",
                    ),
                    "yellow",
                )
            )
        case "unchanged":
            tell(say("Nothing to change.", "変更はありません。"))
        case "staged":
            tell(say("Staged. Nothing is live yet.", "編集中の変更に加えました。まだ適用していません。"))
        case "rolled_back":
            tell(
                coloured(
                    say(
                        "It was applied and rolled back; everything is as it was.",
                        "適用後に元へ戻しました。以前の状態で動いています。",
                    ),
                    "red",
                )
            )
        case "refused":
            tell(coloured(say("Refused. Nothing was changed.", "適用できません。何も変更していません。"), "red"))
        case other:
            tell(harmless(str(other)))
