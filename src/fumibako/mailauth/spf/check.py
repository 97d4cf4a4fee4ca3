"""The function of RFC 7208 §4, check_host(): a client's address against a domain's record."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from ipaddress import IPv4Address, IPv6Address
from typing import Literal, NamedTuple

from fumibako.mail.alabel import is_dns_name, to_a_labels
from fumibako.mailauth.reason import Reason, because
from fumibako.mailauth.resolver import Answer, Record, Resolver
from fumibako.mailauth.spf.macro import (
    BadMacro,
    MacroString,
    NotExpandable,
    Subject,
    as_target,
    expand,
    parse_macro_string,
)
from fumibako.mailauth.spf.record import Mechanism, SpfRecord, is_spf, parse_record
from fumibako.mailauth.spf.result import ClientAddress, Identity, SpfResult, SpfStatus
from fumibako.mailauth.tags import shown

_ASKABLE = re.compile(r"(?!.{254})[ -\-/-~]{1,63}(?:\.[ -\-/-~]{1,63})*\Z")  # %_ puts even a space into a name, §7.1
LOOKUP_LIMIT = 10  # terms that look something up, §4.6.4
VOID_LIMIT = 2  # look-ups without an answer, §4.6.4
NAME_LIMIT = 10  # mail exchangers of one mx, names of one ptr, §4.6.4


class _Ended(Exception):
    """The whole check ends with an error (§2.6.6, §2.6.7)."""

    def __init__(self, status: Literal["temperror", "permerror"], reason: Reason) -> None:
        super().__init__(status, reason)
        self.status: Literal["temperror", "permerror"] = status
        self.reason = reason


class _Found(NamedTuple):
    status: SpfStatus
    reason: Reason
    mechanism: str = ""
    explanation: tuple[MacroString, str] | None = None


async def check_mail_from(
    client: ClientAddress, mail_from: str, helo: str, resolver: Resolver, *, receiver: str, now: int
) -> SpfResult:
    """The MAIL FROM identity (§2.4); an empty one is `postmaster` at the HELO name. Times are seconds since 1970."""
    local_part, _, domain = mail_from.rpartition("@")
    if not mail_from:
        domain = helo
    return await _check(client, local_part, domain, helo, resolver, receiver, now, "mailfrom")


async def check_helo(client: ClientAddress, helo: str, resolver: Resolver, *, receiver: str, now: int) -> SpfResult:
    """The HELO identity (§2.3)."""
    return await _check(client, "", helo, helo, resolver, receiver, now, "helo")


async def _check(
    client: ClientAddress,
    local_part: str,
    domain_text: str,
    helo: str,
    resolver: Resolver,
    receiver: str,
    now: int,
    identity: Identity,
) -> SpfResult:
    if isinstance(client, IPv6Address) and client.ipv4_mapped:
        client = client.ipv4_mapped  # §5: "IPv4-mapped … MUST be treated as IPv4"
    local_part = local_part or "postmaster"  # §4.3
    octets = domain_text.encode("utf-8", "replace")
    name = to_a_labels(octets[:2000])
    domain = name if name is not None else shown(octets)
    result = SpfResult("none", because("spf-no-domain"), identity, domain, f"{local_part}@{domain}", client, helo)
    if not domain_text:
        return result
    # §4.3: malformed, longer than 63 in a label, not fully qualified, or a literal: none
    if name is None or "." not in name or name.startswith("["):
        return result._replace(reason=because("spf-domain-malformed", domain=shown(domain.encode("utf-8", "replace"))))
    check = _Check(Subject(client, local_part, name, helo, receiver, now), resolver)
    try:
        found = await check.host(name)
        explanation = await check.explanation(found)
    except _Ended as ended:
        return result._replace(status=ended.status, reason=ended.reason, lookups=check.lookups)
    return result._replace(
        status=found.status,
        reason=found.reason,
        mechanism=found.mechanism,
        explanation=explanation,
        lookups=check.lookups,
    )


class _Check:
    """One evaluation with its counters, which includes and redirects share."""

    def __init__(self, subject: Subject, resolver: Resolver) -> None:
        self.subject = subject
        self.resolver = resolver
        self.lookups = 0
        self.voids = 0
        self._number = int(subject.client)
        self._is4 = isinstance(subject.client, IPv4Address)
        self._names: list[str] | None = None

    async def host(self, domain: str) -> _Found:
        """check_host() for one domain (§4)."""
        answer = await self.resolver.txt(domain)
        if answer.outcome == "failed":
            raise _Ended("temperror", because("spf-lookup-failed", name=domain))  # §4.4
        texts = [text for text in answer.records if is_spf(text)]
        if not texts:
            return _Found("none", because("spf-no-record", domain=domain))  # §4.5
        if len(texts) > 1:
            raise _Ended("permerror", because("spf-records-several", domain=domain))
        record = parse_record(texts[0])
        if isinstance(record, str):
            raise _Ended("permerror", because("spf-record-syntax", domain=domain, problem=record))
        for mechanism in record.mechanisms:
            if await self._matches(mechanism, domain):
                why = because(
                    "spf-matched", domain=domain, client=self.subject.client, mechanism=shown(mechanism.text.encode())
                )
                exp = (record.explanation, domain) if record.explanation and mechanism.verdict == "fail" else None
                return _Found(mechanism.verdict, why, mechanism.text, exp)
        return await self._redirected(record, domain)

    async def _redirected(self, record: SpfRecord, domain: str) -> _Found:
        if record.redirect is None:
            # §4.7: neutral when nothing matches
            return _Found("neutral", because("spf-default", domain=domain, client=self.subject.client), "default")
        self._count_term()
        try:
            target = await self._target(record.redirect, domain)
        except NotExpandable:
            target = ""
        found = await self.host(target) if target else _Found("none", because("spf-no-domain"))
        if found.status == "none":
            raise _Ended(
                "permerror", because("spf-redirect-none", name=shown(target.encode("utf-8", "replace")))
            )  # §6.1
        return found

    async def _matches(self, mechanism: Mechanism, domain: str) -> bool:
        kind = mechanism.kind
        if kind == "ip4":
            return self._is4 and not (self._number ^ mechanism.network) >> (32 - mechanism.prefix4)
        if kind == "ip6":
            return not self._is4 and not (self._number ^ mechanism.network) >> (128 - mechanism.prefix6)
        if kind == "all":
            return True
        self._count_term()
        target = domain
        if mechanism.domain is not None:
            try:
                target = await self._target(mechanism.domain, domain)
            except NotExpandable:
                return False  # RFC 8616 §4
            if not target and kind == "include":
                # What it includes is no domain, so its result is "none" (§4.3), and that is an error (§5.2).
                raise _Ended("permerror", because("spf-include-none", name=shown(mechanism.text.encode())))
            if not target:
                return False  # no name to ask for: as if it did not exist
        match kind:
            case "include":
                return await self._include(target)
            case "a":
                return await self._address_of(target, mechanism, counts=True)
            case "mx":
                return await self._mx(target, mechanism)
            case "exists":
                return bool(self._counted(await self.resolver.a(target), target).records)  # §5.7: A even for IPv6
            case _:
                return await self._ptr(target)

    async def _include(self, target: str) -> bool:
        """§5.2: the table of what an included result means."""
        found = await self.host(target)
        if found.status == "none":
            raise _Ended("permerror", because("spf-include-none", name=target))
        return found.status == "pass"

    async def _address_of(self, name: str, mechanism: Mechanism, *, counts: bool) -> bool:
        answer: Answer[IPv4Address] | Answer[IPv6Address]
        answer = await (self.resolver.a(name) if self._is4 else self.resolver.aaaa(name))
        if counts or answer.outcome == "failed":
            self._counted(answer, name)
        shift = 32 - mechanism.prefix4 if self._is4 else 128 - mechanism.prefix6
        return any(not (self._number ^ int(address)) >> shift for address in answer.records)

    async def _mx(self, target: str, mechanism: Mechanism) -> bool:
        answer = self._counted(await self.resolver.mx(target), target)
        if len(answer.records) > NAME_LIMIT:
            raise _Ended("permerror", because("spf-names-exceeded", limit=NAME_LIMIT, name=target))  # §4.6.4
        for _, host in sorted(answer.records):
            name = as_target(host)
            if is_dns_name(name) and await self._address_of(name, mechanism, counts=False):
                return True
        return False

    async def _ptr(self, target: str) -> bool:
        """§5.5: a verified name of the client is the target or below it."""
        return any(name == target or name.endswith(f".{target}") for name in await self._verified_names())

    async def _verified_names(self) -> list[str]:
        """The client's names that lead back to its address (§5.5); trouble with the DNS only makes them fewer."""
        if self._names is None:
            client = self.subject.client
            answer = await self.resolver.ptr(client)
            names = []
            for host in answer.records[:NAME_LIMIT]:
                name = as_target(host)
                if not is_dns_name(name):
                    continue
                back: Answer[IPv4Address] | Answer[IPv6Address]
                back = await (self.resolver.a(name) if self._is4 else self.resolver.aaaa(name))
                if client in back.records:
                    names.append(name)
            self._names = names
        return self._names

    def _validated_name(self, domain: str) -> Callable[[], Awaitable[str]]:
        """%{p} (§7.3): the domain itself if it is among the client's names, else one below it, else any."""

        async def find() -> str:
            names = await self._verified_names()
            if domain in names:
                return domain
            below = [name for name in names if name.endswith(f".{domain}")]
            return (below or names or ["unknown"])[0]

        return find

    async def _target(self, parts: MacroString, domain: str) -> str:
        """The name that a domain-spec stands for; empty when it is none. Raises `NotExpandable`."""
        name = as_target(await expand(parts, self.subject, domain, self._validated_name(domain)))
        return name if _ASKABLE.match(name) else ""

    def _count_term(self) -> None:
        self.lookups += 1
        if self.lookups > LOOKUP_LIMIT:
            raise _Ended("permerror", because("spf-lookups-exceeded", limit=LOOKUP_LIMIT))

    def _counted(self, answer: Answer[Record], name: str) -> Answer[Record]:
        """Ends the check when an answer could not be had, or was void once too often."""
        if answer.outcome == "failed":
            raise _Ended("temperror", because("spf-lookup-failed", name=name))  # §5
        if answer.void:
            self.voids += 1
            if self.voids > VOID_LIMIT:
                raise _Ended("permerror", because("spf-void-exceeded", limit=VOID_LIMIT))
        return answer

    async def explanation(self, found: _Found) -> str:
        """What the domain has to say about a fail (§6.2); empty when it says nothing that can be read."""
        if found.status != "fail" or found.explanation is None:
            return ""
        parts, domain = found.explanation
        try:
            target = await self._target(parts, domain)
            if not target:
                return ""
            answer = await self.resolver.txt(target)
            if len(answer.records) != 1:
                return ""
            text = parse_macro_string(answer.records[0][:2000].decode("ascii"), explanation=True)
            return await expand(text, self.subject, domain, self._validated_name(domain))
        except (UnicodeDecodeError, BadMacro, NotExpandable):
            return ""
