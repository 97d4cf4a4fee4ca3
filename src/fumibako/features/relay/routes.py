"""Routes as Postfix takes them: where mail goes, how the connection is made, and under which name its password is kept."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from fumibako.features.relay.section import Relay, Route
from fumibako.mail.domain import DomainName
from fumibako.mail.malformed import Malformed

Kind = Literal["default", "domain", "sender"]

LOCALHOST: Final = "localhost"
WRAPPED: Final = 465  # TLS from the first byte (RFC 8314 §3.3)


@dataclass(frozen=True, slots=True)
class Routed:
    """A route where it stands: `key` is the domain (`.example.com` for those under it), empty for the default."""

    kind: Kind
    key: str
    route: Route

    @property
    def secret(self) -> str:
        """The name under which its password is kept (`fumibako secret set NAME`)."""
        return secret_name(self.kind, self.key)

    @property
    def nexthop(self) -> str:
        return nexthop(self.route.host, self.route.port)

    @property
    def transport(self) -> str:
        """The master.cf service that delivers: mail routed by its sender logs in as that sender's route says, so it has
        services of its own; and a port that begins with TLS cannot share one with those that say STARTTLS."""
        wrapped = self.route.port == WRAPPED and self.route.tls_level != "none"
        return ("relay-sender" if self.kind == "sender" else "relay") + ("-tls" if wrapped else "")

    @property
    def policy(self) -> str:
        """The entry of smtp_tls_policy_maps. `secure` trusts the certificate of the named host alone, whatever DNS says."""
        match self.route.tls_level:
            case "none":
                return "none"
            case "opportunistic":
                return "encrypt" if self.route.port == WRAPPED else "may"
            case "required":
                host = self.route.host
                return f"secure match={host}" + ("" if is_address(host) else f" servername={host}")


def routes(relay: Relay) -> Iterator[Routed]:
    """Every route, the default first."""
    if relay.default is not None:
        yield Routed("default", "", relay.default)
    for domain, route in relay.domains.items():
        yield Routed("domain", domain, route)
    for domain, route in relay.senders.items():
        yield Routed("sender", domain, route)


def route_for(relay: Relay, sender: str, recipient: str) -> Routed | None:
    """The route of a message to a recipient who is not hosted here; None: by MX. `lookups` answers the same in SQL."""
    for kind, mapping, address in (("domain", relay.domains, recipient), ("sender", relay.senders, sender)):
        domain = address.rpartition("@")[2].lower()
        fitting = [key for key in mapping if key == domain or (key.startswith(".") and domain.endswith(key))]
        if fitting:
            key = max(fitting, key=len)
            return Routed("domain" if kind == "domain" else "sender", key, mapping[key])
    return Routed("default", "", relay.default) if relay.default is not None else None


def secret_name(kind: Kind, key: str) -> str:
    return {"default": "relay/default", "domain": f"relay/{key}", "sender": f"relay/@{key}"}[kind]


def nexthop(host: str, port: int) -> str:
    """The relay as smtp(8) is told: in brackets, so that no MX is looked up."""
    return f"[{host}]:{port}"


def is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def domain_spelling(text: str) -> str:
    """The one spelling of a route's domain (`.Example.com` → `.example.com`); what can be none comes back as it is."""
    dot = "." if text.strip().startswith((".", "．")) else ""
    try:
        return dot + DomainName.parse(text.strip()[len(dot) :]).ascii
    except Malformed:
        return text


def sender_spelling(text: str) -> str:
    """As `domain_spelling`; people write a sender's domain with its @, too."""
    bare = text.strip()
    return domain_spelling(bare[1:] if bare.startswith(("@", "＠")) else text)
