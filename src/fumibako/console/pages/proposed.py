"""What a plan or an apply is about: the draft, wholly or in some chapters, or an older revision brought back."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import QueryDict
from django.urls import reverse

from fumibako.actions import history
from fumibako.actions.caller import Caller
from fumibako.actions.proposal import Proposal, of_draft
from fumibako.console.pages.places import page
from fumibako.schema.text import Text

_RESTORE = Text("Back to revision {number}", "第 {number} 版に戻す")


@dataclass(frozen=True, slots=True)
class Proposed:
    """As an address says it: `?chapter=basics`, `?restore=12`, or neither for everything that is staged."""

    chapters: tuple[str, ...] = ()
    restore: int | None = None

    @classmethod
    def read(cls, asked: QueryDict) -> Proposed:
        number = asked.get("restore", "")
        restore = int(number) if number.isdecimal() and len(number) < 10 else None
        return cls(tuple(asked.getlist("chapter")), restore)

    def proposal(self, caller: Caller) -> Proposal:
        if self.restore is not None:
            return history.restored(caller, self.restore)
        return of_draft(caller, self.chapters or None)

    def address(self, name: str, **more: object) -> str:
        """The page `name` about the same."""
        query = QueryDict(mutable=True)
        if self.chapters:
            query.setlist("chapter", list(self.chapters))
        if self.restore is not None:
            query["restore"] = str(self.restore)
        for key, value in more.items():
            query[key] = str(value)
        return reverse(name) + (f"?{query.urlencode()}" if query else "")

    @property
    def title(self) -> Text | None:
        return None if self.restore is None else _RESTORE.with_(number=self.restore)

    @property
    def back(self) -> str:
        """The page that it came from."""
        if self.restore is not None:
            return page("revision", self.restore)
        return (page(self.chapters[0]) if len(self.chapters) == 1 else "") or reverse("overview")
