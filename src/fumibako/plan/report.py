"""What a run tells the people who wait for it: its steps, the files that change, the answers that change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from fumibako.schema.text import Text, plain

StepOutcome = Literal["running", "done", "failed", "undone", "skipped"]
Danger = Literal["none", "notice", "danger"]
FileFate = Literal["added", "changed", "removed"]
Reload = Literal["none", "reload", "restart"]

NOTHING: Final = plain("")


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a run as it is shown: `text` says what is now true or what went wrong, `detail` holds the program's
    own lines."""

    name: str
    title: Text
    outcome: StepOutcome
    seconds: float = 0.0
    text: Text = NOTHING
    detail: str = ""

    def as_wire(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "title": self.title.as_json(),
            "outcome": self.outcome,
            "seconds": round(self.seconds, 3),
            "text": self.text.as_json(),
            "detail": self.detail,
        }

    @classmethod
    def from_wire(cls, value: Mapping[str, Any]) -> Step:
        title, text = value["title"], value.get("text") or {"en": "", "ja": ""}
        return cls(
            value["name"],
            Text(title["en"], title["ja"]),
            value["outcome"],
            float(value.get("seconds", 0)),
            Text(text["en"], text["ja"]),
            value.get("detail", ""),
        )


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file of ours that would differ, with its unified diff."""

    path: str
    change: FileFate
    diff: str

    def as_wire(self) -> dict[str, str]:
        return {"path": self.path, "change": self.change, "diff": self.diff}


@dataclass(frozen=True, slots=True)
class Row:
    """One question that was asked of the live server and of the candidate, and both answers.

    `subject` is the service or `relay`, `domain:NAME`; `path` the option or row that a reader would look at.
    """

    subject: str
    question: Text
    before: Text
    after: Text
    changed: bool
    danger: Danger = "none"
    path: str | None = None

    def as_wire(self) -> dict[str, Any]:
        return {
            "subject": self.subject,
            "question": self.question.as_json(),
            "before": self.before.as_json(),
            "after": self.after.as_json(),
            "changed": self.changed,
            "danger": self.danger,
            "path": self.path,
        }
