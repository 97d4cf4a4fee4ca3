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
from fumibako.mailauth.spf.record import is_spf
from fumibako.node import primaries
from fumibako.node.name_servers import AWAY, Answer, NameServers, Server
from fumibako.node.node import Node
from fumibako.node.updating import Raced, UpdateRefused, update
from fumibako.schema.finding import Finding
from fumibako.schema.text import Text
from fumibako.wire.zones import ZONES, Access, DomainWork, ZoneReport, ZonesWork
from fumibako.zone.compare import Compared, Published, across, compared, weighed
from fumibako.zone.publishing import Change, changes, own, withdrawals
from fumibako.zone.spf_cost import LOOK_UPS, SpfCost, spf_cost

log = logging.getLogger("fumibako.node")

EVERY: Final = 60.0
_TOGETHER: Final = 6
_COUNTING: Final = 12.0  # seconds for following what an SPF record includes
_ROUNDS: Final = 3  # of reading again after somebody else's change

_NO_SERVERS: Final = Text(
    "The name servers of {domain} could not be found: is the domain registered, and does the resolver answer?",
    "{domain} のネームサーバーが見つかりません。ドメインの登録とリゾルバーをご確認ください。",
)
_RACED: Final = Text(
    "{name} {type} changes all the time; it was left as it is.",
    "{name} {type} が変更され続けているため、中止しました。",
)
_FULL: Final = Text(
    "The SPF record of {name} was left as it is: with this server in it, it would ask for more than {limit} look-ups.",
    "{name} の SPF レコードは変更していません。このサーバーを追加すると問い合わせが {limit} 回を超えます。",
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
        return _report(work, {}, {}, findings)
    answers = await asyncio.gather(*(_read(asking, server, names) for server in servers))
    told = dict(zip((each.name for each in servers), answers, strict=True))
    return _report(work, told, await _costs(asking, told, work.domain), findings)


async def _read(asking: NameServers, server: Server, names: Iterable[Key]) -> dict[Key, Answer]:
    """What a server answers; names that it does not answer for are left out. One that is silent is not asked for all."""
    wanted = sorted(names)
    first = await asking.ask(server, *wanted[0])
    rest = wanted[1:] if first is not None else wanted[1:2]
    answers = [first, *await asyncio.gather(*(asking.ask(server, *each) for each in rest))]
    return {key: answer for key, answer in zip(wanted, answers, strict=False) if answer is not None}


async def _costs(asking: NameServers, told: Mapping[str, Mapping[Key, Answer]], domain: str) -> dict[str, SpfCost]:
    """What each SPF record that some server has costs whoever checks it; those that could not be counted in time are left
    out."""
    values = [value for answers in told.values() for value in answers.get((domain, "TXT"), Answer()).values]
    costs = {}
    for text in [each for each in dict.fromkeys(values) if is_spf(each.encode("latin-1", "replace"))][:3]:
        if (cost := await _cost(asking, text, domain)) is not None:
            costs[text] = cost
    return costs


async def _cost(asking: NameServers, text: str, domain: str) -> SpfCost | None:
    async def ask(name: str, type_: str) -> Sequence[str] | None:
        answer = await asking.resolved(name, type_)
        return None if answer is None else answer.values

    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_COUNTING):
            return await spf_cost(text, domain, ask)
    return None


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
            if await _overburdens(asking, change):
                text = _FULL.with_(name=change.name, limit=LOOK_UPS)
                findings.setdefault("dns-spf-full", Finding("dns-spf-full", work.domain, text, "warning"))
                continue
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


async def _overburdens(asking: NameServers, change: Change) -> bool:
    """The change would make an SPF record ask for more than anybody follows, which fails for all who send."""
    if change.come is None or not change.gone or not is_spf(change.come.encode("latin-1", "replace")):
        return False
    cost = await _cost(asking, change.come, change.name)
    return cost is not None and cost.look_ups > LOOK_UPS


def _wanted(work: DomainWork, published: Published) -> list[Change]:
    found: list[Compared] = [compared(record, published) for record in work.records]
    return [*changes(found, work.ours), *withdrawals(work.withdrawn, published)]


def _values(answers: Mapping[Key, Answer]) -> Published:
    return {key: answer.values for key, answer in answers.items()}


def _report(
    work: DomainWork,
    told: Mapping[str, Mapping[Key, Answer]],
    costs: Mapping[str, SpfCost],
    findings: Iterable[Finding],
) -> ZoneReport:
    said = {server: _values(answers) for server, answers in told.items()}
    found = [_weighed(across(record, said), costs) for record in work.records]
    keys = {f"{selector}._domainkey.{work.domain}": selector for selector in work.keys}
    seen = [keys[each.record.name] for each in found if each.record.name in keys and each.state == "present"]
    first = next(iter(said.values()), {})
    ours = own(found, work.ours, first) if first else list(work.ours)
    return ZoneReport(work.domain, tuple(found), tuple(seen), tuple(ours), tuple(told), tuple(findings), work.ticket)


def _weighed(found: Compared, costs: Mapping[str, SpfCost]) -> Compared:
    cost = costs.get(found.published[0]) if len(found.published) == 1 else None
    return found if cost is None else weighed(found, cost)
