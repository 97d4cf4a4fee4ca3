"""An agent that does nothing but say that it did: it asks for work and reports outcomes through the node API."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from django.test import Client

from fumibako.features.directory.rows import CARRIED
from fumibako.schema.edit import Edit
from fumibako.schema.place import is_row
from fumibako.wire.console import Work

Outcome = dict[str, Any]
STEPS = [{"name": "check", "title": {"en": "Check", "ja": "検査"}, "outcome": "done", "seconds": 0.1}]


def outcome(word: str, **more: Any) -> Outcome:
    return {"outcome": word, "steps": STEPS, "files": [], "behaviour": [], "findings": []} | more


class FakeNode:
    """`answer` may be replaced to let runs end otherwise; while `asleep` it does nothing. `rows` are the directory as
    the edits that it was given make it."""

    def __init__(self) -> None:
        self.client = Client(**{"fumibako.peer": 0})  # type: ignore[arg-type]
        self.asleep = False
        self.answer: Callable[[dict[str, Any]], Outcome | None] = well
        self.seen: list[dict[str, Any]] = []
        self.rows: dict[tuple[str, str], Any] = {}

    def wake(self) -> None:
        while not self.asleep and self.step():
            pass

    def work(self) -> dict[str, Any]:
        response = self.client.get("/api/node/v1/work")
        assert response.status_code == 200, response.content
        work: dict[str, Any] = response.json()
        Work.from_json(work)  # the real agent reads it so
        return work

    def step(self) -> bool:
        """Do the next run, if there is one and `answer` knows an end for it."""
        run = self.work()["run"]
        if run is None:
            return False
        self.seen.append(run)
        said = self.answer(run)
        if said is None:
            return False
        if said["outcome"] in {"applied", "unconfirmed"}:
            self.lay([Edit.from_json(each) for each in run["edits"]])
        if run["kind"] == "roll_back":
            self.lay([Edit.from_json(each).inverse() for each in reversed(run["edits"])])
        self.report(run["id"], said)
        return True

    def report(self, run: int, said: Outcome) -> None:
        response = self.client.post(
            f"/api/node/v1/runs/{run}/outcome", json.dumps(said), content_type="application/json"
        )
        assert response.status_code == 204, response.content

    def lay(self, edits: list[Edit]) -> None:
        for edit in edits:
            assert is_row(edit.place), edit
            row = edit.place[0], edit.place[1]
            if len(edit.place) == 3:
                assert self.rows[row].get(edit.place[2]) == edit.was, edit
                self.rows[row][edit.place[2]] = edit.now
                if edit.place[2] in CARRIED and edit.now is None:
                    del self.rows[row][edit.place[2]]
            elif edit.now is None:
                del self.rows[row]
            else:
                assert row not in self.rows or edit.was is not None, edit
                self.rows[row] = dict(edit.now)

    def synchronised(self) -> dict[tuple[str, str], Any]:
        """The directory as a full synchronisation reads it, in small pages."""
        rows: dict[tuple[str, str], Any] = {}
        for table in ("domains", "accounts", "aliases"):
            after = ""
            while True:
                query = {"table": table, "limit": 2} | ({"after": after} if after else {})
                page = self.client.get("/api/node/v1/directory", query).json()
                rows |= {(table, each["key"]): each["row"] for each in page["rows"]}
                if page["next"] is None:
                    break
                after = page["next"]
        return rows


def well(run: dict[str, Any]) -> Outcome:
    """Every run ends as one wishes."""
    match run["kind"]:
        case "plan":
            return outcome("planned", tried=True)
        case "apply" if run["confirm_within"]:
            return outcome("unconfirmed", confirm_by=2_000_000_000)
        case "apply":
            return outcome("applied")
        case "confirm":
            return outcome("confirmed")
    return outcome("rolled_back")
