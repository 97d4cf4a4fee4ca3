"""Of each hosted domain: when its mail was last signed, when mail last waited because a key could not be opened, and when
mail in its name last failed DMARC here. All workers keep it together; only the last time counts."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, Literal
from weakref import WeakKeyDictionary

from fumibako.mailfilter.instance import Instance
from fumibako.mailfilter.lookups import LookupsAway
from fumibako.mailfilter.own_database import OwnDatabase, Soon
from fumibako.mailfilter.policy import PolicyRequest

What = Literal["signed", "deferred", "failed"]

_EVERY: Final = 3.0  # seconds
_DAY: Final = 86_400.0  # how often those of domains that are gone are looked for
_LONGEST: Final = 150  # octets of details: three of them and the times fit into an answer of the policy protocol
_TABLE: Final = """
CREATE TABLE IF NOT EXISTS notes (
  domain TEXT NOT NULL,
  what TEXT NOT NULL,
  at INTEGER NOT NULL,
  details TEXT NOT NULL,
  PRIMARY KEY (domain, what)
) STRICT, WITHOUT ROWID;
"""
_PUT: Final = (
    "INSERT INTO notes (domain, what, at, details) VALUES (?, ?, ?, ?) ON CONFLICT (domain, what) "
    "DO UPDATE SET at = excluded.at, details = excluded.details WHERE excluded.at >= at"
)
_HOSTED: Final = "SELECT 1 FROM domains WHERE name = ?"


class DomainNotes:
    """`hosted` says whether a domain is still here, or raises `LookupsAway`."""

    def __init__(self, path: Path, hosted: Callable[[str], bool]) -> None:
        self._database = OwnDatabase(path, _TABLE)
        self._hosted = hosted
        self._let_go = 0.0  # when it was last done
        self._pending: dict[tuple[str, What], tuple[int, Mapping[str, str]]] = {}
        self._soon = Soon(_EVERY, self.write)

    @classmethod
    def of(cls, instance: Instance) -> DomainNotes:
        """The one of a worker."""
        if instance not in _OF:
            lookups = instance.lookups
            path = Path(instance.home.filter_private / "domain-notes.db")
            _OF[instance] = cls(path, lambda domain: lookups.has(_HOSTED, domain))
        return _OF[instance]

    def note(self, domain: str, what: What, details: Mapping[str, str] | None = None) -> None:
        """It happened now."""
        self._pending[domain, what] = (int(time.time()), details or {})
        self._soon.ask()

    def write(self) -> None:
        """What was noted since the last time; what cannot be written now waits for the next note."""
        self._soon.done()
        rows = [(domain, what, at, _short(details)) for (domain, what), (at, details) in self._pending.items()]
        if rows and self._database.put(_PUT, rows):
            self._pending.clear()
            if time.time() - self._let_go > _DAY:
                self._let_go = time.time()
                self._let_go_of_gone()

    def _let_go_of_gone(self) -> None:
        names = [name for (name,) in self._database.rows("SELECT DISTINCT domain FROM notes")]
        with contextlib.suppress(LookupsAway):
            gone = [(name,) for name in names if not self._hosted(name)]
            if gone:
                self._database.put("DELETE FROM notes WHERE domain = ?", gone)

    def read(self, domain: str) -> dict[str, dict[str, Any]]:
        """By what happened: `at` (Unix time) and its details."""
        self.write()
        rows = self._database.rows("SELECT what, at, details FROM notes WHERE domain = ?", domain)
        return {what: {**json.loads(details), "at": at} for what, at, details in rows}


class NotesOfDomain:
    """The answerer of the context `domain-notes`: what is noted of the domain `domain`, as JSON in ASCII."""

    def answer(self, request: PolicyRequest, instance: Instance) -> str:
        return f"DUNNO {json.dumps(DomainNotes.of(instance).read(request['domain']), separators=(',', ':'))}"


def note_failure(instance: Instance, domain: str, client: str, results: str) -> None:
    """Mail in a domain's name failed DMARC; only of domains that are hosted here it is of interest. `client` may be empty."""
    try:
        if not instance.lookups.has(_HOSTED, domain):
            return
    except LookupsAway:
        return
    DomainNotes.of(instance).note(domain, "failed", {"client": client, "results": results})


def _short(details: Mapping[str, str]) -> str:
    text = json.dumps(details, separators=(",", ":"))
    return text if len(text) <= _LONGEST else "{}"


_OF: Final[WeakKeyDictionary[Instance, DomainNotes]] = WeakKeyDictionary()
