"""The export: what serves, as the YAML file that makes it again."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from fumibako.actions import directory_edits, relay_passwords, secrets
from fumibako.actions import view as views
from fumibako.actions.audit import record
from fumibako.actions.caller import Caller
from fumibako.actions.checking import SECRET
from fumibako.actions.permission import require, require_tables
from fumibako.actions.trouble import Refused
from fumibako.document.settings import SECTIONS
from fumibako.features.directory.rows import CARRIED, ONE_FIELD, SECRET_FIELDS, TABLES
from fumibako.schema.codec import unknown_key
from fumibako.schema.place import Json
from fumibako.schema.yaml import dump
from fumibako.store import directory

PARTS = (*SECTIONS, *TABLES)


def document(caller: Caller, parts: Sequence[str] = (), *, with_secrets: bool = False) -> str:
    """The file with these parts, all of them where none is named. Secrets print as `***`, which means unchanged, unless
    they are asked for. Raises `Refused` for a part that there is not."""
    require(caller, "look_at_rows")
    unknown = [unknown_key(part, (), PARTS) for part in parts if part not in PARTS]
    if unknown:
        raise Refused(findings=unknown)
    require_tables(caller, [(part, "") for part in parts if part in SECTIONS])
    if with_secrets:
        require(caller, "see_secrets")
        record(caller, "export.secrets", ",".join(parts))
    live = views.live()
    tree: dict[str, Json] = {"fumibako": 1}
    for part in PARTS if caller.domains is None else TABLES:
        if parts and part not in parts:
            continue
        rows = part not in SECTIONS
        tree[part] = _rows(part, caller.domains, with_secrets=with_secrets) if rows else live.settings[part]
    if "relay" in tree:
        tree["relay"] = relay_passwords.put_in(tree["relay"], secrets.for_export(caller) if with_secrets else None)
    return dump(tree)


def _rows(table: str, within: Collection[str] | None, *, with_secrets: bool) -> dict[str, Json]:
    rows: dict[str, Json] = {}
    after = ""
    while page := directory.page(table, after=after, within=within, limit=directory_edits.PAGE):
        one = ONE_FIELD.get(table)
        rows |= {key: row[one] if one else declared_of(row) if with_secrets else covered(row) for key, row in page}
        after = page[-1][0]
    return rows


def covered(row: dict[str, Json]) -> dict[str, Json]:
    """A row as it may be shown: a secret that is set is `***`."""
    return {
        name: SECRET if name in SECRET_FIELDS and value is not None else value
        for name, value in declared_of(row).items()
    }


def declared_of(row: dict[str, Json]) -> dict[str, Json]:
    """A row without what nobody writes: where its mail lies, and its app passwords."""
    return {name: value for name, value in row.items() if name not in CARRIED}
