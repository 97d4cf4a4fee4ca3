"""The directory as Postfix and Dovecot ask for it: `lookup` says which domains and addresses there are, `passwords` what
Dovecot needs to know of an account (hash, whether one may log in, the limit)."""

from __future__ import annotations

from typing import Final

from fumibako.assembly.lookups import Lookups, Statement, Value
from fumibako.features.delivery.script import SCRIPT_ID, script
from fumibako.features.delivery.vacation import Vacation
from fumibako.features.directory.rows import APP_PASSWORDS, MAILBOX
from fumibako.schema.edit import Edit
from fumibako.schema.place import Json

_LOOKUP: Final = """
CREATE TABLE IF NOT EXISTS domains (name TEXT NOT NULL PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS accounts (address TEXT NOT NULL PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS barred (
  address TEXT NOT NULL,
  why TEXT NOT NULL CHECK (why IN ('enabled', 'may_send', 'may_receive')),
  PRIMARY KEY (address, why)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS forwards (
  address TEXT NOT NULL,
  position INTEGER NOT NULL,
  local_part TEXT NOT NULL,
  domain TEXT NOT NULL,
  PRIMARY KEY (address, position)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS no_copies (address TEXT NOT NULL PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS languages (address TEXT NOT NULL PRIMARY KEY, language TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS limits (address TEXT NOT NULL PRIMARY KEY, quota_mb INTEGER NOT NULL) STRICT, WITHOUT ROWID;
"""
_PASSWORDS: Final = """
CREATE TABLE IF NOT EXISTS accounts (
  address TEXT NOT NULL PRIMARY KEY,
  password TEXT,
  enabled INTEGER NOT NULL,
  quota_mb INTEGER
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS mailboxes (
  address TEXT NOT NULL PRIMARY KEY,
  mailbox TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS app_passwords (
  address TEXT NOT NULL,
  digest TEXT NOT NULL,
  PRIMARY KEY (address, digest)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS scripts (
  address TEXT NOT NULL PRIMARY KEY,
  id TEXT NOT NULL,
  script TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE VIEW IF NOT EXISTS replies AS
  SELECT address, id, script FROM scripts WHERE address IN (SELECT address FROM accounts WHERE enabled = 1);
"""

_NO_FORWARD: Final = "DELETE FROM forwards WHERE address = ?"
_NO_LANGUAGE: Final = "DELETE FROM languages WHERE address = ?"
_COPIES: Final = "DELETE FROM no_copies WHERE address = ?"
_NO_APP_PASSWORDS: Final = "DELETE FROM app_passwords WHERE address = ?"
_NO_SCRIPT: Final = "DELETE FROM scripts WHERE address = ?"

# Switches of an account that stand in `barred` when they are off; few are.
_SWITCHES: Final = ("enabled", "may_send", "may_receive")
_COLUMNS: Final = {"password_hash": "password", "enabled": "enabled", "quota_mb": "quota_mb"}
_SET: Final = {name: f"UPDATE accounts SET {column} = ? WHERE address = ?" for name, column in _COLUMNS.items()}  # noqa: S608
_NO_LIMIT: Final = "DELETE FROM limits WHERE address = ?"
_SET_LIMIT: Final = "INSERT INTO limits (address, quota_mb) VALUES (?, ?) ON CONFLICT (address) DO UPDATE SET quota_mb = excluded.quota_mb"


def statements(edit: Edit) -> list[Statement]:
    """What the edit of a domain or an account changes."""
    table, key, *field = edit.place
    match table, field:
        case "domains", []:
            return _domain(key, edit.now)
        case "accounts", []:
            return _account(key, edit.now)
        case "accounts", [name] if name == MAILBOX:
            return [_mailbox(key, edit.now)]
        case "accounts", [name] if name == APP_PASSWORDS:
            return _app_passwords(key, edit.now)
        case "accounts", ["forward"]:
            return _forward(key, edit.now)
        case "accounts", ["keep_copy"]:
            return [_copy(key, edit.now)]
        case "accounts", ["language"]:
            return [_language(key, edit.now)]
        case "accounts", ["vacation"]:
            return [_script(key, edit.now)]
        case "accounts", ["quota_mb"]:
            return [_column(key, "quota_mb", edit.now), _limit(key, edit.now)]
        case "accounts", [name]:
            known = [_column(key, name, edit.now)] if name in _COLUMNS else []
            return [*known, *_barred(key, {name: edit.now})]
        case _:
            return []


def _domain(name: str, row: Json) -> list[Statement]:
    if row is None:
        return [Statement("lookup", "remove", "DELETE FROM domains WHERE name = ?", (name,))]
    return [Statement("lookup", "add", "INSERT OR IGNORE INTO domains (name) VALUES (?)", (name,))]


