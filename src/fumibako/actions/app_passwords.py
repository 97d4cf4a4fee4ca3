"""App passwords: one for each mail program, made by the account holder, shown once, revoked by itself.

They open IMAP, POP3 and the sending of mail, never the console. The secret is 20 random characters of 31, 99 bits: nobody
guesses that from a digest, however fast it is made. So it is kept as plain SHA-256, by which Dovecot finds it, and a mail
program that logs in every minute costs nothing; slow hashes are for passwords that people choose.
"""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from fumibako.actions import applies, keys
from fumibako.actions import view as views
from fumibako.actions.audit import record
from fumibako.actions.caller import Caller
from fumibako.actions.permission import changes, require
from fumibako.actions.proposal import of_edits
from fumibako.actions.result import Result
from fumibako.actions.trouble import Missing
from fumibako.features.directory.rows import APP_PASSWORDS
from fumibako.schema.edit import Edit
from fumibako.schema.finding import Finding
from fumibako.schema.place import Json
from fumibako.schema.text import Text

MOST: Final = 20
_LONGEST_NAME: Final = 60
_GROUPS: Final = 5
_GROUP: Final = 4
_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is taken for another: i, l, o, 0, 1

_NAMELESS: Final = Text(
    "Give it a name of at most 60 characters, such as the device it is for.",
    "使う端末など、60 文字以内の名前を付けてください。",
)
_TAKEN: Final = Text("There is one of this name already.", "同じ名前のアプリパスワードがすでにあります。")
_ENOUGH: Final = Text(
    "There are 20 already. Remove one that is not used.",
    "アプリパスワードは 20 個までです。使わないものを削除してください。",
)
_LOCKED: Final = Text(
    "This account has no password, so that nobody can log in as it.",
    "パスワードが設定されていないアカウントなので、ログインできません。",
)


@dataclass(frozen=True, slots=True)
class AppPassword:
    name: str
    made: datetime


def of_row(row: dict[str, Json]) -> list[AppPassword]:
    """In the order in which they were made."""
    return [AppPassword(each["name"], datetime.fromisoformat(each["made"])) for each in row.get(APP_PASSWORDS) or ()]


def listed(caller: Caller, address: str) -> tuple[str, list[AppPassword]]:
    """The address as it is spelled here, and the account's app passwords. Raises `Missing`."""
    require(caller, "look_at_rows")
    key, row = _account(caller, address)
    return key, of_row(row)


def make(caller: Caller, address: str, name: str) -> tuple[str, Result]:
    """The new secret, which nobody can tell again, and how it went; it is empty unless `applied`."""
    key, row = _account(caller, address)
    held = row.get(APP_PASSWORDS) or []
    name = unicodedata.normalize("NFC", name).strip()
    if found := _findings(row, held, name):
        return "", Result("refused", findings=(found,))
    secret = _secret()
    entry = {
        "name": name,
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "digest": hashlib.sha256(secret.encode()).hexdigest(),
    }
    result = _applied(caller, key, held, [*held, entry])
    if result.outcome != "applied":
        return "", result
    return secret, result


def revoke(caller: Caller, address: str, name: str) -> Result:
    """It opens nothing from now on; a session that is open goes on. Raises `Missing`."""
    key, row = _account(caller, address)
    held = row.get(APP_PASSWORDS) or []
    rest = [each for each in held if each["name"] != name]
    if len(rest) == len(held):
        raise Missing
    return _applied(caller, key, held, rest)


def _account(caller: Caller, address: str) -> tuple[str, dict[str, Json]]:
    live = views.live_for(caller)
    key = keys.spelled("accounts", address, live.primary_domain)
    row = live.row("accounts", key) if key else None
    if key is None or row is None or not changes(caller, ("accounts", key)):
        raise Missing
    return key, row


def _findings(row: dict[str, Json], held: list[dict[str, str]], name: str) -> Finding | None:
    if not 0 < len(name) <= _LONGEST_NAME or any(unicodedata.category(each)[0] == "C" for each in name):
        return Finding("app-password-name", "name", _NAMELESS)
    if any(each["name"].casefold() == name.casefold() for each in held):
        return Finding("exists", "name", _TAKEN)
    if len(held) >= MOST:
        return Finding("app-password-many", "name", _ENOUGH)
    return Finding("no-password", "name", _LOCKED) if row.get("password_hash") is None else None


def _secret() -> str:
    """`k7f3-m2pq-…`: it is typed with its hyphens."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(_GROUP)) for _ in range(_GROUPS))


def _applied(caller: Caller, key: str, held: Json, wanted: list[dict[str, str]]) -> Result:
    require(caller, "apply_rows")
    edit = Edit(("accounts", key, APP_PASSWORDS), held or None, wanted or None)
    result = applies.apply(caller, of_edits(views.live_for(caller), [edit]))
    if result.outcome == "applied":
        names = {each["name"] for each in wanted} ^ {each["name"] for each in held}
        verb = "app-password.make" if len(wanted) > len(held) else "app-password.revoke"
        record(caller, verb, f"accounts/{key}", name=", ".join(sorted(names)))
    return result
