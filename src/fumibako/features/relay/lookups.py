"""The routes as Postfix asks for them: one row a route, and the passwords in a table of their own.

Passwords come from the console beside the settings, all at once; they are nobody's edit and no revision holds them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from fumibako.assembly.lookups import Lookups, Statement
from fumibako.features.relay.routes import Kind, Routed
from fumibako.features.relay.section import Route
from fumibako.schema.edit import Edit

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS relay_routes (
  kind TEXT NOT NULL CHECK (kind IN ('default', 'domain', 'sender')),
  domain TEXT NOT NULL,
  transport TEXT NOT NULL,
  nexthop TEXT NOT NULL,
  policy TEXT NOT NULL,
  username TEXT,
  secret TEXT NOT NULL,
  PRIMARY KEY (kind, domain)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS relay_routes_nexthop ON relay_routes (nexthop);
CREATE TABLE IF NOT EXISTS relay_passwords (name TEXT NOT NULL PRIMARY KEY, password TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS relay_passwords_at (one INTEGER PRIMARY KEY CHECK (one = 1), version TEXT NOT NULL) STRICT;
"""
PREFIX: Final = "relay/"
VERSION_OF_PASSWORDS: Final = "SELECT version FROM relay_passwords_at WHERE one = 1"


def statements(edit: Edit) -> list[Statement]:
    """What the edit of a route changes."""
    match edit.place:
        case (_, "default"):
            kind, key = "default", ""
        case (_, "domains", domain):
            kind, key = "domain", domain
        case (_, "senders", domain):
            kind, key = "sender", domain
        case _:
            return []
    return _route(kind, key, edit.now)  # type: ignore[arg-type]  # mypy widens the literals of a match


def _route(kind: Kind, key: str, row: Mapping[str, object] | None) -> list[Statement]:
    if row is None:
        sql = "DELETE FROM relay_routes WHERE kind = ? AND domain = ?"
        return [Statement("lookup", "remove", sql, (kind, key))]
    routed = Routed(kind, key, Route.model_validate(row))
    sql = (
        "INSERT INTO relay_routes (kind, domain, transport, nexthop, policy, username, secret) VALUES (?, ?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (kind, domain) DO UPDATE SET transport = excluded.transport, nexthop = excluded.nexthop, "
        "policy = excluded.policy, username = excluded.username, secret = excluded.secret"
    )
    values = (kind, key, routed.transport, routed.nexthop, routed.policy, routed.route.username, routed.secret)
    return [Statement("lookup", "add", sql, values)]


def password_statements(version: str, secrets: Mapping[str, str]) -> list[Statement]:
    """All passwords anew, with the version that they are; `secrets` may hold others' too."""
    insert = "INSERT INTO relay_passwords (name, password) VALUES (?, ?)"
    at = "INSERT INTO relay_passwords_at (one, version) VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET version = excluded.version"
    return [
        Statement("lookup", "add", "DELETE FROM relay_passwords", ()),
        *(
            Statement("lookup", "add", insert, (name, text))
            for name, text in secrets.items()
            if name.startswith(PREFIX)
        ),
        Statement("lookup", "add", at, (version,)),
    ]


RELAY: Final = Lookups({"lookup": _SCHEMA}, {"lookup": ("relay_routes",)}, statements)
