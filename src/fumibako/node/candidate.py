"""What a run would make of this node: its files before and after, who has to be told, what is to be asked."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from fumibako.assembly.facts import Facts
from fumibako.document.render import UnsupportedDialect, render
from fumibako.document.settings import Settings, parse
from fumibako.node import block_lists
from fumibako.node.asking import listeners, source
from fumibako.node.certificates import certificate_files, certificate_fingerprint
from fumibako.node.node import Node
from fumibako.node.relays import relay_findings
from fumibako.node.state import Serving
from fumibako.node.trouble import Trouble
from fumibako.plan.asked_entries import Chosen, chosen
from fumibako.plan.behaviour import Listener
from fumibako.plan.files import file_changes
from fumibako.plan.questions import touched_domains, touched_recipients
from fumibako.plan.reload import needed, sessions_cut
from fumibako.plan.report import FileChange, Reload
from fumibako.plan.scanners import Doors
from fumibako.plan.touched import unpermitted
from fumibako.schema.finding import Finding, errors
from fumibako.schema.text import Text
from fumibako.wire.applier import Observed, files_digest
from fumibako.wire.console import Run

# Generations that only a plan has written; they are never installed.
PLANNED: Final = 1_000_000_000


@dataclass(frozen=True)
class Candidate:
    """`new_files` says whether a generation has to be written and installed; `generation` is its number, or the
    serving one. `before` are no listeners where nothing serves yet."""

    run: Run
    observed: Observed
    serving: Serving | None
    after: Serving
    files: dict[str, str]
    changes: tuple[FileChange, ...]
    new_files: bool
    generation: int
    reload: dict[str, Reload]
    listeners_before: tuple[Listener, ...]
    listeners_after: tuple[Listener, ...]
    cuts: Text | None
    findings: tuple[Finding, ...]

    @property
    def rows_only(self) -> bool:
        """Whether nothing but rows of accounts changes: no file, no domain, no daemon to be told."""
        return not self.new_files and all(need == "none" for need in self.reload.values())

    @cached_property
    def asked(self) -> Chosen:
        """What of the change is asked about."""
        return chosen(self.run.every_edit)

    @cached_property
    def recipients(self) -> list[str]:
        return touched_recipients(self.asked.edits)

    @property
    def outsider(self) -> str:
        """A stranger's address: no entry of the settings, as they will be, permits it."""
        return unpermitted(parse(self.run.settings).access.permitted_clients)

    @property
    def doors(self) -> Doors:
        """Where a scanner comes in, with the settings as they will be."""
        basics = parse(self.run.settings).basics
        fronts = tuple(each for each in self.listeners_after if each.service == "smtp" and each.enabled)
        scanner = basics.content_filter
        return Doors(
            fronts if basics.services.smtp.behind_scanner else (),
            Listener("scanned", "", "127.0.0.1", scanner.reinject_port, enabled=True) if scanner else None,
        )

    @property
    def addresses(self) -> tuple[str, ...]:
        """What the trial's loopback interface needs beside its own."""
        every = [each.address for each in self.listeners_after]
        own = [each for each in every if each not in ("0.0.0.0", "::")]
        # Probes of `::` come from an address of the machine.
        own += [origin for each in every if each == "::" and (origin := source(each)) is not None]
        return tuple(dict.fromkeys(own))


_UNSUPPORTED: Final = Text("Dovecot {version} is not supported yet.", "Dovecot {version} にはまだ対応していません。")


