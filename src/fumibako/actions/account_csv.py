"""Accounts as a CSV file, one a line: `address` and whichever columns are there; what a file has no column for stays.

An empty `quota_mb` is no limit and an empty `name` no name. An empty password or switch says nothing: the account keeps
what it has, a new one gets what new ones have. `password` is clear text, to be hashed; `password_hash` is as Dovecot has it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from fumibako.actions.caller import Caller
from fumibako.actions.checking import Wanted
from fumibako.actions.csv_rows import at_lines, keyed
from fumibako.actions.directory_edits import PAGE
from fumibako.actions.passwords import password_findings
from fumibako.actions.permission import require
from fumibako.schema import csv_table
from fumibako.schema.csv_table import Line
from fumibako.schema.finding import Finding
from fumibako.schema.place import Json
from fumibako.schema.text import Text
from fumibako.store import directory

_REQUIRED: Final = ("address",)
_SECRETS: Final = ("password", "password_hash")
SWITCHES: Final = ("enabled", "may_send", "may_receive")
COLUMNS: Final = ("address", "name", *_SECRETS, "quota_mb", *SWITCHES)
_NUMBERS: Final = {"1": "true", "0": "false"}

_BOTH = Text(
    "There is a password and a hash in this line. Leave one of them out.",
    "パスワードとハッシュの両方があります。どちらか一方にしてください。",
)


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a file asks for: fields of accounts without clear passwords, those beside them, and the line of each
    account."""

    fields: dict[str, dict[str, Json]] = field(default_factory=dict)
    passwords: dict[str, str] = field(default_factory=dict, repr=False)
    lines: dict[str, Line] = field(default_factory=dict, repr=False)

    def wanted(self) -> list[Wanted]:
        return [Wanted(("accounts", key), fields) for key, fields in self.fields.items()]


def read(text: str, primary_domain: str | None) -> tuple[Sheet, list[Finding]]:
    """The accounts of a file, and what is wrong with its lines as far as they alone can show it."""
    lines, findings = csv_table.read(text, required=_REQUIRED, known=COLUMNS, exact=_SECRETS)
    sheet = Sheet()
    rows, wrong = keyed("accounts", lines, primary_domain)
    findings += wrong
    for key, line in rows.items():
        cells = line.cells
        if password := cells.get("password"):
            sheet.passwords[key] = password
            findings += at_lines(password_findings(password, f"accounts/{key}/password"), rows)
            if cells.get("password_hash"):
                findings.append(csv_table.at_line(line.number, "csv-two-passwords", _BOTH))
        sheet.fields[key] = _fields(cells)
        sheet.lines[key] = line
    return sheet, findings


def _fields(cells: Mapping[str, str]) -> dict[str, Json]:
    fields: dict[str, Json] = {name: cells[name].strip() for name in ("name", "quota_mb") if name in cells}
    for name in SWITCHES:
        if said := cells.get(name, "").strip():
            fields[name] = _NUMBERS.get(said, said)
    if hashed := cells.get("password_hash", "").strip():
        fields["password_hash"] = hashed
    return fields


def exported(caller: Caller, domain: str | None = None, *, with_secrets: bool = False) -> Iterator[str]:
    """The accounts that serve, all or a domain's, as the file that makes them again, piece by piece; without secrets
    there is no column for them."""
    require(caller, "look_at_rows")
    if with_secrets:
        require(caller, "see_secrets")
    columns = [name for name in COLUMNS if name != "password" and (with_secrets or name != "password_hash")]
    return csv_table.written(columns, _rows(domain, caller.domains, columns))


def _rows(domain: str | None, within: Collection[str] | None, columns: list[str]) -> Iterator[list[str]]:
    after = ""
    while page := directory.page("accounts", after=after, domain=domain, within=within, limit=PAGE):
        for key, row in page:
            yield [_cell({"address": key, **row}[name]) for name in columns]
        after = page[-1][0]


def _cell(value: Json) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
