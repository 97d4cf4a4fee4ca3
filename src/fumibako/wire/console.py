"""What the console gives its agents to do, and what they report.

An agent asks for *work*: the settings that ought to serve, and the run that is open, if any. It reports *progress*
while the run goes on and one *outcome* at its end; it repeats the outcome until the console has taken it, so the
console accepts it twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from fumibako.document.settings import edits_between
from fumibako.plan.report import FileChange, Reload, Row, Step
from fumibako.schema.edit import Edit
from fumibako.schema.finding import Finding
from fumibako.schema.place import Json
from fumibako.schema.text import Text

RunKind = Literal["plan", "apply", "confirm", "roll_back"]
RunOutcome = Literal["planned", "applied", "unconfirmed", "confirmed", "refused", "rolled_back"]

WORK = "/api/node/v1/work"
DIRECTORY = "/api/node/v1/directory"
SECRETS = "/api/node/v1/secrets"
USAGE = "/api/node/v1/usage"
SYSTEM_USERS = "/api/node/v1/system-users"
DISCARDED = "/api/node/v1/discarded"


def progress_path(run: int) -> str:
    return f"/api/node/v1/runs/{run}/progress"


def outcome_path(run: int) -> str:
    return f"/api/node/v1/runs/{run}/outcome"


@dataclass(frozen=True)
class Desired:
    """What serves, or should: the revision and its settings tree."""

    revision: int
    settings: dict[str, Json]


@dataclass(frozen=True)
class Run:
    """One thing to do. `edits` are the directory's, secrets included; the settings come whole, before and after.

    `try_` asks for a trial; `confirm_within` seconds the change goes back by itself unless a `confirm` run comes.
    """

    id: int
    kind: RunKind
    base: int
    revision: int
    before: dict[str, Json]
    settings: dict[str, Json]
    edits: tuple[Edit, ...] = ()
    try_: bool = True
    confirm_within: int | None = None

    @cached_property
    def every_edit(self) -> tuple[Edit, ...]:
        """The edits of the settings and those of the directory: look-ups hold parts of both."""
        return (*edits_between(self.before, self.settings), *self.edits)

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "kind": self.kind,
            "base": self.base,
            "revision": self.revision,
            "before": self.before,
            "settings": self.settings,
            "edits": [edit.as_json() for edit in self.edits],
            "try": self.try_,
            "confirm_within": self.confirm_within,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Run:
        return cls(
            value["id"],
            value["kind"],
            value["base"],
            value["revision"],
            value["before"],
            value["settings"],
            tuple(Edit.from_json(edit) for edit in value["edits"]),
            value.get("try", True),
            value.get("confirm_within"),
        )


@dataclass(frozen=True)
class Work:
    """The answer to `GET work`. `secrets` is the version of the secrets that there are, empty while there are none."""

    desired: Desired
    run: Run | None = None
    secrets: str = ""

    def as_json(self) -> dict[str, Any]:
        return {
            "desired": {"revision": self.desired.revision, "settings": self.desired.settings},
            "run": self.run.as_json() if self.run else None,
            "secrets": self.secrets,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Work:
        desired, run = value["desired"], value.get("run")
        return cls(
            Desired(desired["revision"], desired["settings"]),
            Run.from_json(run) if run else None,
            value.get("secrets", ""),
        )


@dataclass(frozen=True)
class Secrets:
    """The answer to `GET secrets`: each by its name, in clear; it is neither kept in a file of the agent nor logged."""

    version: str
    secrets: dict[str, str] = field(repr=False)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Secrets:
        return cls(value["version"], dict(value["secrets"]))


@dataclass(frozen=True)
class Outcome:
    """How a run ended.

    `cuts` names the sessions that the change ends, None when it ends none. `tried` says whether the candidate was
    booted; where it was not, `not_tried` says why. `confirm_by` is a Unix time, for `unconfirmed` alone.
    """

    outcome: RunOutcome
    steps: tuple[Step, ...] = ()
    files: tuple[FileChange, ...] = ()
    behaviour: tuple[Row, ...] = ()
    findings: tuple[Finding, ...] = ()
    reload: dict[str, Reload] = field(default_factory=lambda: {"postfix": "none", "dovecot": "none"})
    cuts: Text | None = None
    tried: bool = False
    not_tried: Text | None = None
    confirm_by: int | None = None

    def as_json(self) -> dict[str, Any]:
        return {
            "outcome": self.outcome,
            "steps": [step.as_wire() for step in self.steps],
            "files": [change.as_wire() for change in self.files],
            "behaviour": [row.as_wire() for row in self.behaviour],
            "findings": [finding.as_wire() for finding in self.findings],
            "reload": dict(self.reload),
            "cuts": self.cuts.as_json() if self.cuts else None,
            "tried": self.tried,
            "not_tried": self.not_tried.as_json() if self.not_tried else None,
            "confirm_by": self.confirm_by,
        }


@dataclass(frozen=True)
class UsagePosition:
    """Up to which number of a usage database's `epoch` the console has heard."""

    epoch: str
    last: int

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> UsagePosition:
        return cls(value["epoch"], value["last"])


@dataclass(frozen=True)
class UsageReport:
    """What changed from the position `after` up to `last` of `epoch`: address, bytes, messages; address and when somebody
    logged in, in seconds since 1970. The console takes it if it stands at `after`, and answers where it stands then."""

    after: UsagePosition
    epoch: str
    last: int
    used: tuple[tuple[str, int, int], ...] = ()
    logged_in: tuple[tuple[str, int], ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {
            "after": {"epoch": self.after.epoch, "last": self.after.last},
            "epoch": self.epoch,
            "last": self.last,
            "used": [list(each) for each in self.used],
            "logged_in": [list(each) for each in self.logged_in],
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> UsageReport:
        used = tuple((str(address), int(octets), int(messages)) for address, octets, messages in value["used"])
        logged_in = tuple((str(address), int(at)) for address, at in value.get("logged_in", ()))
        return cls(UsagePosition.from_json(value["after"]), value["epoch"], value["last"], used, logged_in)


@dataclass(frozen=True)
class DirectoryPage:
    """One page of a table for a full synchronisation: rows by key, in the order of their keys; `next` continues."""

    rows: tuple[tuple[str, dict[str, Json]], ...]
    next: str | None

    def as_json(self) -> dict[str, Any]:
        return {"rows": [{"key": key, "row": row} for key, row in self.rows], "next": self.next}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> DirectoryPage:
        return cls(tuple((each["key"], each["row"]) for each in value["rows"]), value["next"])


@dataclass(frozen=True)
class SystemUser:
    """A user of the agent's machine; `address` is empty where he takes no mail here."""

    name: str
    uid: int
    gecos: str
    address: str


@dataclass(frozen=True)
class SystemUsers:
    """All of them, as they are now."""

    users: tuple[SystemUser, ...]

    def as_json(self) -> dict[str, Any]:
        return {"users": [[each.name, each.uid, each.gecos, each.address] for each in self.users]}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> SystemUsers:
        return cls(tuple(SystemUser(str(n), int(uid), str(gecos), str(to)) for n, uid, gecos, to in value["users"]))
