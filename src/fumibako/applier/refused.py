"""The applier's no: a stable code, a sentence in both languages, the programs' own lines, offences in files."""

from __future__ import annotations

from typing import Any

from fumibako.schema.text import Text
from fumibako.wire.applier import Offence
from fumibako.wire.records import as_json


class Refused(Exception):
    """A verb that is not done. What it has changed before it stopped is said in `text`, usually nothing."""

    def __init__(self, code: str, text: Text, detail: str = "", offences: list[Offence] | None = None) -> None:
        super().__init__(f"{code}: {text.en} {detail}".rstrip())
        self.code = code
        self.text = text
        self.detail = detail
        self.offences = offences or []

    def as_answer(self) -> dict[str, Any]:
        """The message that tells it."""
        answer = {"ok": False, "code": self.code, **self.text.as_json(), "detail": self.detail}
        return {**answer, "offences": [as_json(offence) for offence in self.offences]}
