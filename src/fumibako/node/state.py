"""What the agent remembers across its own death: the journal, what serves, and outcomes not yet delivered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fumibako.layout import Home
from fumibako.node import durable
from fumibako.plan.apply import Journal
from fumibako.wire.console import Run

Json = Any


@dataclass(frozen=True)
class Serving:
    """What serves: the revision, its settings, the generation, the digest of its files as they were rendered, and the
    fingerprint of the certificate in them."""

    revision: int
    settings: dict[str, Json]
    generation: int | None
    digest: str
    fingerprint: str

    def as_json(self) -> dict[str, Any]:
        return {
            "revision": self.revision,
            "settings": self.settings,
            "generation": self.generation,
            "digest": self.digest,
            "fingerprint": self.fingerprint,
        }


@dataclass(frozen=True)
class Begun:
    """A run that was begun: what served before it, None on a new home, and what serves after it."""

    run: Run
    before: Serving | None
    after: Serving


class State:
    """The files in HOME/node. A run's own file is written once, before its journal, and holds secrets: 0600."""

    def __init__(self, home: Home) -> None:
        self.directory = Path(home.node)
        self._journal = self.directory / "journal.json"
        self._serving = self.directory / "serving.json"
        self._unsaved: dict[int, Json] = {}

    # --- the journal -------------------------------------------------------------------------------------------------

    def journal(self) -> Journal | None:
        value = durable.read(self._journal)
        return None if value is None else Journal.from_json(value)

    def write_journal(self, journal: Journal) -> None:
        durable.write(self._journal, journal.as_json())

    def begin(self, begun: Begun) -> None:
        """Keep what a journal needs to be undone or finished, before the journal is written."""
        durable.write(
            self._run_file(begun.run.id),
            {
                "run": begun.run.as_json(),
                "before": begun.before.as_json() if begun.before else None,
                "after": begun.after.as_json(),
            },
        )

    def begun(self, run: int) -> Begun:
        value = durable.read(self._run_file(run))
        assert value is not None, "a journal without its run"
        before = value["before"]
        return Begun(Run.from_json(value["run"]), Serving(**before) if before else None, Serving(**value["after"]))

    def coming(self) -> Serving | None:
        """What will serve after the run under way, None where there is none (or it ends while we look)."""
        journal = self.journal()
        value = durable.read(self._run_file(journal.run)) if journal is not None else None
        return Serving(**value["after"]) if value is not None else None

    def end(self, run: int) -> None:
        durable.remove(self._journal)
        durable.remove(self._run_file(run))

    def _run_file(self, run: int) -> Path:
        return self.directory / f"run-{run}.json"

    # --- what serves -------------------------------------------------------------------------------------------------

    def serving(self) -> Serving | None:
        value = durable.read(self._serving)
        return None if value is None else Serving(**value)

    def write_serving(self, serving: Serving | None) -> None:
        if serving is None:
            durable.remove(self._serving)
        else:
            durable.write(self._serving, serving.as_json())

    # --- outcomes on their way to the console ------------------------------------------------------------------------

    def keep_outcome(self, run: int, outcome: Mapping[str, Json]) -> None:
        """Where the disk is full it is kept in memory: losing it costs a repetition of the run, no more."""
        try:
            durable.write(self.directory / f"outcome-{run}.json", outcome)
        except OSError:
            self._unsaved[run] = outcome

    def outcomes(self) -> list[tuple[int, Json]]:
        """Those not yet delivered, oldest run first."""
        saved = {int(path.stem.partition("-")[2]): durable.read(path) for path in self.directory.glob("outcome-*.json")}
        return sorted({**saved, **self._unsaved}.items(), key=lambda each: each[0])

    def delivered(self, run: int) -> None:
        self._unsaved.pop(run, None)
        durable.remove(self.directory / f"outcome-{run}.json")
