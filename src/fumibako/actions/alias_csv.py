"""Aliases as CSV, `address,targets`: the targets in one cell, parted by blanks, commas or line breaks.

Lines of one address add up, so that a list of ten thousand can be ten thousand lines.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Final

from fumibako.actions import keys
from fumibako.actions.caller import Caller
from fumibako.actions.checking import Wanted
from fumibako.actions.directory_edits import PAGE
from fumibako.actions.permission import require
from fumibako.actions.view import View
from fumibako.mail.malformed import Malformed
from fumibako.mail.target import Target
from fumibako.schema import csv_table
from fumibako.schema.finding import Finding
from fumibako.schema.malformed import words
from fumibako.schema.text import Text
from fumibako.store import directory

COLUMNS: Final = ("address", "targets")
_PARTED: Final = re.compile(r"[\s,;]+")

_NO_TARGETS = Text("{address} has no targets in this line.", "この行の {address} にエイリアス値がありません。")


def wanted_of(view: View, text: str) -> tuple[list[Wanted], list[Finding]]:
    """The edits of a file: aliases that are named are made or lead to these targets, others stay."""
    lines, findings = csv_table.read(text, required=COLUMNS, known=COLUMNS)
    primary = view.primary_domain
    domain = keys.domain(primary)
    aliases: dict[str, list[str]] = {}
    for line in lines if not findings else ():
        where = f"line {line.number}"
        key, found = keys.canonical("aliases", line.cells["address"], primary)
        targets = [each for each in _PARTED.split(line.cells["targets"]) if each]
        if not targets:
            found.append(Finding("no-targets", where, _NO_TARGETS.with_(address=keys.shown(line.cells["address"]))))
        for target in targets:
            try:
                Target.parse(target, primary_domain=domain)
            except Malformed as wrong:
                found.append(Finding(wrong.code, where, words(wrong)))
        findings += [Finding(each.code, where, each.message) for each in found]
        if key is not None:
            aliases.setdefault(key, []).extend(targets)
        if len(findings) > csv_table.SAID:
            break
    wanted = [Wanted(("aliases", key), {"targets": targets}) for key, targets in aliases.items()]
    return wanted, csv_table.some_of(findings)


def exported(caller: Caller, domain: str | None = None) -> str:
    """The aliases that serve, all or a domain's, as the file that makes them again."""
    require(caller, "look_at_rows")
    return csv_table.write(COLUMNS, _rows(domain, caller.domains))


def _rows(domain: str | None, within: Collection[str] | None) -> Iterator[tuple[str, str]]:
    after = ""
    while page := directory.page("aliases", after=after, domain=domain, within=within, limit=PAGE):
        yield from ((key, "\n".join(map(str, row["targets"] or ()))) for key, row in page)
        after = page[-1][0]
