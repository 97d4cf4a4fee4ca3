"""How the DNS of hosted domains stands: asked for, given to the agent to find out, heard from it, shown.

The console asks no name server itself. A domain is *due* when somebody asks, when its keys or the settings changed, when
something is awaited in DNS, and now and then; the agent takes the due ones and reports them one by one.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from fumibako.actions import agent_link, secrets, signing_keys, zones
from fumibako.actions import view as views
from fumibako.actions.audit import record
from fumibako.actions.caller import Caller
from fumibako.actions.permission import require
from fumibako.actions.trouble import Refused
from fumibako.document.settings import Settings, parse
from fumibako.schema.finding import Finding
from fumibako.schema.text import Text
from fumibako.store import directory, revisions
from fumibako.store.models import SigningKey, ZoneCheck
from fumibako.wire.zones import Access, DomainWork, ZoneReport, ZonesWork
from fumibako.zone.compare import Compared, again
from fumibako.zone.needed import needed
from fumibako.zone.record import Record

PATIENCE: Final = 45.0  # seconds that who asks waits; slow name servers cost seconds each
_BATCH: Final = 20
_SOON: Final = timedelta(seconds=50)  # while something is awaited
_HOUR: Final = timedelta(hours=1)  # where this server publishes itself
_DAY: Final = timedelta(days=1)  # elsewhere

_NO_ACCESS = Text(
    "This server has no write access to the zone of {domain}. Enter it under DNS, or publish the records by hand.",
    "{domain} のゾーンに書き込む設定がありません。DNS の設定に追加するか、レコードを手動で登録してください。",
)
_LATE = Text(
    "The agent has not reported on {domain} yet; this is what was found before.",
    "{domain} の結果がまだ届いていません。表示は前回の結果です。",
)

_heard = threading.Condition()


@dataclass(frozen=True, slots=True)
class DomainZone:
    """A domain's DNS as it was found last: `records` are those needed, `checked` is None before the first time. `zone` is
    the one that this server may change, None where it may not."""

    domain: str
    zone: str | None
    checked: datetime | None
    records: tuple[Compared, ...]
    servers: tuple[str, ...]
    findings: tuple[Finding, ...]
    asked: datetime | None = None  # somebody did, and the agent has not reported since

    @property
    def well(self) -> bool:
        return self.checked is not None and not self.findings and all(each.state == "present" for each in self.records)

    def as_json(self) -> dict[str, Any]:
        return {
            "domain": self.domain,
            "zone": self.zone,
            "checked": self.checked.isoformat() if self.checked else None,
            "servers": list(self.servers),
            "well": self.well,
        }


def check(caller: Caller, domain: str | None = None) -> list[DomainZone]:
    """Look now, change nothing: the domain, or all. Waits until the agent has reported."""
    require(caller, "look_at_rows")
    return _asked(zones.named(caller, domain), publish=False)


def publish(caller: Caller, domain: str | None = None) -> list[DomainZone]:
    """Publish what is needed where there is access, now, and say how it stands. Raises `Refused` for a domain without."""
    return _asked(_writable(caller, domain), publish=True)


def begin(caller: Caller, domain: str, *, publish: bool) -> None:
    """The same without waiting: `last` has it when `asked` is None again. Raises as `publish`."""
    require(caller, "look_at_rows")
    _ask(_writable(caller, domain) if publish else zones.named(caller, domain), publish=publish)


def _writable(caller: Caller, domain: str | None) -> list[str]:
    require(caller, "apply_rows")
    update = parse(views.live().settings)
    names = zones.named(caller, domain)
    writable = [name for name in names if zones.writable_zone(update, name) is not None]
    if not writable:
        message = _NO_ACCESS.with_(domain=domain or ", ".join(names[:3]) or "-")
        raise Refused(findings=[Finding("dns-no-access", "dns.update", message)])
    record(caller, "dns.publish", domain or "dns", domains=len(writable))
    return writable


def last(caller: Caller, domain: str) -> DomainZone:
    """How the domain was found last, without asking anybody."""
    require(caller, "look_at_rows")
    name = signing_keys.hosted(caller, domain)
    return _shown([name])[0]


def glances(caller: Caller, domains: Sequence[str]) -> dict[str, DomainZone]:
    """The same of many."""
    require(caller, "look_at_rows")
    return {each.domain: each for each in _shown(domains)}


def primaries(caller: Caller) -> list[dict[str, Any]]:
    """The primary name servers on this machine, as the agent finds them."""
    require(caller, "look")
    return agent_link.primaries()


# --- the agent's side --------------------------------------------------------------------------------------------------


def due(caller: Caller) -> dict[str, Any]:
    """What the agent should look after now (`wire.zones.ZonesWork`), the longest waiting first."""
    require(caller, "be_agent")
    live = views.live()
    settings = parse(live.settings)
    texts = secrets.of_zones()
    work = [_work(settings, texts, check) for check in _due(settings)]
    return ZonesWork(tuple(work), settings.dns.resolvers).as_json()


def hear(caller: Caller, said: Mapping[str, Any]) -> None:
    """Take a report, and let the domain's keys go on in their lives."""
    require(caller, "be_agent")
    report = ZoneReport.from_json(said)
    settings = parse(views.live().settings)
    well = not report.findings and all(each.state == "present" for each in report.records)
    with transaction.atomic():
        check = ZoneCheck.objects.filter(domain=report.domain)
        if (first := check.first()) is not None and _ticket(first) == report.ticket:
            check.update(asked=None, publish=True)
        check.update(
            checked=timezone.now(),
            revision=revisions.head().number,
            well=well,
            said=report.as_json(),
        )
        publishing = frozenset({report.domain} if zones.writable_zone(settings, report.domain) else ())
        seen = frozenset((report.domain, selector) for selector in report.seen)
        signing_keys.advance([report.domain], seen, publishing)
    with _heard:
        _heard.notify_all()


