"""What one operator sees: the revision that serves, with edits laid over it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from fumibako.actions.caller import Caller
from fumibako.document.settings import applied, completed, value_at
from fumibako.features.directory.administrator import is_administrators
from fumibako.schema.edit import Edit
from fumibako.schema.place import Json, Place, is_row, looked_up
from fumibako.store import aliases, directory, forwards, revisions, system_users

Row = dict[str, Json]


class Below(Protocol):
    """The directory that a view's overlay lies on; each costs in proportion to what is asked for."""

    def rows(self, table: str, keys: Sequence[str]) -> dict[str, Row]:
        """The rows that there are among `keys`."""

    def number_in(self, table: str, domain: str) -> int:
        """How many accounts or aliases a domain has."""

    def keys_in(self, table: str, domain: str) -> list[str]:
        """All of them."""

    def aliases_to(self, addresses: Collection[str], limit: int) -> set[str]:
        """The aliases that have one of these addresses among their targets."""

    def aliases_into(self, domain: str, limit: int) -> list[tuple[str, str]]:
        """Aliases with a target in a domain, and that target in lower case."""

    def forwards_to(self, addresses: Collection[str], limit: int) -> set[str]:
        """The accounts that forward to one of these addresses."""

    def forwards_into(self, domain: str, limit: int) -> list[tuple[str, str]]:
        """Accounts that forward into a domain, and that target in lower case."""

    def first_domain(self, *, leaving_out: Sequence[str]) -> str | None:
        """The first domain by name."""


class Live:
    """The rows that serve."""

    def rows(self, table: str, keys: Sequence[str]) -> dict[str, Row]:
        return directory.rows(table, keys)

    def number_in(self, table: str, domain: str) -> int:
        return directory.number_in(table, domain)

    def keys_in(self, table: str, domain: str) -> list[str]:
        return directory.keys_in(table, domain)

    def aliases_to(self, addresses: Collection[str], limit: int) -> set[str]:
        return aliases.leading_to(addresses, limit)

    def aliases_into(self, domain: str, limit: int) -> list[tuple[str, str]]:
        return aliases.leading_into(domain, limit)

    def forwards_to(self, addresses: Collection[str], limit: int) -> set[str]:
        return forwards.leading_to(addresses, limit)

    def forwards_into(self, domain: str, limit: int) -> list[tuple[str, str]]:
        return forwards.leading_into(domain, limit)

    def first_domain(self, *, leaving_out: Sequence[str]) -> str | None:
        return directory.first_domain(leaving_out=leaving_out)


LIVE: Final = Live()
_NAMES: Final = 100


@dataclass(frozen=True, slots=True)
class Within:
    """Of a directory the part that somebody administers: of all else it says what it says of names that nobody has."""

    below: Below
    domains: frozenset[str]

    def rows(self, table: str, keys: Sequence[str]) -> dict[str, Row]:
        return self.below.rows(table, [key for key in keys if key.rpartition("@")[2] in self.domains])

    def number_in(self, table: str, domain: str) -> int:
        return self.below.number_in(table, domain) if domain in self.domains else 0

    def keys_in(self, table: str, domain: str) -> list[str]:
        return self.below.keys_in(table, domain) if domain in self.domains else []

    def aliases_to(self, addresses: Collection[str], limit: int) -> set[str]:
        return set(filter(self._holds, self.below.aliases_to(addresses, limit)))

    def aliases_into(self, domain: str, limit: int) -> list[tuple[str, str]]:
        return [pair for pair in self.below.aliases_into(domain, limit) if self._holds(pair[0])]

    def forwards_to(self, addresses: Collection[str], limit: int) -> set[str]:
        return set(filter(self._holds, self.below.forwards_to(addresses, limit)))

    def forwards_into(self, domain: str, limit: int) -> list[tuple[str, str]]:
        return [pair for pair in self.below.forwards_into(domain, limit) if self._holds(pair[0])]

    def _holds(self, key: str) -> bool:
        return key.rpartition("@")[2] in self.domains

    def first_domain(self, *, leaving_out: Sequence[str]) -> str | None:
        there = self.below.rows("domains", sorted(self.domains - set(leaving_out)))
        return min(there, default=None)


