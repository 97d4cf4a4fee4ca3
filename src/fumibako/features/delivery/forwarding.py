"""Accounts that forward, seen as aliases: so what is checked of aliases (loops, targets that nobody has) holds for them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from fumibako.features.aliases.expansion import Directory
from fumibako.schema.place import Json


class ForwardingDirectory(Directory, Protocol):
    """A directory that also knows who forwards."""

    def forwards_to(self, addresses: Sequence[str], limit: int) -> Collection[str]:
        """The accounts that forward to one of these addresses."""
        ...


@dataclass(frozen=True, slots=True)
class WithForwards:
    """A directory in which an account that forwards is an alias, too, unless there is one of its name, which goes first."""

    directory: ForwardingDirectory

    def rows(self, table: str, keys: Sequence[str]) -> Mapping[str, Mapping[str, Json]]:
        found = self.directory.rows(table, keys)
        if table != "aliases":
            return found
        accounts = self.directory.rows("accounts", [key for key in keys if key not in found and key[0] != "@"])
        return {**found, **{key: {"targets": _targets(key, row)} for key, row in accounts.items() if _forwards(row)}}

    def aliases_to(self, addresses: Sequence[str], limit: int) -> Collection[str]:
        aliases = self.directory.aliases_to(addresses, limit)
        return sorted({*aliases, *self.directory.forwards_to(addresses, limit)})[:limit]

    def nobodys(self, addresses: Sequence[str]) -> list[str]:
        return self.directory.nobodys(addresses)


def _forwards(row: Mapping[str, Json]) -> bool:
    return bool(row.get("forward")) and row.get("enabled", True)


def _targets(address: str, row: Mapping[str, Json]) -> list[str]:
    return [*row["forward"], *([address] if row.get("keep_copy", True) else [])]
