"""Settings, draft, plan, apply, export."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Body, P, QueryEx, Router, Schema

from fumibako.actions import applies, conflicts, drafts, export, files, history, plans, runs, secrets
from fumibako.actions import view as views
from fumibako.actions.caller import Caller
from fumibako.actions.checking import UNSAID, Wanted
from fumibako.actions.drafts import Staged
from fumibako.actions.permission import require
from fumibako.actions.proposal import Proposal, of_draft, of_wanted
from fumibako.actions.result import SHOWN
from fumibako.actions.trouble import Refused
from fumibako.api.caller import caller_of
from fumibako.document.words import describe
from fumibako.schema.finding import Finding
from fumibako.schema.place import leaves
from fumibako.schema.text import Text

router = Router(tags=["changes"])

_ONE_SOURCE = Text(
    "Name one of file, edits, draft and restore.", "file、edits、draft、restore のうち一つだけを指定してください。"
)


class EditIn(Schema):
    """One edit: a place and the value that it shall have. `null` for a row removes it. With `was`, the edit is refused
    if something else stands there."""

    path: str
    now: Any
    was: Any = None
    new: bool = False


class Source(Schema):
    """What to plan or apply: one of the text of a YAML `file` (`prune`: also remove rows that it does not name), a list of
    `edits`, the own `draft` (`true`, or a list of chapters), or the number of a revision to `restore`."""

    file: str | None = None
    prune: bool = False
    edits: list[EditIn] | None = None
    draft: bool | list[str] | None = None
    restore: int | None = None


class Application(Source):
    """`digest`: apply only what a plan with this digest showed. `confirm_within` (seconds): go back unless confirmed.
    `sure`: it is meant, dangerous as it is. `wait=false`: answer at once with the number of the run."""

    digest: str | None = None
    confirm_within: int | None = None
    sure: bool = False
    comment: str = ""
    wait: bool = True


class EditsIn(Schema):
    edits: list[EditIn]


class Resolution(Schema):
    path: str
    keep: Literal["mine", "theirs"]


@router.get("/settings")
def settings(request: HttpRequest, draft: bool = False) -> dict[str, Any]:
    """The settings that serve; with `draft=true` as the caller has staged them. `revision` is what they stand on."""
    caller = caller_of(request)
    require(caller, "look")
    seen = drafts.view(caller) if draft else views.live()
    return {"revision": seen.base, "settings": seen.settings}


@router.patch("/settings")
def patch_settings(
    request: HttpRequest, payload: Body[dict[str, Any]], draft: bool = False, sure: bool = False
) -> dict[str, Any]:
    """Options to change, as a tree of their sections (`{"basics": {"message_size_limit": 0}}`); the others stay."""
    wanted = [Wanted(place, value) for place, value in leaves(payload)]
    return changed(caller_of(request), wanted, draft=draft, sure=sure)


@router.get("/draft")
def draft(
    request: HttpRequest, after: QueryEx[int, P(ge=0)] = 0, limit: QueryEx[int, P(ge=1, le=1000)] = 200
) -> dict[str, Any]:
    """What the caller has staged, how much of it in which chapter, and what conflicts with others' changes."""
    caller = caller_of(request)
    clashes = conflicts.found(caller)
    counts = drafts.counts(caller)
    return {
        "count": sum(counts.values()),
        "chapters": counts,
        "edits": [each.as_json(caller.language) for each in drafts.listed(caller, after=after, limit=limit)],
        "conflicts": [each.as_json(caller.language) for each in clashes],
    }


@router.post("/draft/edits")
def stage(request: HttpRequest, payload: EditsIn) -> dict[str, Any]:
    """Stage edits, all of them or, with findings, none."""
    return changed(caller_of(request), _wanted(payload.edits), draft=True)


@router.delete("/draft/edits")
def unstage(request: HttpRequest, path: str) -> dict[str, Any]:
    """Take back what is staged for one place."""
    return {"removed": drafts.unstage(caller_of(request), path)}


@router.delete("/draft")
def discard(request: HttpRequest, chapter: QueryEx[list[str], P()] = []) -> dict[str, Any]:  # noqa: B006
    """Throw away what is staged, wholly or in some chapters."""
    return {"removed": drafts.discard(caller_of(request), chapter or None)}


