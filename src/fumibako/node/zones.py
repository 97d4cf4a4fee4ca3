"""Looking after the DNS of the domains that the console says are due: asked, where there is access changed, told.

Once a minute, after every apply, and when the console asks for it. A domain is one thing at a time: what its primary holds
is read, changed as `zone.publishing` says, and then every name server of the zone is asked.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from fumibako.channel.console import ConsoleError
from fumibako.node import primaries
from fumibako.node.name_servers import AWAY, Answer, NameServers, Server
from fumibako.node.node import Node
from fumibako.node.updating import Raced, UpdateRefused, update
from fumibako.schema.finding import Finding
from fumibako.schema.text import Text
from fumibako.wire.zones import ZONES, Access, DomainWork, ZoneReport, ZonesWork
from fumibako.zone.compare import Compared, Published, across, compared
from fumibako.zone.publishing import Change, changes, own, withdrawals

log = logging.getLogger("fumibako.node")

EVERY: Final = 60.0
_TOGETHER: Final = 6
_ROUNDS: Final = 3  # of reading again after somebody else's change

_NO_SERVERS: Final = Text(
    "The name servers of {domain} could not be found: is the domain registered, and does the resolver answer?",
    "{domain} のネームサーバーが見つかりません。ドメインの登録とリゾルバーをご確認ください。",
)
_RACED: Final = Text(
    "{name} {type} changes all the time; it was left as it is.",
    "{name} {type} が変更され続けているため、中止しました。",
)
_SILENT: Final = Text(
    "The primary {server} of {zone} does not answer.", "{zone} のプライマリー {server} が応答しません。"
)

Key = tuple[str, str]


async def look_after(node: Node, woken: asyncio.Event) -> None:
    """Until cancelled."""
    said = ""
    while True:
        woken.clear()
        try:
            while work := await _due(node):
                await _all(node, work)
            said = ""
        except ConsoleError as error:
            if str(error) != said:
                log.info("DNS: %s", error)
            said = str(error)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(EVERY):
                await woken.wait()


async def _due(node: Node) -> ZonesWork | None:
    work = ZonesWork.from_json(await asyncio.to_thread(node.console.request, "GET", ZONES))
    return work if work.domains else None


async def _all(node: Node, work: ZonesWork) -> None:
    turn = asyncio.Semaphore(_TOGETHER)
    here = await asyncio.to_thread(primaries.found)

    async def one(domain: DomainWork) -> None:
        async with turn:
            report = await looked_at(domain, work.resolvers, here)
            await asyncio.to_thread(node.console.request, "POST", ZONES, report.as_json())

    async with contextlib.AsyncExitStack() as stack:
        tasks = [asyncio.create_task(one(domain)) for domain in work.domains]
        stack.callback(lambda: [task.cancel() for task in tasks])
        await asyncio.gather(*tasks)


async def looked_at(
    work: DomainWork, resolvers: Sequence[str] = (), here: Sequence[primaries.Primary] = ()
) -> ZoneReport:
    """One domain: what there is access for changed, then how it stands. Raises nothing: what fails is in the report."""
    findings: list[Finding] = []
    names = {(each.name, each.type) for each in (*work.records, *work.withdrawn)}
    try:
        asking = NameServers(resolvers)
        if work.access is not None:
            access = primaries.with_secret(work.access, list(here))
            primary = await asking.server(access.server, access.port)
            if work.publish:
                findings += await _published(asking, access, primary, work, names)
            servers = await asking.known_to(primary, access.zone)
        else:
            _, servers = await asking.of(work.domain)
    except AWAY as error:
        log.info("DNS of %s: %s", work.domain, error)
        message = _NO_SERVERS.with_(domain=work.domain)
        findings.append(Finding("dns-no-servers", work.domain, message, "warning"))
        return _report(work, {}, findings)
    answers = await asyncio.gather(*(_read(asking, server, names) for server in servers))
    return _report(work, dict(zip((each.name for each in servers), answers, strict=True)), findings)


async def _read(asking: NameServers, server: Server, names: Iterable[Key]) -> dict[Key, Answer]:
    """What a server answers; names that it does not answer for are left out. One that is silent is not asked for all."""
    wanted = sorted(names)
    first = await asking.ask(server, *wanted[0])
    rest = wanted[1:] if first is not None else wanted[1:2]
    answers = [first, *await asyncio.gather(*(asking.ask(server, *each) for each in rest))]
    return {key: answer for key, answer in zip(wanted, answers, strict=False) if answer is not None}


async def _published(
    asking: NameServers, access: Access, primary: Server, work: DomainWork, names: Iterable[Key]
) -> list[Finding]:
    """Change what differs at the primary, each record by itself; what stood in the way."""
    findings: dict[str, Finding] = {}
    raced: list[Change] = []
    for turn in range(_ROUNDS):
        answers = await _read(asking, primary, names)
        if not answers:
            text = _SILENT.with_(server=primary.name, zone=access.zone)
            return [Finding("dns-primary-silent", work.domain, text, "warning")]
        raced = []
        for change in _wanted(work, _values(answers)):
            try:
                # A second race may be none: what a wildcard answers cannot be a prerequisite.
                before = answers[change.name, change.type]
                await update(access, primary, change, before, wildcard=turn == 1 and not change.gone)
                log.info("DNS of %s: %s %s was changed", work.domain, change.name, change.type)
            except Raced:
                raced.append(change)
            except UpdateRefused as refused:
                log.warning("DNS of %s: %s", work.domain, refused.text.en)
                findings.setdefault(refused.code, Finding(refused.code, work.domain, refused.text, "warning"))
                if refused.final:
                    return list(findings.values())
        if not raced:
            return list(findings.values())
    for change in raced:
        text = _RACED.with_(name=change.name, type=change.type)
        findings.setdefault("dns-raced", Finding("dns-raced", work.domain, text, "warning"))
    return list(findings.values())


def _wanted(work: DomainWork, published: Published) -> list[Change]:
    found: list[Compared] = [compared(record, published) for record in work.records]
    return [*changes(found, work.ours), *withdrawals(work.withdrawn, published)]


def _values(answers: Mapping[Key, Answer]) -> Published:
    return {key: answer.values for key, answer in answers.items()}


def _report(work: DomainWork, told: Mapping[str, Mapping[Key, Answer]], findings: Iterable[Finding]) -> ZoneReport:
    said = {server: _values(answers) for server, answers in told.items()}
    found = [across(record, said) for record in work.records]
    keys = {f"{selector}._domainkey.{work.domain}": selector for selector in work.keys}
    seen = [keys[each.record.name] for each in found if each.record.name in keys and each.state == "present"]
    first = next(iter(said.values()), {})
    ours = own(found, work.ours, first) if first else list(work.ours)
    return ZoneReport(work.domain, tuple(found), tuple(seen), tuple(ours), tuple(told), tuple(findings), work.ticket)
