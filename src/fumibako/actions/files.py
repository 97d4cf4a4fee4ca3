"""The YAML file: what it says, as edits of what serves.

A section that is named becomes as written; in the directory what is named is created or changed and the rest stays,
unless `prune` also removes what the file does not name (docs: the YAML file).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from django.conf import settings as django_settings

from fumibako.actions import directory_edits, keys, relay_passwords
from fumibako.actions import view as views
from fumibako.actions.caller import Caller
from fumibako.actions.checking import Wanted, typed
from fumibako.actions.permission import require, require_tables
from fumibako.actions.proposal import Proposal, of_edits
from fumibako.actions.settings_tree import Tree, spelled
from fumibako.actions.view import View
from fumibako.document.settings import SECTIONS, STAYING, defaults, edits_between
from fumibako.features.directory.rows import TABLES
from fumibako.schema.codec import decode, unknown_key
from fumibako.schema.edit import Edit
from fumibako.schema.finding import Finding
from fumibako.schema.place import Json, looked_up, planted
from fumibako.schema.text import Text
from fumibako.schema.yaml import load

VERSION = "1"


def of_file(caller: Caller, text: str, *, prune: bool = False) -> Proposal:
    """The proposal that a file makes, upon what serves now."""
    require(caller, "stage_rows")
    live = views.live_for(caller)
    tree, findings = load(text)
    if tree is None:
        return Proposal(live.base, (), tuple(findings))
    findings += _of_names(tree)
    edits: list[Edit] = []
    secrets: dict[str, str] = {}
    if named := [name for name in SECTIONS if name in tree]:
        require_tables(caller, [(name,) for name in named])
        tree, secrets, found = relay_passwords.taken_out(tree)
        findings += found
        after, found = _sections(live.settings, tree)
        findings += found
        edits = edits_between(live.settings, after)
    wanted, found = _rows(live.with_(edits), tree, prune=prune, within=caller.domains)
    findings += found
    first = next(iter(tree.get("domains") or ()), None)
    made, found = typed(live.with_(edits), wanted, primary_domain=str(first) if first else None)
    return replace(of_edits(live, [*edits, *made], [*findings, *found]), secrets=secrets)


def home_defaults(settings: Tree) -> Tree:
    """The settings that a file's silence means: this home's defaults, and what stays of what serves."""
    facts = django_settings.FACTS
    tree = defaults(hostname=facts.hostname, listen=facts.listen, port_base=facts.port_base)
    for place in STAYING:
        tree = planted(tree, place, looked_up(settings, place))
    return tree


def _of_names(tree: Mapping[str, Json]) -> list[Finding]:
    known = ["fumibako", *SECTIONS, *TABLES]
    findings = [unknown_key(name, (), known) for name in tree if name not in known]
    if tree and str(tree.get("fumibako", VERSION)) != VERSION:
        message = Text("This Fumibako reads files of version 1.", "この文箱が読めるファイルのバージョンは 1 です。")
        findings.append(Finding("file-version", "fumibako", message))
    return findings


def _sections(current: Tree, tree: Mapping[str, Json]) -> tuple[Tree, list[Finding]]:
    """The settings with the sections that are named as they are written."""
    fallback, after, findings = home_defaults(current), dict(current), list[Finding]()
    for name, model in SECTIONS.items():
        if name in tree:
            after[name], found = decode(model, tree[name] or {}, base=fallback[name], at=(name,))
            findings += found
    return spelled(after), findings


def _rows(
    view: View, tree: Mapping[str, Json], *, prune: bool, within: Collection[str] | None
) -> tuple[list[Wanted], list[Finding]]:
    wanted: list[Wanted] = []
    findings: list[Finding] = []
    primary = view.primary_domain or next(iter(tree.get("domains") or ()), None)
    pruned: list[Wanted] = []
    for table in TABLES:
        if table not in tree:
            continue
        rows = tree[table] or {}
        if not isinstance(rows, Mapping):
            message = Text("Rows are expected here, as `name: {…}`.", "「名前: {…}」の形で書いてください。")
            findings.append(Finding("not-a-mapping", table, message))
            continue
        seen: dict[str, str] = {}
        for written, raw in rows.items():
            key = keys.spelled(table, written, primary)
            if key is not None and key in seen:
                twice = Text(
                    "{key} is written twice, as {one} and {two}.", "{key} が {one} と {two} で二度書かれています。"
                )
                findings.append(
                    Finding(
                        "twice",
                        f"{table}/{key}",
                        twice.with_(key=key, one=keys.shown(seen[key]), two=keys.shown(written)),
                    )
                )
            seen[key or written] = written
            # What cannot be a key goes on as it is: the checks say what is wrong with it.
            wanted.append(Wanted((table, key or written), raw if raw is not None and raw != "" else {}))
        if prune:
            pruned += [Wanted((table, key), None) for key in _not_named(table, seen, within)]
    # Accounts and aliases go before the domains that they are in.
    return [*wanted, *reversed(pruned)], findings


def _not_named(table: str, named: Mapping[str, str], within: Collection[str] | None) -> Iterator[str]:
    return (key for key in directory_edits.all_keys(table, within) if key not in named)
