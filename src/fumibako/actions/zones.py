"""The DNS of hosted domains: what it should say."""

from __future__ import annotations

from fumibako.actions import signing_keys
from fumibako.actions import view as views
from fumibako.actions.caller import Caller
from fumibako.actions.permission import require
from fumibako.document.settings import Settings, parse
from fumibako.features.basics.section import SERVICE_NAMES, service_enabled
from fumibako.store import directory
from fumibako.zone.needed import MailDomain, needed
from fumibako.zone.record import Record


def needed_records(caller: Caller, domain: str | None = None) -> list[Record]:
    """What the zone of a hosted domain should say, or the zones of all of them."""
    require(caller, "look")
    settings = parse(views.live().settings)
    names = [signing_keys.hosted(domain)] if domain is not None else list(directory.every_domain())
    return [record for name in names for record in needed(mail_domain(caller, settings, name))]


def mail_domain(caller: Caller, settings: Settings, name: str) -> MailDomain:
    """What a domain's records are made of."""
    services = settings.basics.services
    ports = {each: getattr(services, each).port for each in SERVICE_NAMES if service_enabled(services, each)}
    kept = [key.published for key in signing_keys.listed(caller, name) if key.state != "withdrawn"]
    return MailDomain(name, settings.basics.hostname, ports, _relays(settings, name), kept)


def _relays(settings: Settings, domain: str) -> list[str]:
    """The hosts that a domain's mail leaves through: its own relay, else the default one."""
    route = settings.relay.senders.get(domain) or settings.relay.default
    return [route.host] if route else []
