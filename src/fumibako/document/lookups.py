"""All features' look-ups as one: the schema of the databases, and what an edit changes in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from fumibako.assembly.lookups import DATABASES, FOUNDATION, Database, Lookups, Statement, joined
from fumibako.document.settings import edits_between
from fumibako.features.access.lookups import ACCESS
from fumibako.features.aliases.lookups import ALIASES
from fumibako.features.authentication.lookups import AUTHENTICATION, key_statements
from fumibako.features.directory.administrator import ADMINISTRATOR
from fumibako.features.directory.lookups import DIRECTORY
from fumibako.features.directory.system_users import SYSTEM_USERS
from fumibako.features.quotas.lookups import QUOTAS
from fumibako.features.relay.lookups import RELAY, VERSION_OF_PASSWORDS, password_statements
from fumibako.features.spam.lookups import SPAM
from fumibako.schema.edit import Edit
from fumibako.schema.place import Json

# Whose look-ups follow the edits of a chapter; a chapter that is not here has none.
LOOKUPS: Final[Mapping[str, Lookups]] = {
    "basics": joined(ADMINISTRATOR, SYSTEM_USERS),
    "domains": DIRECTORY,
    "accounts": DIRECTORY,
    "aliases": ALIASES,
    "quotas": DIRECTORY,
    "access": ACCESS,
    "relay": RELAY,
    "spam": SPAM,
    "authentication": AUTHENTICATION,
}

_FEATURES: Final = (*{id(each): each for each in LOOKUPS.values()}.values(), QUOTAS)

SCHEMA: Final[Mapping[Database, str]] = {
    name: FOUNDATION + "".join(each.schema.get(name, "") for each in _FEATURES) for name in DATABASES
}
TABLES: Final[Mapping[Database, tuple[str, ...]]] = {
    name: tuple(table for each in _FEATURES for table in each.tables.get(name, ())) for name in DATABASES
}
VERSION_OF_SECRETS: Final = VERSION_OF_PASSWORDS
# The directory's tables whose rows are asked of the console, page by page, when all is written anew.
DIRECTORY_TABLES: Final = ("domains", "accounts", "aliases")


def statements(edit: Edit) -> list[Statement]:
    """What the edit changes in the look-ups; the inverse edit undoes it."""
    lookups = LOOKUPS.get(edit.chapter)
    return lookups.statements(edit) if lookups else []


def of_rows(table: str, content: Iterable[tuple[str, Mapping[str, Json]]]) -> list[Statement]:
    """The statements that put whole rows of the directory into empty tables."""
    return [each for key, row in content for each in statements(Edit((table, key), None, dict(row)))]


def of_secrets(version: str, secrets: Mapping[str, str]) -> list[Statement]:
    """The statements that make the secrets in the look-ups those of this version."""
    return [*password_statements(version, secrets), *key_statements(secrets)]


def of_settings(tree: Mapping[str, Json]) -> list[Statement]:
    """The statements that put what the settings say into empty tables."""
    return [each for edit in edits_between({}, tree) for each in statements(edit)]
