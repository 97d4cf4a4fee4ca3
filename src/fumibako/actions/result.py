"""How a plan or an apply went, as pages show it and scripts read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from fumibako.document.alike_words import Alike, told
from fumibako.document.words import Change
from fumibako.schema.edit import Edit
from fumibako.schema.finding import Finding
from fumibako.schema.text import Text

Wire = dict[str, Any]
Ending = Literal[
    "running", "planned", "unchanged", "applied", "unconfirmed", "confirmed", "refused", "rolled_back", "staged"
]

# A bulk edit has a hundred thousand of them; a reader sees the first and how many there are.
SHOWN: Final = 1000


@dataclass(frozen=True, slots=True)
class Result:
    """`outcome` is `running` until the agent has said how it ended (`staged`: it went to the draft instead). `steps`, `files` and `behaviour` are as they came over
    the wire (`fumibako.wire.console`): texts in them are `{"en", "ja"}`. `changes` are the first thousand of
    `change_count`, `alike` says how many there are of those that are many; unlike `edits` they hold no secrets, so it is they that are shown. `confirm_by` is a Unix time, for `unconfirmed`."""

    outcome: Ending
    digest: str = ""
    base: int = 0
    run: int | None = None
    revision: int | None = None
    edits: tuple[Edit, ...] = ()
    changes: tuple[Change, ...] = ()
    change_count: int = 0
    alike: Mapping[str, int] = field(default_factory=dict)
    steps: tuple[Wire, ...] = ()
    files: tuple[Wire, ...] = ()
    behaviour: tuple[Wire, ...] = ()
    findings: tuple[Finding, ...] = ()
    reload: Mapping[str, str] = field(default_factory=dict)
    cuts: Text | None = None
    tried: bool = False
    not_tried: Text | None = None
    confirm_by: float | None = None

    @property
    def finished(self) -> bool:
        return self.outcome != "running"

    @property
    def lines(self) -> list[Change | Alike]:
        """The changes, those that are alike in one line."""
        return told(self.changes, self.alike)

    def as_json(self, language: str) -> dict[str, Any]:
        """The document that `plan --json` and `apply --json` print, texts in the reader's language."""
        shown: dict[str, Any] = {"outcome": self.outcome, "digest": self.digest, "base": self.base, "run": self.run}
        if self.revision is not None:
            shown["revision"] = self.revision
        shown |= {
            "steps": spoken(list(self.steps), language),
            "settings": [change.as_json(language) for change in self.changes],
            "change_count": self.change_count,
            "alike": [line.as_json(language) for line in self.lines if isinstance(line, Alike)],
            "files": spoken(list(self.files), language),
            "behaviour": spoken(list(self.behaviour), language),
            "findings": [finding.as_json(language) for finding in self.findings],
            "reload": dict(self.reload),
            "cuts": self.cuts.in_(language) if self.cuts else None,
            "tried": self.tried,
            "not_tried": self.not_tried.in_(language) if self.not_tried else None,
            "confirm_by": self.confirm_by,
        }
        return shown


def spoken(value: Any, language: str) -> Any:
    """A value from the wire with every text in one language."""
    if isinstance(value, dict):
        if value.keys() == {"en", "ja"}:
            return value["ja" if language.startswith("ja") else "en"]
        return {key: spoken(item, language) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [spoken(item, language) for item in value]
    return value


def text_of(value: Any) -> Text | None:
    return Text(value["en"], value["ja"]) if value else None