async def candidate(node: Node, run: Run) -> Candidate:
    """Render, compare, number. Reads the look-ups and asks the applier; changes nothing but that a certificate that
    the settings name is imported. Raises what the link raises, and `Trouble`."""
    observed = await node.link.ask(lambda applier: applier.observe())
    serving = node.state.serving() if observed.serving is not None else None
    if serving is not None and serving.generation != observed.serving:
        serving = None
    after = parse(run.settings)
    account_rows_only = serving is not None and run.before == run.settings and not touched_domains(run.edits)
    if serving is not None and account_rows_only:
        return _rows_alone(run, observed, serving, after)
    (fingerprint, findings), heard, listed = await asyncio.gather(
        certificate_fingerprint(node.link, node.home, after),
        relay_findings(run, after),
        block_lists.findings_of(node, run, after),
    )
    if wrong := errors(heard):
        raise Trouble("relay-loop", wrong[0].message, findings=wrong)
    domain = await asyncio.to_thread(node.lookups.first_domain, run.edits)
    files = rendered(node, after, observed, fingerprint, domain)
    old: dict[str, str] = {}
    if serving is not None:
        first = await asyncio.to_thread(node.lookups.first_domain)
        old = rendered(node, parse(run.before), observed, serving.fingerprint, first)
    changes = tuple(file_changes(old, files))
    digest = files_digest(files)
    drifted = [each.path for each in observed.drift]
    new_files = serving is None or bool(changes) or bool(drifted) or digest != serving.digest
    reload = needed(changes, old, files, run.every_edit)
    if new_files and not changes:
        reload = dict.fromkeys(("postfix", "dovecot"), "reload")
    for path in drifted:
        daemon = path.partition("/")[0]
        reload[daemon] = "reload" if reload.get(daemon) == "none" else reload.get(daemon, "reload")
    generation = _number(run, observed) if new_files else observed.serving
    assert generation is not None
    before = listeners(parse(run.before)) if serving is not None else ()
    now = listeners(after)
    return Candidate(
        run,
        observed,
        serving,
        Serving(run.revision, run.settings, generation, digest, fingerprint),
        files,
        changes,
        new_files,
        generation,
        reload,
        before,
        now,
        sessions_cut(before, now, reload),
        (*findings, *heard, *listed, *drift_findings(observed, overwritten=True)),
    )


def rendered(
    node: Node, settings: Settings, observed: Observed, fingerprint: str, first_domain: str | None
) -> dict[str, str]:
    """The files of the settings on this machine."""
    versions = observed.versions
    facts = Facts(
        node.home, certificate_files(node.home, fingerprint), first_domain, versions.postfix, versions.dovecot
    )
    try:
        return render(settings, facts)
    except UnsupportedDialect as error:
        raise Trouble(error.code, _UNSUPPORTED.with_(version=error.version)) from error


def _rows_alone(run: Run, observed: Observed, serving: Serving, settings: Settings) -> Candidate:
    assert observed.serving is not None
    return Candidate(
        run,
        observed,
        serving,
        Serving(run.revision, run.settings, observed.serving, serving.digest, serving.fingerprint),
        {},
        (),
        new_files=False,
        generation=observed.serving,
        reload={"postfix": "none", "dovecot": "none"},
        listeners_before=(now := listeners(settings)),
        listeners_after=now,
        cuts=None,
        findings=drift_findings(observed, overwritten=False),
    )


def _number(run: Run, observed: Observed) -> int:
    """The revision's own number, or the next that no generation has."""
    if run.kind == "plan":
        return PLANNED + run.id
    number = run.revision
    while number in observed.generations:
        number += 1
    return number


_OVERWRITTEN: Final = Text(
    "{file} was changed by hand. Applying writes it anew; the change is kept as {kept}.",
    "{file} が手作業で変更されています。適用すると書き直されます。変更点は {kept} に残ります。",
)
_STAYS: Final = Text(
    "{file} was changed by hand. This change does not touch it; the next one of the settings writes it anew.",
    "{file} が手作業で変更されています。今回は書き直しませんが、次に設定を変更すると書き直されます。",
)


def drift_findings(observed: Observed, *, overwritten: bool) -> tuple[Finding, ...]:
    """A warning for each file of the serving generation that is not as it was written."""
    message = _OVERWRITTEN if overwritten else _STAYS
    return tuple(
        Finding("drift", each.path, message.with_(file=each.path, kept=kept_as(observed, each.path)), "warning")
        for each in observed.drift
    )


def kept_as(observed: Observed, path: str) -> str:
    """The file in the agent's directory that keeps a hand-made change, as a diff."""
    return f"node/drift-{observed.serving}-{path.replace('/', '-')}.diff"
