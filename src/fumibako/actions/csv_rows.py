"""Lines of a CSV file as rows of the directory: whose row each line is, and what is wrong with rows said of their lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from fumibako.actions import keys
from fumibako.schema.csv_table import Line
from fumibako.schema.finding import Finding
from fumibako.schema.text import Text

_TWICE = Text("{address} stands in line {first} already.", "{address} は {first} 行目にもあります。")


def keyed(table: str, lines: Iterable[Line], primary: str | None) -> tuple[dict[str, Line], list[Finding]]:
    """The lines by the key that their `address` spells, each once."""
    found: dict[str, Line] = {}
    findings: list[Finding] = []
    for line in lines:
        key, wrong = keys.canonical(table, line.cells["address"], primary)
        if key is None:
            findings += [_moved(each, line.number) for each in wrong]
        elif key in found:
            twice = _TWICE.with_(address=key, first=found[key].number)
            findings.append(Finding("csv-twice", f"line {line.number}", twice))
        else:
            found[key] = line
    return found, findings


def at_lines(findings: Sequence[Finding], lines: Mapping[str, Line]) -> list[Finding]:
    """What is said of `accounts/KEY` or of a field of it is said of its line."""
    named = [(each, lines.get(each.path.partition("/")[2].partition("/")[0])) for each in findings]
    return [each if line is None else _moved(each, line.number) for each, line in named]


def _moved(finding: Finding, number: int) -> Finding:
    return Finding(finding.code, f"line {number}", finding.message, finding.severity, suggestion=finding.suggestion)
