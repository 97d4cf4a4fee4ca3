"""Signing keys (鍵管理): made, uploaded, given out, rotated, and delivered to the mail filter.

A private key is sealed twice when it comes into being: to the node's mail filter, whose ciphertext the agent carries, and to
this console, for the one who asks for it with a password. Which key signs says `features/authentication/rotation`.
"""

from __future__ import annotations

import hashlib
import json
import logging
from base64 import b64decode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from django.conf import settings as django_settings
from django.db import transaction
from django.utils import timezone

from fumibako.actions import agent_link, keys
from fumibako.actions import view as views
from fumibako.actions.audit import record
from fumibako.actions.caller import Caller
from fumibako.actions.permission import require
from fumibako.actions.sealing import opened, sealed
from fumibako.actions.trouble import Missing, Refused
from fumibako.features.authentication.rotation import KeyLife, advanced, next_selector
from fumibako.features.authentication.section import DomainSigning
from fumibako.features.authentication.signing_key import Kind, SigningKey, Use, of_key, read
from fumibako.features.authentication.zone_access import zone_of
from fumibako.mailauth.sealedkey import seal
from fumibako.schema.finding import Finding
from fumibako.schema.place import looked_up
from fumibako.schema.text import Text
from fumibako.store import directory, revisions
from fumibako.store.models import SigningKey as Row
from fumibako.zone.needed import PublishedKey

PURPOSE: Final = b"fumibako signing keys"
PREFIX: Final = "key/"
RSA_BITS: Final = 2048
# Of a new domain: a key of each kind for DKIM (RFC 8463 §5 wants RSA beside Ed25519); of each use and kind its selectors.
_DKIM_KINDS: Final[tuple[Kind, ...]] = ("rsa", "ed25519")
_SELECTORS: Final[dict[tuple[Use, Kind], str]] = {
    ("dkim", "rsa"): "s",
    ("dkim", "ed25519"): "e",
    ("domainkeys", "rsa"): "d",
}

logger = logging.getLogger(__name__)
_complete = 0  # the revision all of whose domains have their keys

_NO_DOMAIN = Text("There is no domain {domain} here.", "ドメイン {domain} はありません。")
_TAKEN = Text(
    "{domain} has had a key with the selector {selector}. One key, one selector: take another, for instance {free}.",
    "{domain} のセレクター {selector} はすでに使われています。鍵ごとに別のセレクターにしてください (例 {free})。",
)
_SELECTOR = Text(
    "“{selector}” is no selector: letters, digits and hyphens, at most 63.",
    "「{selector}」はセレクターに使えません。英数字とハイフン、63 文字までです。",
)
_NO_ED25519 = Text("DomainKeys knows RSA only.", "DomainKeys で使えるのは RSA だけです。")


@dataclass(frozen=True, slots=True)
class Key:
    """A key as people see it; the private half is nowhere in it."""

    domain: str
    selector: str
    use: Use
    kind: Kind
    bits: int
    public: str
    state: str
    since: datetime
    made: datetime

    def as_json(self) -> dict[str, Any]:
        return {
            "domain": self.domain,
            "selector": self.selector,
            "use": self.use,
            "kind": self.kind,
            "bits": self.bits,
            "state": self.state,
            "since": self.since.isoformat(),
            "public": self.public,
        }


def listed(caller: Caller, domain: str | None = None) -> list[Key]:
    """The keys of a domain, or of all, in the order in which they were made; withdrawn ones last."""
    require(caller, "look_at_rows")
    found = Row.objects.order_by("domain", "id")
    if domain is None and caller.domains is not None:
        found = found.filter(domain__in=caller.domains)
    if domain is not None:
        found = found.filter(domain=hosted(caller, domain))
    rows = list(found)
    return [_key(row) for row in sorted(rows, key=lambda row: (row.domain, row.state == "withdrawn", row.pk))]


def glances(caller: Caller, domains: Sequence[str]) -> dict[str, list[Key]]:
    """The keys of many domains that are not withdrawn, in one look."""
    require(caller, "look_at_rows")
    found: dict[str, list[Key]] = {name: [] for name in domains}
    for row in Row.objects.filter(domain__in=domains).exclude(state="withdrawn").order_by("id"):
        if caller.domains is None or row.domain in caller.domains:
            found[row.domain].append(_key(row))
    return found


def generate(caller: Caller, domain: str, use: Use = "dkim", kind: Kind = "rsa", selector: str | None = None) -> Key:
    """A new key. It is published, and signs when DNS answers with it; the one that signs now goes on until then."""
    require(caller, "apply_rows")
    if use == "domainkeys" and kind != "rsa":
        raise Refused(findings=[Finding("key-kind", "key", _NO_ED25519)])
    name = hosted(caller, domain)
    return _stored(caller, name, use, _made(kind), _selector(name, use, kind, selector), "key.generate")


