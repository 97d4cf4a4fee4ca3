"""Edits that somebody wants planned or applied, whatever they come from, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from fumibako.actions import conflicts, drafts
from fumibako.actions import view as views
from fumibako.actions.caller import Caller
from fumibako.actions.checking import Wanted, judged, typed
from fumibako.actions.permission import require, require_tables
from fumibako.actions.view import View
from fumibako.schema.edit import Edit, composed, digest
from fumibako.schema.finding import Finding, errors


@dataclass(frozen=True, slots=True)
class Proposal:
    """Net edits upon the revision `base`. `digest` is what a reviewer signs. `secrets` are set when it is applied."""

    base: int
    edits: tuple[Edit, ...]
    findings: tuple[Finding, ...] = ()
    restores: int | None = None
    secrets: dict[str, str] = field(default_factory=dict, repr=False)

    @property
    def digest(self) -> str:
        return digest(self.base, self.edits)

    @property
    def ok(self) -> bool:
        return not errors(self.findings)


def of_draft(caller: Caller, chapters: Collection[str] | None = None) -> Proposal:
    """What the caller has staged, wholly or in some chapters. A conflict with somebody else's change is an error."""
    require(caller, "stage_rows")
    clashes = [each.finding() for each in conflicts.found(caller, chapters)]
    return of_edits(views.live_for(caller), drafts.edits(caller, chapters), clashes, rows_checked=True)


def of_wanted(caller: Caller, wanted: Sequence[Wanted]) -> Proposal:
    """Edits said one by one, upon what serves now: the caller's draft plays no part."""
    require(caller, "stage_rows")
    require_tables(caller, [each.place for each in wanted if each.place is not None])
    live = views.live_for(caller)
    edits, findings = typed(live, wanted)
    return of_edits(live, edits, findings)


def of_edits(
    live: View,
    edits: Sequence[Edit],
    findings: Sequence[Finding] = (),
    restores: int | None = None,
    *,
    rows_checked: bool = False,
) -> Proposal:
    """Edits that are typed already; they are judged as a whole unless something is wrong with them one by one."""
    net = drafts.by_field(composed(edits))
    said = list(findings)
    if not errors(said):
        said += judged(live, net, rows_checked=rows_checked)
    return Proposal(live.base, tuple(net), tuple(said), restores)
