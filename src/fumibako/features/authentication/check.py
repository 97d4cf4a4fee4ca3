"""What is wrong with sender authentication: names, selectors, name servers."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from typing import Final

from fumibako.features.authentication.section import Authentication, Dns, DomainSigning, ZoneAccess
from fumibako.mail.domain import DomainName
from fumibako.mail.malformed import Malformed
from fumibako.schema.codec import shown
from fumibako.schema.finding import Finding
from fumibako.schema.malformed import words
from fumibako.schema.place import written
from fumibako.schema.text import Text

_LABEL: Final = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_SELECTOR: Final = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_NAME: Final = re.compile(
    r"(?=.{1,253}\Z)[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*"
)
_RESOLVER: Final = re.compile(r"(?:([0-9.]+)|\[([0-9A-Fa-f:.]+)\]):([0-9]{1,5})")


def check_authentication(authentication: Authentication) -> list[Finding]:
    findings = [
        found
        for domain in authentication.arc.trusted_sealers
        for found in _domain(domain, ("authentication", "arc", "trusted_sealers", shown(domain)))
    ]
    for domain, signing in authentication.signing.items():
        place = ("authentication", "signing", shown(domain))
        findings += [*_domain(domain, place), *_selectors(place, signing)]
    return findings


def check_dns(dns: Dns) -> list[Finding]:
    findings = [found for resolver in dns.resolvers for found in _resolver(resolver)]
    for zone, access in dns.update.items():
        place = ("dns", "update", shown(zone))
        findings += [*_domain(zone, place), *_server(access, place), *_key_name(access, place)]
    return findings


def _domain(domain: str, place: tuple[str, ...]) -> Iterator[Finding]:
    try:
        DomainName.parse(domain)
    except Malformed as wrong:
        yield Finding(wrong.code, written(place), words(wrong))


def _selectors(place: tuple[str, ...], signing: DomainSigning) -> Iterator[Finding]:
    """One key, one selector: a name shared with DomainKeys, whose record may say t=y, would put DKIM into test mode."""
    seen: dict[str, str] = {}
    for path, selector in (
        ("dkim.rsa", signing.dkim.rsa),
        ("dkim.ed25519", signing.dkim.ed25519),
        ("domainkeys.selector", signing.domainkeys.selector),
    ):
        if selector is None:
            continue
        where = f"{written(place)}.{path}"
        if not _SELECTOR.fullmatch(selector):
            lower = selector.lower()
            message = Text(
                "A selector is letters, digits and hyphens, as in s2026.",
                "セレクターには英小文字、数字、ハイフンを使います。例 s2026",
            )
            yield Finding("selector-syntax", where, message, suggestion=lower if _SELECTOR.fullmatch(lower) else None)
        elif selector in seen:
            message = Text(
                "{selector} is the selector of another key already. Each key needs its own.",
                "セレクター {selector} は別の鍵で使っています。鍵ごとに別のセレクターが必要です。",
            )
            yield Finding("selector-shared", where, message.with_(selector=selector))
        seen[selector] = path


def _resolver(resolver: str) -> Iterator[Finding]:
    found = _RESOLVER.fullmatch(resolver)
    if found and _is_address(found[1] or found[2]) and 0 < int(found[3]) < 65536:
        return
    bare = resolver.strip().strip("[]")
    suggestion = None
    if _is_address(bare):
        suggestion = f"[{bare}]:53" if ":" in bare else f"{bare}:53"
    message = Text(
        "Write an address and a port, as in 192.0.2.53:53 or [2001:db8::53]:53.",
        "アドレスとポートを書いてください。例 192.0.2.53:53、[2001:db8::53]:53",
    )
    yield Finding("resolver", written(("dns", "resolvers", shown(resolver))), message, suggestion=suggestion)


def _server(access: ZoneAccess, place: tuple[str, ...]) -> Iterator[Finding]:
    server = access.server
    if _is_address(server) or _NAME.fullmatch(server):
        return
    bare = server.strip().strip("[]").rstrip(".").lower()
    message = Text(
        "Write the address or the host name of the primary name server, as in 192.0.2.53.",
        "プライマリーサーバーのアドレスかホスト名を書いてください。例 192.0.2.53",
    )
    fits = _is_address(bare) or _NAME.fullmatch(bare)
    yield Finding("dns-server", written((*place, "server")), message, suggestion=bare if fits else None)


def _key_name(access: ZoneAccess, place: tuple[str, ...]) -> Iterator[Finding]:
    """The name of a TSIG key is a domain name, of one label as a rule (RFC 8945 §4.2); a dot at its end is not written."""
    if _NAME.fullmatch(access.key_name):
        return
    bare = access.key_name.strip().rstrip(".").lower()
    message = Text(
        "Write the name of the TSIG key as the name server's configuration has it, without quotes.",
        "ネームサーバーの設定にある TSIG 鍵の名前を、引用符なしで書いてください。",
    )
    suggestion = bare if _NAME.fullmatch(bare) else None
    yield Finding("dns-key-name", written((*place, "key_name")), message, suggestion=suggestion)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return "%" not in text