def upload(caller: Caller, domain: str, pem: str, use: Use = "dkim", selector: str | None = None) -> Key:
    """A key that somebody brings; raises `Refused` with the reason for what is none."""
    require(caller, "apply_rows")
    name = hosted(caller, domain)
    key, findings = read(pem, use, "key")
    if key is None:
        raise Refused(findings=findings)
    return _stored(caller, name, use, key, _selector(name, use, key.kind, selector), "key.upload")


def rotate(caller: Caller, domain: str, use: Use = "dkim") -> list[Key]:
    """A new key for every one that signs now. One that is on its way already is the new one: DNS is not filled with keys
    by asking twice."""
    require(caller, "apply_rows")
    name = hosted(caller, domain)
    rows = Row.objects.filter(domain=name, use=use, state__in=("active", "published")).order_by("id")
    coming = {row.kind: _key(row) for row in rows if row.state == "published"}
    kinds = dict.fromkeys(row.kind for row in rows) or _kinds(use)
    return [coming.get(kind) or generate(caller, name, use, kind) for kind in kinds]  # type: ignore[arg-type]


def withdraw(caller: Caller, domain: str, selector: str) -> Key:
    """Take a key out of use before its time. One that signs stops, and its record stays for the week that mail may be on
    its way; any other one's record goes now. Raises `Missing`."""
    require(caller, "apply_rows")
    row = _row(hosted(caller, domain), selector)
    state = "retiring" if row.state == "active" else "withdrawn"
    if row.state != "withdrawn":
        with transaction.atomic():
            Row.objects.filter(pk=row.pk).update(state=state, since=timezone.now())
            record(caller, "key.withdraw", f"{row.domain}/{row.selector}", state=state)
        agent_link.wake()
        agent_link.look_at_zones()
    return _key(_row(row.domain, selector))


def private_pem(caller: Caller, domain: str, selector: str) -> str:
    """The private key, for its owner. Every look is in the audit trail; asking for the password is the pages' part."""
    require(caller, "see_private_keys")
    row = _row(hosted(caller, domain), selector)
    record(caller, "key.download", f"{row.domain}/{row.selector}")
    return opened(row.kept, PURPOSE)


def one(caller: Caller, domain: str, selector: str) -> Key:
    require(caller, "look_at_rows")
    return _key(_row(hosted(caller, domain), selector))


def ensure(domains: Sequence[str], signing: Mapping[str, Any]) -> int:
    """Make the keys that these domains should have and have not: how many were made. `signing` is what the settings say
    of them; a selector that they name is made under that name. A domain of which they say nothing signs with DKIM."""
    made = 0
    for domain in domains:
        wanted = DomainSigning.model_validate(signing.get(domain, {}))
        there = list(Row.objects.filter(domain=domain))
        for use, kind, selector in _wanted(wanted):
            mine = [row for row in there if row.use == use and row.kind == kind]
            if (
                (selector in {row.selector for row in there})
                if selector
                else any(row.state != "withdrawn" for row in mine)
            ):
                continue
            taken = [row.selector for row in there]
            _put(domain, use, _made(kind), selector or next_selector(_SELECTORS[use, kind], taken))
            made += 1
    if made:
        advance(domains)
    return made


def published(row: Row) -> PublishedKey:
    """The key as the world shall see it."""
    testing = row.use == "domainkeys"
    return PublishedKey(row.selector, row.use, row.kind, row.public, testing)  # type: ignore[arg-type]


def advance(
    domains: Iterable[str],
    seen: frozenset[tuple[str, str]] = frozenset(),
    publishing: frozenset[str] | None = None,
) -> int:
    """Let the keys of these domains go on in their lives: how many changed. `seen` are those (domain, selector) that
    every authoritative server answers with, `publishing` the domains whose records this server publishes itself (None:
    those in zones to which the live settings have access)."""
    changed, now = 0, timezone.now()
    if publishing is None:
        domains = list(domains)
        writable = looked_up(views.live().settings, ("dns", "update")) or {}
        publishing = frozenset(domain for domain in domains if zone_of(domain, writable) is not None)
    for domain in domains:
        rows = {row.pk: row for row in Row.objects.filter(domain=domain)}
        lives = [
            KeyLife(row.pk, row.selector, row.use, row.kind, row.state, row.since.timestamp())  # type: ignore[arg-type]
            for row in rows.values()
        ]
        after = advanced(
            lives,
            seen=lambda life, domain=domain: (domain, life.selector) in seen,  # type: ignore[misc]
            waits=domain in publishing,
            now=now.timestamp(),
        )
        for life in after:
            row = rows[life.number]
            if life.state != row.state:
                Row.objects.filter(pk=row.pk).update(state=life.state, since=datetime.fromtimestamp(life.since, UTC))
                changed += 1
    if changed:
        agent_link.wake()
    return changed


