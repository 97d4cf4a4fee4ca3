"""Long lists come in pages; here they are one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fumibako.cli.session import Session


def every_row(session: Session, path: str, query: Mapping[str, str | int] | None = None) -> Iterator[dict[str, Any]]:
    """All rows of a list, page after page."""
    asked: dict[str, str | int] = {"limit": 1000, **(query or {})}
    while True:
        answer = session.ask("GET", path, query=asked)
        yield from answer["items"]
        if not answer.get("next"):
            return
        asked["after"] = answer["next"]
