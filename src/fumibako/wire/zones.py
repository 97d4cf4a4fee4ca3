"""The DNS of hosted domains, between console and agent: which domains are to be looked after now, and how they were found.

The console says what each domain's zone should hold; the agent alone speaks with name servers. The secrets of write
access come along: they are neither kept in a file of the agent nor logged.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fumibako.schema.finding import Finding
from fumibako.schema.text import Text
from fumibako.zone.compare import Compared, Told
from fumibako.zone.publishing import Own
from fumibako.zone.record import Record
from fumibako.zone.spf_cost import SpfCost

ZONES = "/api/node/v1/zones"


@dataclass(frozen=True, slots=True)
class Access:
    """Write access to a zone: its primary, and the TSIG key. `secret` is base64; empty: there is none, the agent looks
    whether a name server on this machine has the key."""

    zone: str
    server: str
    port: int
    key_name: str
    algorithm: str
    secret: str = field(default="", repr=False)

    def as_json(self) -> dict[str, Any]:
        return {
            "zone": self.zone,
            "server": self.server,
            "port": self.port,
            "key_name": self.key_name,
            "algorithm": self.algorithm,
            "secret": self.secret,
        }


@dataclass(frozen=True, slots=True)
class DomainWork:
    """A domain to look after: what its zone should hold, and the records of keys that are withdrawn. `ours` is what this
    server put there; `keys` are the selectors whose records are asked for. `publish`: where there is access, what
    differs is changed, not only told. The report gives the `ticket` back."""

    domain: str
    records: tuple[Record, ...]
    withdrawn: tuple[Record, ...] = ()
    keys: tuple[str, ...] = ()
    ours: tuple[Own, ...] = ()
    access: Access | None = None
    publish: bool = True
    ticket: str = ""

    def as_json(self) -> dict[str, Any]:
        return {
            "domain": self.domain,
            "records": [_record(each) for each in self.records],
            "withdrawn": [_record(each) for each in self.withdrawn],
            "keys": list(self.keys),
            "ours": [list(each) for each in self.ours],
            "access": self.access.as_json() if self.access else None,
            "publish": self.publish,
            "ticket": self.ticket,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> DomainWork:
        access = value["access"]
        return cls(
            value["domain"],
            tuple(_read(each) for each in value["records"]),
            tuple(_read(each) for each in value["withdrawn"]),
            tuple(value["keys"]),
            tuple((name, type_, text) for name, type_, text in value["ours"]),
            Access(**access) if access else None,
            value["publish"],
            value["ticket"],
        )


@dataclass(frozen=True, slots=True)
class ZonesWork:
    """The answer to `GET zones`: the domains that are due, and the resolvers to ask (empty: the system's)."""

    domains: tuple[DomainWork, ...]
    resolvers: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {"domains": [each.as_json() for each in self.domains], "resolvers": list(self.resolvers)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> ZonesWork:
        return cls(tuple(DomainWork.from_json(each) for each in value["domains"]), tuple(value["resolvers"]))


@dataclass(frozen=True, slots=True)
class ZoneReport:
    """How a domain's records stand at all of its zone's name servers. `seen` are the selectors whose records every one
    of them answers with; `servers` their names, `findings` what went wrong with asking or changing."""

    domain: str
    records: tuple[Compared, ...]
    seen: tuple[str, ...] = ()
    ours: tuple[Own, ...] = ()
    servers: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    ticket: str = ""

    def as_json(self) -> dict[str, Any]:
        return {
            "domain": self.domain,
            "records": [
                {
                    **_record(each.record),
                    "state": each.state,
                    "published": list(each.published),
                    "remark": each.remark.as_json() if each.remark else None,
                    "servers": [[told.server, told.state, list(told.published)] for told in each.told],
                    "cost": each.cost.as_json() if each.cost else None,
                }
                for each in self.records
            ],
            "seen": list(self.seen),
            "ours": [list(each) for each in self.ours],
            "servers": list(self.servers),
            "findings": [each.as_wire() for each in self.findings],
            "ticket": self.ticket,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> ZoneReport:
        return cls(
            value["domain"],
            tuple(
                Compared(
                    _read(each),
                    each["state"],
                    tuple(each["published"]),
                    Text(**each["remark"]) if each["remark"] else None,
                    # Reports that are kept may be older than what follows.
                    tuple(Told(server, state, tuple(values)) for server, state, values in each.get("servers", ())),
                    SpfCost.from_json(each["cost"]) if each.get("cost") else None,
                )
                for each in value["records"]
            ),
            tuple(value["seen"]),
            tuple((name, type_, text) for name, type_, text in value["ours"]),
            tuple(value["servers"]),
            tuple(Finding.from_wire(each) for each in value["findings"]),
            value["ticket"],
        )


def _record(record: Record) -> dict[str, Any]:
    return {"name": record.name, "type": record.type, "value": record.value, "why": record.why.as_json()}


def _read(value: Mapping[str, Any]) -> Record:
    return Record(value["name"], value["type"], value["value"], Text(**value["why"]))