def keep_up() -> None:
    """Make the keys that the serving revision's domains lack, one domain a call: the agent asks every two seconds, and a
    key costs a quarter of a second."""
    global _complete  # one console is one process; another one only looks once more
    head = revisions.head().number
    if _complete == head:
        return
    signing = looked_up(views.live().settings, ("authentication", "signing")) or {}
    try:
        for domain in directory.every_domain():
            if ensure([domain], signing):
                return
    except OSError as error:
        # Mail goes on unsigned; nothing else waits for a key.
        logger.warning("signing keys: %s", error)
        return
    _complete = head


def for_agent() -> dict[str, str]:
    """The keys that sign, as ciphertext for the filter, by `key/DOMAIN/SELECTOR`."""
    rows = Row.objects.filter(state="active").order_by("domain", "selector")
    return {
        f"{PREFIX}{row.domain}/{row.selector}": json.dumps({"use": row.use, "kind": row.kind, "sealed": row.sealed})
        for row in rows
    }


def version() -> str:
    """What changes whenever `for_agent` does; empty while there are none."""
    rows = list(Row.objects.filter(state="active").order_by("domain", "selector").values_list("pk", "sealed"))
    return hashlib.sha256(repr(rows).encode()).hexdigest()[:32] if rows else ""


def _wanted(signing: DomainSigning) -> list[tuple[Use, Kind, str | None]]:
    wanted: list[tuple[Use, Kind, str | None]] = []
    if signing.dkim.enabled:
        wanted += [("dkim", "rsa", signing.dkim.rsa), ("dkim", "ed25519", signing.dkim.ed25519)]
    if signing.domainkeys.enabled:
        wanted.append(("domainkeys", "rsa", signing.domainkeys.selector))
    return wanted


def _kinds(use: Use) -> tuple[Kind, ...]:
    return _DKIM_KINDS if use == "dkim" else ("rsa",)


def _made(kind: Kind) -> SigningKey:
    if kind == "ed25519":
        return of_key(ed25519.Ed25519PrivateKey.generate())
    return of_key(rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS))


def _selector(domain: str, use: Use, kind: Kind, wished: str | None) -> str:
    taken = list(Row.objects.filter(domain=domain).values_list("selector", flat=True))
    free = next_selector(_SELECTORS[use, kind], taken)
    if not wished:
        return free
    selector = wished.strip().lower()
    if not selector.replace("-", "").isascii() or not selector.replace("-", "").isalnum() or len(selector) > 63:
        raise Refused(findings=[Finding("selector", "selector", _SELECTOR.with_(selector=keys.shown(wished)))])
    if selector in taken:
        message = _TAKEN.with_(domain=domain, selector=selector, free=free)
        raise Refused(findings=[Finding("selector-taken", "selector", message, suggestion=free)])
    return selector


def _stored(caller: Caller, domain: str, use: Use, key: SigningKey, selector: str, verb: str) -> Key:
    with transaction.atomic():
        _put(domain, use, key, selector)
        record(caller, verb, f"{domain}/{selector}", use=use, kind=key.kind, bits=key.bits)
    advance([domain])
    agent_link.look_at_zones()
    return _key(_row(domain, selector))


def _put(domain: str, use: Use, key: SigningKey, selector: str) -> None:
    Row.objects.create(
        domain=domain,
        selector=selector,
        use=use,
        kind=key.kind,
        bits=key.bits,
        public=key.public,
        sealed=_for_filter(f"{domain}/{selector}", key.private),
        kept=sealed(key.private, PURPOSE),
        state="published",
        since=timezone.now(),
    )


def _for_filter(name: str, pem: str) -> str:
    public = b64decode(Path(django_settings.HOME.sealing_key).read_bytes())
    key = load_pem_private_key(pem.encode(), None, unsafe_skip_rsa_key_validation=True)
    der = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return seal(public, name, der, X25519PrivateKey.generate())


def hosted(caller: Caller, written: str) -> str:
    """The domain's spelling; raises `Refused` for one that is not hosted here, or not the caller's."""
    name = keys.spelled("domains", written)
    theirs = caller.domains is None or name in caller.domains
    if name is None or not theirs or directory.row("domains", name) is None:
        message = _NO_DOMAIN.with_(domain=keys.shown(written))
        raise Refused(findings=[Finding("no-such-domain", "domain", message)])
    return name


def _row(domain: str, selector: str) -> Row:
    found = Row.objects.filter(domain=domain, selector=selector).first()
    if found is None:
        raise Missing
    return found


def _key(row: Row) -> Key:
    return Key(row.domain, row.selector, row.use, row.kind, row.bits, row.public, row.state, row.since, row.made)  # type: ignore[arg-type]
