"""Limits as a CSV file: `address,quota_mb`, a limit that is empty is none; usage stands beside when it is written."""

from __future__ import annotations

from typing import Final

from fumibako.actions import quotas
from fumibako.actions.caller import Caller
from fumibako.actions.checking import Wanted, typed
from fumibako.actions.csv_rows import at_lines, keyed
from fumibako.actions.view import View
from fumibako.schema import csv_table
from fumibako.schema.finding import Finding, errors

_COLUMNS: Final = ("address", "quota_mb")
_WRITTEN: Final = (*_COLUMNS, "usage_bytes", "messages")


def wanted_of(view: View, text: str) -> tuple[list[Wanted], list[Finding]]:
    """The limits of a file. A wrong line is named by its number, and every one is named."""
    read, findings = csv_table.read(text, required=_COLUMNS, known=_WRITTEN)
    if errors(findings):
        return [], findings
    lines, findings = keyed("accounts", read, view.primary_domain)
    wanted = [Wanted(("accounts", key, "quota_mb"), line.cells["quota_mb"].strip()) for key, line in lines.items()]
    findings += at_lines(typed(view, wanted)[1], lines)
    return wanted, csv_table.some_of(findings)


def exported(caller: Caller) -> str:
    rows = (
        (each.address, "" if each.live is None else str(each.live), str(each.used), str(each.messages))
        for each in quotas.every(caller)
    )
    return csv_table.write(_WRITTEN, rows)
