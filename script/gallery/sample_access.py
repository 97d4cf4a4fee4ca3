"""Samples of access control: rows as ``fumibako.console.pages.entry_list`` gives them."""

from __future__ import annotations

from types import SimpleNamespace as V
from typing import Any

from sample_frame import NO_PAGES

from fumibako.features.access.check import check_access
from fumibako.features.access.section import Access
from fumibako.features.access.told import meaning, number_of
from fumibako.mail.client_pattern import Named, parse_client

MARKS = {"10.1.0.0/16": "added", "192.168.7.": "removed", "10.": "added"}
ENTRIES = ("10.", "10.1.0.0/16", "192.168.0.1", "192.168.0.21-24", "192.168.7.", "2001:db8:1::/48", "example.com")


def rows(*entries: str) -> list[V]:
    findings = check_access(Access(permitted_clients=entries))
    shown = []
    for entry in entries:
        pattern = parse_client(entry)
        named = isinstance(pattern, Named)
        own = tuple(each for each in findings if each.path.endswith(f"[{entry}]"))
        number = None if named else number_of(pattern.range)
        row = V(
            key=entry, label=entry, mark=MARKS.get(entry, ""), meaning=meaning(pattern), number=number, findings=own
        )
        shown.append(row)
    return shown


def access(wrong: bool) -> dict[str, Any]:
    finding = check_access(Access(permitted_clients=("10.0.0.1/8",)))
    clients = {
        "anchor": "f-access.permitted_clients",
        "rows": [] if wrong else rows(*ENTRIES),
        "total": 0 if wrong else 5,
        "come_and_gone": V(come=1, gone=1),
        "found": 0 if wrong else 7,
        "query": "",
        "searching": not wrong,
        "fresh": "10.1.0.0/16",
        "staged_here": not wrong,
        "typed": V(line="10.0.0.1/8" if wrong else "", many="", findings=finding if wrong else ()),
        "pager": NO_PAGES,
    }
    return {"clients": clients, "behind_scanner": wrong, "examples": ENTRIES[1:4]}
