"""Mail from outside: checked, marked, and refused where the administrator wants that."""

from __future__ import annotations

import asyncio
import time
from typing import Final

from fumibako.mail.header import HeaderField
from fumibako.mailauth.arc import verify as arc
from fumibako.mailauth.author import find_author
from fumibako.mailauth.canonical import CanonicalHeader
from fumibako.mailauth.dkim import verify as dkim
from fumibako.mailauth.dmarc.evaluate import Identifier, evaluate
from fumibako.mailauth.dmarc.walk import names as dmarc_names
from fumibako.mailauth.domainkeys import verify as domainkeys
from fumibako.mailauth.results.authentication_results import (
    AuthenticationResults,
    MethodResult,
    format_authentication_results,
)
from fumibako.mailauth.results.compose import arc_entry, dkim_entries, dmarc_entry, domainkeys_entry, spf_entry
from fumibako.mailauth.results.received_spf import format_received_spf
from fumibako.mailauth.spf.check import check_helo, check_mail_from
from fumibako.mailauth.spf.result import SpfResult
from fumibako.mailfilter.deadline import UntilDeadline
from fumibako.mailfilter.domain_notes import note_failure
from fumibako.mailfilter.envelope import Message
from fumibako.mailfilter.instance import Instance
from fumibako.mailfilter.judging import Found, judged
from fumibako.mailfilter.outcome import Outcome, put_on_top, without_forged
from fumibako.mailfilter.sealing import Sealing

BUDGET: Final = 20.0  # seconds that the look-ups of a message may take in all


class OutsideMail:
    """Made when the header is complete: look-ups begin while the body still arrives. `outcome` when it has ended. Raises
    `LookupsAway` or `KeyUnusable`."""

    def __init__(self, message: Message, instance: Instance) -> None:
        conf = message.conf
        self._message, self._instance = message, instance
        self._now = int(time.time())
        self._resolver = UntilDeadline(instance.resolver, BUDGET)
        self._cleaning, self._clean = without_forged(message.header, conf.hostname)
        # Signatures were made over the header as it came.
        canonical = CanonicalHeader(message.header)
        self._dkim = dkim.Verification(message.header, message.body, now=self._now, canonical=canonical)
        self._arc = arc.Verification(message.header, message.body, canonical=canonical)
        self._domainkeys = domainkeys.Verification(message.header, message.body) if conf.domainkeys_verify else None
        self._sealing = Sealing.of(message, self._clean, instance, self._now) if conf.arc_seal else None
        self._author = find_author(message.header)
        domain = self._author.domain if conf.dmarc_check else None
        loop = asyncio.get_running_loop()
        known = instance.resolver.known
        sender = message.mail_from.rpartition("@")[2] or message.helo
        self._spf = loop.create_task(self._checked_spf()) if known("TXT", sender) is None else None
        names = dict.fromkeys([*self._dkim.key_names, *self._arc.key_names, *(dmarc_names(domain) if domain else ())])
        self._ahead = [loop.create_task(self._resolver.txt(name)) for name in names if known("TXT", name) is None]

    def cancel(self) -> None:
        """The message will not come to its end."""
        for task in (self._spf, *self._ahead):
            if task is not None:
                task.cancel()

    async def outcome(self) -> Outcome:
        message, conf = self._message, self._message.conf
        found = await self.check()
        self._note(found)
        results = AuthenticationResults(conf.hostname, tuple(_entries(found, message)))
        value = format_authentication_results(results)
        fields = [HeaderField(b"Authentication-Results", value)]
        if found.spf is not None and conf.spf_check:
            fields.append(HeaderField(b"Received-SPF", format_received_spf(found.spf, conf.hostname)))
        if found.domainkeys is not None:
            fields.append(found.domainkeys.field)
        if self._sealing is not None and found.arc is not None:
            fields = [*self._sealing.fields(found.arc, value), *fields]
        answer, marks, log = judged(found, message)
        return Outcome(answer, (*self._cleaning, *put_on_top([*marks, *fields])), log)

    def _note(self, found: Found) -> None:
        """An administrator wants to know that mail in a domain's name fails here: forged, or sent by a server that SPF and
        DKIM do not know of."""
        if found.dmarc is None or found.dmarc.status != "fail":
            return
        domain = self._author.domain
        if domain is None:
            return
        words = [f"spf={found.spf.status}"] if found.spf is not None else []
        words += [f"dkim={each.status}" for each in found.dkim[:2]] or ["dkim=none"]
        note_failure(self._instance, domain, str(self._message.client.address or ""), " ".join(words))

    async def check(self) -> Found:
        """What the checks find, the message having ended; nothing is done about it."""
        self._message.body.finish()
        conf = self._message.conf
        spf = await (self._spf or self._checked_spf())
        signatures = await self._dkim.results(self._resolver)
        chain = (
            await self._arc.result(self._resolver) if conf.arc_verify or conf.arc_seal or conf.dmarc_enforce else None
        )
        verdict = None
        if conf.dmarc_check:
            identifiers = [Identifier("dkim", each.domain, each.status) for each in signatures if each.domain]
            if spf is not None and spf.identity == "mailfrom":
                identifiers.append(Identifier("spf", spf.domain, spf.status))
            elif self._message.client.address is None:
                # Nobody can say which client it was: SPF might have held.
                domain = self._message.mail_from.rpartition("@")[2].lower()
                identifiers += [Identifier("spf", domain, "temperror")] if domain else []
            verdict = await evaluate(self._author, identifiers, self._resolver)
        old = await self._domainkeys.result(self._resolver) if self._domainkeys is not None else None
        return Found(spf, signatures, verdict, chain, old)

    async def _checked_spf(self) -> SpfResult | None:
        """MAIL FROM; with an empty one that is postmaster at the HELO name. A HELO that fails by itself counts where the
        sender's domain says nothing (RFC 7208 §2.3)."""
        message = self._message
        if message.client.address is None or not (message.conf.spf_check or message.conf.dmarc_check):
            return None
        asked = {"receiver": message.conf.hostname, "now": self._now}
        found = await check_mail_from(
            message.client.address,
            message.mail_from,
            message.helo,
            self._resolver,
            **asked,  # type: ignore[arg-type]
        )
        if found.status == "none" and message.mail_from and "." in message.helo:
            hello = await check_helo(message.client.address, message.helo, self._resolver, **asked)  # type: ignore[arg-type]
            if hello.status == "fail":
                return hello
        return found


def _entries(found: Found, message: Message) -> list[MethodResult]:
    conf = message.conf
    entries: list[MethodResult] = []
    if found.spf is not None and conf.spf_check:
        entries.append(spf_entry(found.spf))
    if conf.dkim_verify:
        entries += dkim_entries(found.dkim)
    if found.domainkeys is not None:
        entries.append(domainkeys_entry(found.domainkeys))
    if found.dmarc is not None:
        entries.append(dmarc_entry(found.dmarc))
    if found.arc is not None and conf.arc_verify:
        entries.append(arc_entry(found.arc))
    return entries
