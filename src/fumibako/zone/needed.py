"""The records that a domain needs so that its mail arrives, is believed, and is found by mail programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from fumibako.schema.text import Text
from fumibako.zone import spf
from fumibako.zone.record import Record

KeyUse = Literal["dkim", "domainkeys"]


@dataclass(frozen=True, slots=True)
class PublishedKey:
    """A signing key as the world shall see it: `public` is base64 of the SubjectPublicKeyInfo for RSA, of the 32 octets
    for Ed25519 (RFC 8463 §4.2). A `testing` key says t=y."""

    selector: str
    use: KeyUse
    kind: Literal["rsa", "ed25519"]
    public: str
    testing: bool = False


@dataclass(frozen=True, slots=True)
class MailDomain:
    """What is known of a domain and of the server that serves it.

    `ports` are the services that are on (`submission`, `smtps`, `imap`, …) with their ports; `relays` the smart relays
    that the domain's mail leaves through. `policy_id` names the MTA-STS policy where one is served, else it is empty.
    """

    name: str
    hostname: str
    ports: Mapping[str, int]
    relays: Sequence[str] = ()
    keys: Sequence[PublishedKey] = ()
    policy_id: str = ""


_MX: Final = Text("Mail for the domain comes to this server.", "このドメイン宛てのメールがこのサーバーに届きます。")
_SPF: Final = Text(
    "Names the hosts that the domain's mail leaves from.", "このドメインのメールを送り出すサーバーを示します。"
)
_DKIM: Final = Text("The key that DKIM signatures are verified with.", "DKIM 署名を検証するための公開鍵です。")
_DOMAINKEYS: Final = Text(
    "The key that DomainKeys signatures are verified with.", "DomainKeys 署名を検証するための公開鍵です。"
)
_POLICY: Final = Text(
    "DomainKeys: some of the domain's mail is signed.", "DomainKeys: このドメインのメールの一部に署名があります。"
)
_DMARC: Final = Text(
    "What others shall do with mail that only pretends to be of the domain, and where they report it.",
    "なりすましメールの扱いと、報告の送り先を伝えます。",
)
_TLS_REPORTS: Final = Text("Where others report trouble with encryption.", "暗号化の問題を報告する宛先です。")
_STS: Final = Text("Others deliver only over verified TLS.", "検証済みの TLS だけで配送してもらいます。")
_CLIENTS: Final = Text("Mail programs find this server by themselves.", "メールソフトがサーバーを自動で見つけます。")

# RFC 6186 §3, RFC 8314 §5.1. Preference goes to TLS from the first octet.
_SERVICES: Final = (
    ("submission", "_submission._tcp", 10),
    ("smtps", "_submissions._tcp", 0),
    ("imap", "_imap._tcp", 10),
    ("imaps", "_imaps._tcp", 0),
    ("pop3", "_pop3._tcp", 30),
    ("pop3s", "_pop3s._tcp", 20),
)


def needed(domain: MailDomain) -> list[Record]:
    """The records, those without which no mail comes first. A name's records are what it would have if it had none
    yet; what a zone already says is laid over them by `compared`."""
    name = domain.name
    records = [
        Record(name, "MX", f"10 {domain.hostname}.", _MX),
        Record(name, "TXT", spf.wanted(domain.relays), _SPF),
    ]
    records += [_key(name, key) for key in domain.keys]
    if any(key.use == "domainkeys" for key in domain.keys):
        records.append(Record(f"_domainkey.{name}", "TXT", "t=y; o=~", _POLICY))
    records += [
        Record(f"_dmarc.{name}", "TXT", f"v=DMARC1; p=none; rua=mailto:postmaster@{name}", _DMARC),
        Record(f"_smtp._tls.{name}", "TXT", f"v=TLSRPTv1; rua=mailto:postmaster@{name}", _TLS_REPORTS),
    ]
    if domain.policy_id:
        records.append(Record(f"_mta-sts.{name}", "TXT", f"v=STSv1; id={domain.policy_id}", _STS))
    for service, label, priority in _SERVICES:
        port = domain.ports.get(service)
        # "." says that a service is decidedly not there (RFC 6186 §3.4).
        value = f"{priority} 1 {port} {domain.hostname}." if port else "0 0 0 ."
        records.append(Record(f"{label}.{name}", "SRV", value, _CLIENTS))
    return records


def _key(domain: str, key: PublishedKey) -> Record:
    name = f"{key.selector}._domainkey.{domain}"
    if key.use == "domainkeys":
        testing = "t=y; " if key.testing else ""
        return Record(name, "TXT", f"{testing}k=rsa; p={key.public}", _DOMAINKEYS)
    testing = " t=y;" if key.testing else ""
    return Record(name, "TXT", f"v=DKIM1; k={key.kind};{testing} p={key.public}", _DKIM)