def _due(settings: Settings) -> list[ZoneCheck]:
    now, head = timezone.now(), revisions.head().number
    names = list(directory.every_domain())
    there = {each.domain: each for each in ZoneCheck.objects.defer("said")}
    if gone := there.keys() - set(names):
        ZoneCheck.objects.filter(domain__in=gone).delete()
    new = [ZoneCheck(domain=name) for name in names if name not in there]
    ZoneCheck.objects.bulk_create(new, ignore_conflicts=True)
    there |= {each.domain: each for each in new}
    changed: dict[str, datetime] = {}
    awaited = set()
    for domain, state, since in SigningKey.objects.values_list("domain", "state", "since"):
        changed[domain] = max(since, changed.get(domain, since))
        if state == "published":
            awaited.add(domain)

    def waits(name: str) -> bool:
        each = there[name]
        if each.asked is not None or each.checked is None:
            return True
        age = now - each.checked
        if zones.writable_zone(settings, name) is None:
            return age > (_SOON if name in awaited else _DAY)
        if each.revision != head or changed.get(name, each.checked) > each.checked:
            return True
        return age > (_SOON if name in awaited or not each.well else _HOUR)

    never = datetime.min.replace(tzinfo=now.tzinfo)
    waiting = sorted(filter(waits, names), key=lambda name: (there[name].asked is None, there[name].checked or never))
    batch = waiting[:_BATCH]
    return list(ZoneCheck.objects.filter(domain__in=batch).order_by("checked"))


def _work(settings: Settings, texts: Mapping[str, str], check: ZoneCheck) -> DomainWork:
    name = check.domain
    domain = zones.mail_domain(settings, name)
    zone = zones.writable_zone(settings, name)
    access = None
    if zone is not None:
        way = settings.dns.update[zone]
        access = Access(zone, way.server, way.port, way.key_name, way.algorithm, texts.get(zone, ""))
    return DomainWork(
        name,
        tuple(needed(domain)),
        tuple(zones.withdrawn_records(settings, name)),
        tuple(key.selector for key in domain.keys),
        tuple((owner, type_, text) for owner, type_, text in check.said.get("ours", ())),
        access,
        check.publish,
        _ticket(check),
    )


def _ticket(check: ZoneCheck) -> str:
    """Which asking a report answers: one that was begun before somebody asked does not."""
    return check.asked.isoformat() if check.asked else ""


# --- who asks ----------------------------------------------------------------------------------------------------------


def _asked(names: Sequence[str], *, publish: bool) -> list[DomainZone]:
    _ask(names, publish=publish)
    deadline = time.monotonic() + PATIENCE
    with _heard:
        while late := set(
            ZoneCheck.objects.filter(domain__in=names, asked__isnull=False).values_list("domain", flat=True)
        ):
            left = deadline - time.monotonic()
            if left <= 0:
                break
            _heard.wait(min(left, 0.5))
    return _shown(names, late)


def _ask(names: Sequence[str], *, publish: bool) -> None:
    now = timezone.now()
    known = set(ZoneCheck.objects.filter(domain__in=names).values_list("domain", flat=True))
    ZoneCheck.objects.bulk_create(
        [ZoneCheck(domain=name) for name in names if name not in known], ignore_conflicts=True
    )
    ZoneCheck.objects.filter(domain__in=names).update(asked=now, publish=publish)
    agent_link.look_at_zones()


def _shown(names: Sequence[str], late: set[str] | frozenset[str] = frozenset()) -> list[DomainZone]:
    settings = parse(views.live().settings)
    checks = {each.domain: each for each in ZoneCheck.objects.filter(domain__in=names)}
    return [_of(settings, name, checks.get(name), name in late) for name in names]


def _of(settings: Settings, name: str, check: ZoneCheck | None, late: bool) -> DomainZone:
    zone = zones.writable_zone(settings, name)
    findings = [Finding("dns-late", name, _LATE.with_(domain=name), "warning")] if late else []
    report = ZoneReport.from_json(check.said) if check is not None and check.said else None
    found = {(each.record.name, each.record.type): each for each in report.records} if report else {}
    wanted = needed(zones.mail_domain(settings, name))
    records = [_now(each, found.get((each.name, each.type))) for each in wanted]
    if report is None or check is None:
        return DomainZone(name, zone, None, tuple(records), (), tuple(findings), check.asked if check else None)
    found_wrong = (*report.findings, *findings)
    return DomainZone(name, zone, check.checked, tuple(records), report.servers, found_wrong, check.asked)


def _now(wanted: Record, found: Compared | None) -> Compared:
    """What was found, held against what is needed by now."""
    if found is None or (found.state in ("unknown", "unsettled") and found.record.value != wanted.value):
        return Compared(wanted, "unknown", ())
    if found.state in ("unknown", "unsettled"):
        return found
    return again(wanted, found)