def _account(address: str, row: Json) -> list[Statement]:
    """An account that is switched off keeps its address: its mail is still delivered."""
    if row is None:
        delete = "DELETE FROM accounts WHERE address = ?"
        # First Postfix stops taking mail for it, then Dovecot forgets it.
        return [
            Statement("lookup", "remove", delete, (address,)),
            Statement("lookup", "remove", "DELETE FROM barred WHERE address = ?", (address,)),
            Statement("lookup", "remove", _NO_LIMIT, (address,)),
            Statement("lookup", "remove", _NO_LANGUAGE, (address,)),
            Statement("lookup", "remove", _NO_FORWARD, (address,)),
            Statement("lookup", "remove", _COPIES, (address,)),
            Statement("passwords", "remove", _NO_SCRIPT, (address,)),
            Statement("passwords", "remove", _NO_APP_PASSWORDS, (address,)),
            Statement("passwords", "remove", delete, (address,)),
            Statement("passwords", "remove", "DELETE FROM mailboxes WHERE address = ?", (address,)),
        ]
    upsert = (
        "INSERT INTO accounts (address, password, enabled, quota_mb) VALUES (?, ?, ?, ?) ON CONFLICT (address) "
        "DO UPDATE SET password = excluded.password, enabled = excluded.enabled, quota_mb = excluded.quota_mb"
    )
    values = (address, row.get("password_hash"), int(row.get("enabled", True)), row.get("quota_mb"))
    # First Dovecot can deliver to it, then Postfix takes mail for it.
    return [
        _mailbox(address, row.get(MAILBOX)),
        Statement("passwords", "add", upsert, values),
        *_app_passwords(address, row.get(APP_PASSWORDS)),
        Statement("lookup", "add", "DELETE FROM barred WHERE address = ?", (address,)),
        *_barred(address, {name: False for name in _SWITCHES if not row.get(name, True)}),
        _limit(address, row.get("quota_mb")),
        _language(address, row.get("language")),
        *_forward(address, row.get("forward")),
        _copy(address, row.get("keep_copy", True)),
        _script(address, row.get("vacation")),
        Statement("lookup", "add", "INSERT OR IGNORE INTO accounts (address) VALUES (?)", (address,)),
    ]


def _forward(address: str, targets: Json) -> list[Statement]:
    """One row a target; readers see all of them or none of it."""
    insert = "INSERT INTO forwards (address, position, local_part, domain) VALUES (?, ?, ?, ?)"
    parts = [target.rpartition("@") for target in targets or ()]
    return [
        Statement("lookup", "add", _NO_FORWARD, (address,)),
        *(
            Statement("lookup", "add", insert, (address, position, local_part, domain))
            for position, (local_part, _, domain) in enumerate(parts)
        ),
    ]


def _app_passwords(address: str, held: Json) -> list[Statement]:
    """One row each, found by what it is the digest of."""
    insert = "INSERT OR IGNORE INTO app_passwords (address, digest) VALUES (?, ?)"
    return [
        Statement("passwords", "add", _NO_APP_PASSWORDS, (address,)),
        *(Statement("passwords", "add", insert, (address, each["digest"])) for each in held or ()),
    ]


def _copy(address: str, keep: Json) -> Statement:
    sql = _COPIES if keep else "INSERT OR IGNORE INTO no_copies (address) VALUES (?)"
    return Statement("lookup", "add", sql, (address,))


def _language(address: str, language: Json) -> Statement:
    """In which the agent writes to the owner, where he has said one."""
    if language is None:
        return Statement("lookup", "add", _NO_LANGUAGE, (address,))
    sql = "INSERT OR REPLACE INTO languages (address, language) VALUES (?, ?)"
    return Statement("lookup", "add", sql, (address, language))


def _script(address: str, vacation: Json) -> Statement:
    text = script(address, Vacation.model_validate(vacation) if vacation else None)
    if text is None:
        return Statement("passwords", "add", _NO_SCRIPT, (address,))
    sql = "INSERT OR REPLACE INTO scripts (address, id, script) VALUES (?, ?, ?)"
    return Statement("passwords", "add", sql, (address, SCRIPT_ID, text))


def _mailbox(address: str, mailbox: Json) -> Statement:
    """Where its mail lies, when that is not its usual place."""
    if not mailbox:
        return Statement("passwords", "add", "DELETE FROM mailboxes WHERE address = ?", (address,))
    sql = "INSERT OR REPLACE INTO mailboxes (address, mailbox) VALUES (?, ?)"
    return Statement("passwords", "add", sql, (address, mailbox))


def _column(address: str, name: str, value: Json) -> Statement:
    """What Dovecot knows of it."""
    return Statement("passwords", "add", _SET[name], (_stored(value), address))


def _limit(address: str, quota_mb: Json) -> Statement:
    """What the mail filter refuses by, which may not read what Dovecot reads."""
    if quota_mb is None:
        return Statement("lookup", "add", _NO_LIMIT, (address,))
    return Statement("lookup", "add", _SET_LIMIT, (address, quota_mb))


def _barred(address: str, switches: dict[str, Json]) -> list[Statement]:
    """What Postfix shall refuse: for switches that are off there is a row each."""
    bar = "INSERT OR IGNORE INTO barred (address, why) VALUES (?, ?)"
    free = "DELETE FROM barred WHERE address = ? AND why = ?"
    return [
        Statement("lookup", "add", free if on else bar, (address, name))
        for name, on in switches.items()
        if name in _SWITCHES
    ]


def _stored(value: Json) -> Value:
    return int(value) if isinstance(value, bool) else value


DIRECTORY: Final = Lookups(
    {"lookup": _LOOKUP, "passwords": _PASSWORDS},
    {
        "lookup": ("domains", "accounts", "barred", "forwards", "no_copies", "languages", "limits"),
        "passwords": ("accounts", "mailboxes", "scripts", "app_passwords"),
    },
    statements,
)
