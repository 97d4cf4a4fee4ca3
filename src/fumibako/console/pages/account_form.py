"""The form of one account: its address where it is new, and what is declared of its row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from fumibako.actions.directory import Line
from fumibako.actions.passwords import SHORT
from fumibako.console.pages import account_reply
from fumibako.console.pages.fields import Field, declared_field, typed_text
from fumibako.document.words import describe
from fumibako.features.directory.rows import TABLES
from fumibako.schema.edit import Edit
from fumibako.schema.finding import Finding
from fumibako.schema.option import DeclaredOption, declared
from fumibako.schema.place import Json
from fumibako.schema.text import Text

_OPTIONS: Final[dict[str, DeclaredOption]] = {option.name: option for option in declared(TABLES["accounts"])}
# The limit has a chapter of its own, the password a page.
_SWITCHES: Final = ("enabled", "may_send", "may_receive", "keep_copy")
EDITED: Final = ("name", "language", "enabled", "may_send", "may_receive", "forward", "keep_copy")

_ADDRESS = Text("Address", "アドレス")
_BELONGS = Text("Without @ it belongs to {domain}.", "@ を書かなければ {domain} に属します。")
PASSWORD: Final = Text("Password", "パスワード")
NEW_PASSWORD: Final = Text("New password", "新しいパスワード")
_PASSWORD_HELP = Text(
    "{number} characters and more. Empty: nobody can log in until there is one.",
    "{number} 文字以上。空欄なら、設定するまでログインできません。",
).with_(number=SHORT)
_TYPE_AGAIN = Text("Type the password again.", "パスワードをもう一度入力してください。")


@dataclass(frozen=True, slots=True)
class Wrong:
    """A line of the summary above the form."""

    message: Text
    anchor: str
    where: Text | None


def values(posted: Mapping[str, str]) -> dict[str, Json]:
    """The fields of a row as the form gives them: a box without its tick is off, since the form always shows it."""
    typed: dict[str, Json] = {
        name: bool(posted.get(name)) if name in _SWITCHES else posted.get(name, "").strip() for name in EDITED
    }
    return typed | {
        "language": typed["language"] or None,
        "forward": [line.strip() for line in typed["forward"].splitlines() if line.strip()],
    }


def adding_fields(
    posted: Mapping[str, str], primary_domain: str | None, findings: Sequence[Finding] = ()
) -> list[Field]:
    """`posted` is what was typed, or what the form begins with."""
    placed = _by_field(findings)
    belongs = _BELONGS.with_(domain=primary_domain) if primary_domain else None
    address = Field(
        "address",
        _ADDRESS,
        "text",
        posted.get("address", ""),
        help=belongs,
        findings=tuple(placed["address"]),
        required=True,
    )
    secret = placed["password"]
    if posted.get("password") and not secret:
        # A password is never sent back into a page.
        secret = [Finding("password-again", "password", _TYPE_AGAIN, "warning")]
    name, *switches = (_row_field(each, posted.get(each, ""), placed[each]) for each in EDITED)
    return [address, name, secret_field(PASSWORD, secret, _PASSWORD_HELP), *switches]


def editing_fields(
    line: Line,
    live: Mapping[str, Json] | None,
    posted: Mapping[str, str] | None = None,
    findings: Sequence[Finding] = (),
) -> list[Field]:
    placed = _by_field(findings)
    fields = []
    for name in EDITED:
        text = typed_text(_OPTIONS[name], line.row[name]) if posted is None else posted.get(name, "")
        field = _row_field(name, text, placed[name])
        if live is not None and name in line.changed:
            was = describe(Edit(("accounts", line.key, name), live[name], line.row[name])).was
            field = replace(field, staged=True, live=was)
        fields.append(field)
    return fields


def secret_field(label: Text, findings: Sequence[Finding] = (), help: Text | None = None) -> Field:
    return Field("password", label, "secret", help=help, findings=tuple(findings), autocomplete="new-password")


def summary(findings: Sequence[Finding]) -> list[Wrong]:
    return [
        Wrong(each.message, f"f-{name}" if (name := field_of(each)) else "", _label(name) if name else None)
        for each in findings
    ]


def field_of(finding: Finding) -> str:
    """The field that a finding about an account belongs to: what is said of the whole row is about its address."""
    field = (
        finding.path.rpartition("@")[2].partition("/")[2] if "@" in finding.path else finding.path.rpartition("/")[2]
    )
    if (reply := account_reply.field_of(finding)) or field == account_reply.FIELD:
        return reply or account_reply.NAMES[0]
    return field if field in (*EDITED, "password") else "address"


def _by_field(findings: Sequence[Finding]) -> dict[str, list[Finding]]:
    placed: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        placed[field_of(finding)].append(finding)
    return placed


def _row_field(name: str, text: str, findings: Sequence[Finding]) -> Field:
    return declared_field(_OPTIONS[name], name, text, findings)


def _label(name: str) -> Text:
    option = _OPTIONS.get(name) or _OPTIONS[account_reply.FIELD]
    return {"address": _ADDRESS, "password": PASSWORD}.get(name) or option.option.label
