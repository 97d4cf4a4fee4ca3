"""Applying as a table: each step, and what undoes it.

The undo of a step is written into the journal before the step begins, so whatever happened to us, what stands in the
journal is enough to go back. Up to the last step every run goes back; once `finish` is written down it goes forward.
Both ways are idempotent: they may be walked again from any point.

Every prefix of the table is a valid server. New rows are there before the files that ask for them; old rows go when
nobody asks for them any longer; and the candidate had its say before the first live thing was touched.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from fumibako.plan.report import Reload
from fumibako.schema.text import Text

StepName = Literal["check", "ports", "try", "checkpoint", "rows", "install", "reload", "probe", "finish"]
Undo = Literal["candidate", "trial", "rows", "generation", "removed-rows"]
Phase = Literal["doing", "undoing", "finishing", "unconfirmed"]
Recovery = Literal["undo", "finish", "wait"]


@dataclass(frozen=True, slots=True)
class StepRow:
    """`undo` is registered when the step begins. `live` says whether the step touches what serves; `files` whether it
    has a part in runs that only change rows of the directory."""

    name: StepName
    title: Text
    undo: Undo | None
    live: bool
    files: bool = True


APPLY: Final = (
    StepRow("check", Text("Check", "検査"), "candidate", live=False),
    StepRow("ports", Text("Ports", "ポートの確認"), None, live=False),
    StepRow("try", Text("Trial", "試験起動"), "trial", live=False),
    StepRow("checkpoint", Text("Checkpoint", "復元点の記録"), None, live=False, files=False),
    StepRow("rows", Text("Look-ups", "参照データ"), "rows", live=True, files=False),
    StepRow("install", Text("Switch", "反映"), "generation", live=True),
    StepRow("reload", Text("Reload", "再読み込み"), None, live=True),  # going back reloads with the link
    StepRow("probe", Text("Probe", "動作確認"), None, live=True, files=False),
    StepRow("finish", Text("Finish", "完了"), "removed-rows", live=True, files=False),
)
POINT_OF_NO_RETURN: Final[StepName] = "finish"

# What each undo does, for the drawing and for people.
UNDOS: Final[Mapping[Undo, Text]] = {
    "candidate": Text("forget the candidate's files", "候補のファイルを破棄"),
    "trial": Text("end the trial", "試験起動を終了"),
    "rows": Text("take the added rows out", "追加した行を取り除く"),
    "generation": Text("switch back and reload", "元の世代に戻して再読み込み"),
    "removed-rows": Text("put the removed rows back", "取り除いた行を元に戻す"),
}


def row(name: StepName) -> StepRow:
    return next(each for each in APPLY if each.name == name)


@dataclass(frozen=True)
class Journal:
    """Where a run is, enough to go back or forward from. The run itself lies beside it.

    `generation` is the candidate, None where only rows change; `previous` serves until `install`, None on a new home.
    """

    run: int
    base: int
    revision: int
    phase: Phase = "doing"
    begun: tuple[StepName, ...] = ()
    generation: int | None = None
    previous: int | None = None
    reload: dict[str, Reload] = field(default_factory=lambda: {"postfix": "none", "dovecot": "none"})
    confirm_by: int | None = None

    def beginning(self, step: StepName) -> Journal:
        """As it is written before `step` begins."""
        begun = self.begun if step in self.begun else (*self.begun, step)
        phase: Phase = "finishing" if step == POINT_OF_NO_RETURN else self.phase
        return replace(self, begun=begun, phase=phase)

    @property
    def undos(self) -> tuple[Undo, ...]:
        """What has to be undone, last first."""
        return tuple(undo for step in reversed(self.begun) if (undo := row(step).undo) is not None)

    @property
    def touched(self) -> bool:
        """Whether anything live may have been changed."""
        return any(row(step).live for step in self.begun)

    def as_json(self) -> dict[str, Any]:
        return {
            "run": self.run,
            "base": self.base,
            "revision": self.revision,
            "phase": self.phase,
            "begun": list(self.begun),
            "generation": self.generation,
            "previous": self.previous,
            "reload": dict(self.reload),
            "confirm_by": self.confirm_by,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Journal:
        return cls(**{**value, "begun": tuple(value["begun"])})


def recovery(journal: Journal, now: float) -> Recovery:
    """What to do with a journal that is found at the start: nobody knows how long ago it was written."""
    if journal.phase == "finishing":
        return "finish"
    if journal.phase == "unconfirmed" and journal.confirm_by is not None and now < journal.confirm_by:
        return "wait"
    return "undo"


def drawn() -> str:
    """The table as text, for the documentation."""
    lines = ["step        touches     undone by", "----------  ----------  ------------------------------"]
    for each in APPLY:
        if each.name == POINT_OF_NO_RETURN:
            lines.append("----------  from here on forward, not back, unless it has to be confirmed")
        undo = UNDOS[each.undo].en if each.undo else "—"
        lines.append(f"{each.name:<10}  {'live' if each.live else 'nothing':<10}  {undo}")
    return "\n".join(lines) + "\n"
