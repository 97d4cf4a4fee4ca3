"""The neighbours of a page of a list: addresses that keep the search and move the cursor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from django.http import QueryDict


class Page(Protocol):
    """A page of any list."""

    @property
    def after(self) -> str | None: ...
    @property
    def before(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Pager:
    previous_url: str | None
    next_url: str | None


def pager(asked: QueryDict, page: Page) -> Pager:
    return Pager(_address(asked, "before", page.before), _address(asked, "after", page.after))


def _address(asked: QueryDict, name: str, cursor: str | None) -> str | None:
    if cursor is None:
        return None
    query = asked.copy()
    for each in ("before", "after", "fresh"):
        query.pop(each, None)
    query[name] = cursor
    return f"?{query.urlencode()}"