def _leading_to(
    laid: Mapping[str, Row | None],
    field: str,
    below: Callable[[Collection[str], int], set[str]],
    wanted: set[str],
    limit: int,
) -> list[str]:
    """The rows that lead to what is wanted by this field: those below, and those laid over them."""
    before = below(wanted, limit + len(laid)) if wanted else set()
    here = {key for key, row in laid.items() if row and not wanted.isdisjoint(map(str.lower, row.get(field, ())))}
    return sorted({key for key in before if key not in laid} | here)[:limit]


def _leading_into(
    laid: Mapping[str, Row | None],
    field: str,
    below: Callable[[str, int], list[tuple[str, str]]],
    domain: str,
    limit: int,
) -> list[tuple[str, str]]:
    """The rows that lead into a domain by this field, each with that target."""
    before = [pair for pair in below(domain, limit + len(laid)) if pair[0] not in laid]
    here = [(key, each.lower()) for key, row in laid.items() if row for each in row.get(field, ())]
    return [*before, *(pair for pair in here if pair[1].endswith(f"@{domain}"))][:limit]


@dataclass(frozen=True)
class View:
    """`base` is the revision below, `settings` the tree with the edits made, `overlay` the rows that the edits touch, as
    they are then (None: there is none). Rows are read once."""

    base: int
    settings: dict[str, Json]
    overlay: dict[str, dict[str, Row | None]] = field(default_factory=dict)
    below: Below = field(default_factory=lambda: LIVE, repr=False)
    _read: dict[str, dict[str, Row | None]] = field(
        default_factory=lambda: defaultdict(dict), repr=False, compare=False
    )

    def row(self, table: str, key: str) -> Row | None:
        return self.rows(table, [key]).get(key)

    def rows(self, table: str, keys: Sequence[str]) -> dict[str, Row]:
        """The rows that there are among `keys`."""
        laid = self.overlay.get(table, {})
        known = self._read[table]
        unknown = [key for key in keys if key not in laid and key not in known]
        if unknown:
            known.update(dict.fromkeys(unknown))
            known.update(self.below.rows(table, unknown))
        found = ((key, laid[key] if key in laid else known[key]) for key in keys)
        return {key: row for key, row in found if row is not None}

    def at(self, place: Place) -> Json:
        """What stands at a place: an option's value, a row, or a field of one; None where there is nothing."""
        if not is_row(place):
            return value_at(self.settings, place)
        row = self.row(place[0], place[1])
        return row if len(place) == 2 or row is None else row.get(place[2])

    def number_in(self, table: str, domain: str) -> int:
        """How many accounts or aliases a domain has."""
        here = self._laid_in(table, domain)
        before = self.below.rows(table, list(here))
        return self.below.number_in(table, domain) - len(before) + sum(row is not None for row in here.values())

    def keys_in(self, table: str, domain: str) -> list[str]:
        """All accounts or aliases of a domain: as many as there are."""
        here = self._laid_in(table, domain)
        return sorted(
            {key for key in self.below.keys_in(table, domain) if key not in here}
            | {key for key, row in here.items() if row is not None}
        )

    def aliases_to(self, addresses: Sequence[str], limit: int) -> list[str]:
        """The aliases that have one of these addresses among their targets."""
        laid = self.overlay.get("aliases", {})
        return _leading_to(laid, "targets", self.below.aliases_to, set(addresses), limit)

    def forwards_to(self, addresses: Sequence[str], limit: int) -> list[str]:
        """The accounts that forward to one of these addresses."""
        laid = self.overlay.get("accounts", {})
        return _leading_to(laid, "forward", self.below.forwards_to, set(addresses), limit)

    def names_of(self, address: str) -> tuple[str, ...]:
        """The aliases that lead to an account directly and are addresses themselves: other names of its owner."""
        return tuple(each for each in self.aliases_to([address], _NAMES) if each[0] != "@")

    def aliases_into(self, domain: str, limit: int) -> list[tuple[str, str]]:
        """Aliases with a target in a domain, and that target."""
        return _leading_into(self.overlay.get("aliases", {}), "targets", self.below.aliases_into, domain, limit)

    def forwards_into(self, domain: str, limit: int) -> list[tuple[str, str]]:
        """Accounts that forward into a domain, and that target."""
        return _leading_into(self.overlay.get("accounts", {}), "forward", self.below.forwards_into, domain, limit)

    def _laid_in(self, table: str, domain: str) -> dict[str, Row | None]:
        return {key: row for key, row in self.overlay.get(table, {}).items() if key.endswith("@" + domain)}

    def nobodys(self, addresses: Sequence[str]) -> list[str]:
        """Of addresses that are no accounts those that nobody else has either: neither the administrator, who gets mail
        to postmaster and the like, nor a user of the operating system."""
        system = system_users.with_addresses(addresses) if addresses else {}
        administered = self.has_administrator
        return [each for each in addresses if each not in system and not (administered and is_administrators(each))]

    @property
    def sees_all(self) -> bool:
        """Whether this is the whole directory and not somebody's part of it."""
        return not isinstance(self.below, Within)

    @property
    def has_administrator(self) -> bool:
        """Whether somebody gets the mail to postmaster and the like where nobody else has the name."""
        return bool(looked_up(self.settings, ("basics", "administrator")))

    @property
    def primary_domain(self) -> str | None:
        """The domain of names without one: the one chosen, else the first."""
        chosen = looked_up(self.settings, ("basics", "primary_domain"))
        if chosen:
            return str(chosen)
        laid = self.overlay.get("domains", {})
        first = self.below.first_domain(leaving_out=[key for key, row in laid.items() if row is None])
        return min([*filter(None, [first]), *(key for key, row in laid.items() if row is not None)], default=None)

    def with_(self, edits: Iterable[Edit]) -> View:
        """The view with further edits laid over it, in their order."""
        edits = list(edits)
        touched: dict[str, list[str]] = defaultdict(list)
        for edit in edits:
            if is_row(edit.place):
                touched[edit.place[0]].append(edit.place[1])
        overlay = dict(self.overlay)
        for table, keys in touched.items():
            there = self.rows(table, list(dict.fromkeys(keys)))
            overlay[table] = {**overlay.get(table, {}), **{key: there.get(key) for key in keys}}
        for edit in edits:
            if not is_row(edit.place):
                continue
            table, key = edit.place[:2]
            before = overlay[table][key]
            if len(edit.place) == 2:
                overlay[table][key] = edit.now
            elif before is not None:
                overlay[table][key] = {**before, edit.place[2]: edit.now}
        return replace(self, settings=self.settings_with(edits), overlay=overlay)

    def settings_with(self, edits: Iterable[Edit]) -> dict[str, Json]:
        """The settings of that view, without a look at its rows."""
        return applied(self.settings, (edit for edit in edits if not is_row(edit.place)))


def live() -> View:
    """What everybody sees who has staged nothing."""
    head = revisions.head()
    return View(head.number, completed(head.settings))


def live_for(caller: Caller) -> View:
    """What a caller sees who has staged nothing. Who administers some domains sees of the settings only whether one of
    them is the primary domain: where it is another's, names without a domain belong to the first of his own."""
    return narrowed(caller, live())


def narrowed(caller: Caller, view: View) -> View:
    """Of a view what the caller may see."""
    if caller.domains is None:
        return view
    primary = looked_up(view.settings, ("basics", "primary_domain")) or view.below.first_domain(leaving_out=[])
    administrator = looked_up(view.settings, ("basics", "administrator"))
    settings: dict[str, Json] = {
        "basics": {
            "primary_domain": primary if primary in caller.domains else None,
            # Whose it is, is not said; that postmaster reaches somebody is.
            "administrator": bool(administrator),
        }
    }
    return View(view.base, settings, below=Within(view.below, caller.domains))