@router.post("/draft/resolve")
def resolve(request: HttpRequest, payload: Resolution) -> dict[str, Any]:
    """Settle a conflict."""
    caller = caller_of(request)
    conflicts.resolve(caller, payload.path, payload.keep)
    return {"conflicts": [each.as_json(caller.language) for each in conflicts.found(caller)]}


@router.post("/plan")
def plan(request: HttpRequest, payload: Source) -> dict[str, Any]:
    """What would happen. Changes nothing."""
    caller = caller_of(request)
    return plans.plan(caller, proposal_of(caller, payload)).as_json(caller.language)


@router.post("/apply")
def apply(request: HttpRequest, payload: Application) -> dict[str, Any]:
    """Make it live, wholly or not at all; answers when it is over."""
    caller = caller_of(request)
    go = applies.apply if payload.wait else applies.start
    proposal = proposal_of(caller, payload)
    if proposal.secrets and proposal.ok and payload.digest in (None, proposal.digest):
        # They count at once, as those that are set by name do.
        require(caller, "apply")
        secrets.put_all(caller, proposal.secrets)
    return go(
        caller,
        proposal,
        digest=payload.digest,
        confirm_within=payload.confirm_within,
        sure=payload.sure,
        comment=payload.comment,
    ).as_json(caller.language)


@router.post("/confirm")
def confirm(request: HttpRequest) -> dict[str, Any]:
    """Keep the revision that waits to be confirmed."""
    caller = caller_of(request)
    return applies.confirm(caller).as_json(caller.language)


@router.post("/roll_back")
def roll_back(request: HttpRequest) -> dict[str, Any]:
    """Let the revision that waits to be confirmed go back at once."""
    caller = caller_of(request)
    return applies.roll_back(caller).as_json(caller.language)


@router.get("/runs/{int:number}")
def run(request: HttpRequest, number: int) -> dict[str, Any]:
    """How a plan or an apply stands: `outcome` is `running` until it is over."""
    caller = caller_of(request)
    return runs.look(caller, number).as_json(caller.language)


@router.get("/export", response={200: None})
def exported(request: HttpRequest, section: QueryEx[list[str], P()] = [], with_secrets: bool = False) -> HttpResponse:  # noqa: B006
    """The YAML file that makes this server again."""
    text = export.document(caller_of(request), section, with_secrets=with_secrets)
    return HttpResponse(text, content_type="application/yaml; charset=utf-8")


def changed(
    caller: Caller,
    wanted: Sequence[Wanted],
    *,
    draft: bool,
    sure: bool = False,
    findings: list[Finding] | None = None,
) -> dict[str, Any]:
    """Stage or apply edits. Findings that are known already and are errors are the caller's to raise."""
    early = findings or []
    if draft:
        return staged_json(caller, drafts.stage(caller, wanted), early)
    return applied_json(caller, of_wanted(caller, wanted), early, sure=sure)


def staged_json(caller: Caller, staged: Staged, early: Sequence[Finding] = ()) -> dict[str, Any]:
    found = [*early, *staged.findings]
    if not staged.ok:
        raise Refused(findings=found)
    shown = [describe(edit).as_json(caller.language) for edit in staged.edits[:SHOWN]]
    return {"outcome": "staged", "settings": shown, "findings": [each.as_json(caller.language) for each in found]}


def applied_json(
    caller: Caller, proposal: Proposal, early: Sequence[Finding] = (), *, sure: bool = False
) -> dict[str, Any]:
    result = applies.apply(caller, proposal, sure=sure).as_json(caller.language)
    result["findings"] = [each.as_json(caller.language) for each in early] + result["findings"]
    return result


def _wanted(edits: list[EditIn]) -> list[Wanted]:
    said = [(edit, edit.was if "was" in edit.model_fields_set else UNSAID) for edit in edits]
    return [Wanted(edit.path, edit.now, was, edit.new) for edit, was in said]


def proposal_of(caller: Caller, source: Source) -> Proposal:
    named = [source.file is not None, source.edits is not None, bool(source.draft), source.restore is not None]
    if sum(named) != 1:
        raise Refused(findings=[Finding("one-source", "", _ONE_SOURCE)])
    if source.file is not None:
        return files.of_file(caller, source.file, prune=source.prune)
    if source.edits is not None:
        return of_wanted(caller, _wanted(source.edits))
    if source.restore is not None:
        return history.restored(caller, source.restore)
    return of_draft(caller, source.draft if isinstance(source.draft, list) else None)
