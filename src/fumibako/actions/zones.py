"""The DNS of hosted domains: what it should say, and where this server may write it."""

from __future__ import annotations

from fumibako.actions import signing_keys
from fumibako.actions import view as views
from fumibako.actions.caller import Caller
from fumibako.actions.permission import require
from fumibako.document.settings import Settings, parse
from fumibako.features.authentication.zone_access import zone_of
from fumibako.features.basics.services import SERVICE_NAMES, service_enabled
from fumibako.store import directory
from fumibako.store.models import SigningKey
from fumibako.zone.needed import MailDomain, PublishedKey, needed
from fumibako.zone.record import Record


def needed_records(caller: Caller, domain: str | None = None) -> list[Record]:
    """What the zone of a hosted domain should say, or the zones of all of them."""
    require(caller, "look_at_rows")
    settings = parse(views.live().settings)
    names = named(caller, domain)
    return [record for name in names for record in needed(mail_domain(settings, name))]


def named(caller: Caller, domain: str | None) -> list[str]:
    """The domain's spelling, or all domains that are the caller's. Raises `Refused` for one that is not."""
    if domain is not None:
        return [signing_keys.hosted(caller, domain)]
    return [name for name in directory.every_domain() if caller.domains is None or name in caller.domains]


def mail_domain(settings: Settings, name: str) -> MailDomain:
    """What a domain's records are made of."""
    services = settings.basics.services
    ports = {each: getattr(services, each).port for each in SERVICE_NAMES if service_enabled(services, each)}
    return MailDomain(name, settings.basics.hostname, ports, _relays(settings, name), _keys(name))


def withdrawn_records(settings: Settings, name: str) -> list[Record]:
    """The records of a domain's keys that are withdrawn, less what is needed still."""
    wanted = needed(mail_domain(settings, name))
    names = {record.name for record in wanted if record.type == "TXT"}
    gone = needed(MailDomain(name, settings.basics.hostname, {}, keys=_keys(name, withdrawn=True)))
    return [record for record in gone if "_domainkey." in record.name and record.name not in names]


def writable_zone(settings: Settings, name: str) -> str | None:
    """The zone that holds the domain and that this server may change."""
    return zone_of(name, settings.dns.update)


def _keys(domain: str, *, withdrawn: bool = False) -> list[PublishedKey]:
    rows = SigningKey.objects.filter(domain=domain).order_by("id")
    return [signing_keys.published(row) for row in rows if (row.state == "withdrawn") == withdrawn]


def _relays(settings: Settings, domain: str) -> list[str]:
    """The hosts that a domain's mail leaves through: its own relay, else the default one."""
    route = settings.relay.senders.get(domain) or settings.relay.default
    return [route.host] if route else []
