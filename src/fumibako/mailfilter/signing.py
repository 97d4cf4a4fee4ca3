"""Own mail: signed by the author's domain, if that is one that the sender may use."""

from __future__ import annotations

import time
from typing import Any, Final

from fumibako.formats.filter_json import FilterConf
from fumibako.mail.header import HeaderSection
from fumibako.mailauth.author import find_author
from fumibako.mailauth.dkim.sign import Signer, Signing
from fumibako.mailauth.domainkeys import sign as domainkeys
from fumibako.mailauth.domainkeys.sign import DomainKeysSigner
from fumibako.mailfilter.domain_notes import DomainNotes
from fumibako.mailfilter.envelope import Message
from fumibako.mailfilter.instance import Instance
from fumibako.mailfilter.outcome import Outcome, put_on_top, without_forged
from fumibako.milter.answers import Verdict

# Of a hosted domain the keys that are in use; where the settings say nothing of it, it signs with DKIM.
_SIGNS: Final = (
    "SELECT key.use = 'dkim' AND COALESCE(dkim, 1), key.use = 'domainkeys' AND COALESCE(domainkeys, 0), "
    "key.selector, sealed FROM signing_keys AS key JOIN domains ON domains.name = key.domain "
    "LEFT JOIN signing ON signing.domain = key.domain WHERE key.domain = ? ORDER BY key.kind, key.selector"
)
# The domains of the addresses that a log-in may send as: its own, and those of aliases that lead to it.
_MAY_USE: Final = (
    "SELECT 1 FROM accounts WHERE address = ?1 AND substr(address, instr(address, '@') + 1) = ?2 "
    "UNION ALL SELECT 1 FROM system_users WHERE address = ?1 AND substr(address, instr(address, '@') + 1) = ?2 "
    "UNION ALL SELECT 1 FROM aliases WHERE local_part || '@' || domain = ?1 AND substr(alias, instr(alias, '@') + 1) = ?2 "
    "UNION ALL SELECT 1 FROM aliases AS second JOIN aliases AS first ON first.local_part || '@' || first.domain = second.alias "
    "WHERE second.local_part || '@' || second.domain = ?1 AND substr(first.alias, instr(first.alias, '@') + 1) = ?2 LIMIT 1"
)


class OwnMail:
    """Made when the header is complete; `outcome` when the body has ended. Raises `LookupsAway` or `KeyUnusable`."""

    def __init__(self, message: Message, instance: Instance) -> None:
        self._message = message
        self._instance = instance
        self._cleaning, self._header = without_forged(message.header, message.conf.hostname)
        self._dkim: Signing | None = None
        self._domainkeys: domainkeys.Signing | None = None
        self._domain = ""
        self._choose_signers()

    def _choose_signers(self) -> None:
        domain = find_author(self._header).domain
        if domain is None:
            return
        message = self._message
        rows: list[tuple[Any, ...]] = self._instance.lookups.rows(_SIGNS, domain)
        if not rows and message.is_notice and domain == message.conf.hostname:
            domain, rows = self._above(domain)
        if not rows or not _may_use(domain, message.login, message.conf, self._instance):
            return
        self._domain = domain
        signers: list[Signer] = []
        for for_dkim, for_domainkeys, selector, sealed in rows:
            if not for_dkim and not for_domainkeys:
                continue
            key = self._instance.keys.key(f"{domain}/{selector}", sealed)
            if for_dkim:
                signers.append(Signer(domain, selector, key))
            elif _is_sender(self._header, domain):
                signer = DomainKeysSigner(domain, selector, key)
                self._domainkeys = domainkeys.Signing(self._header, self._message.body, signer)
        if signers:
            self._dkim = Signing(self._header, self._message.body, signers, now=int(time.time()))

    def _above(self, host: str) -> tuple[str, list[tuple[Any, ...]]]:
        """Postfix speaks as the host itself: the nearest domain above that has a key signs for it."""
        labels = host.split(".")
        for domain in (".".join(labels[place:]) for place in range(1, len(labels))):
            if rows := self._instance.lookups.rows(_SIGNS, domain):
                return domain, rows
        return host, []

    def outcome(self) -> Outcome:
        self._message.body.finish()
        fields = self._dkim.fields() if self._dkim else []
        if self._domainkeys:
            fields.append(self._domainkeys.field())
        if fields:
            DomainNotes.of(self._instance).note(self._domain, "signed")
        log = f"{self._message.standing}, signed {len(fields)} times for {self._domain}" if fields else ""
        return Outcome(Verdict.ACCEPT, (*self._cleaning, *put_on_top(fields)), log)


def selectors_of(domain: str, login: str, conf: FilterConf, instance: Instance) -> list[str]:
    """The keys that own mail of this author's domain is signed with, as `SELECTOR DOMAIN`. Raises `LookupsAway`."""
    if not _may_use(domain, login, conf, instance):
        return []
    rows = instance.lookups.rows(_SIGNS, domain)
    return [f"{selector} {domain}" for for_dkim, for_domainkeys, selector, _ in rows if for_dkim or for_domainkeys]


def _may_use(domain: str, login: str, conf: FilterConf, instance: Instance) -> bool:
    if not login or not conf.own_addresses_only:
        return True
    return instance.lookups.has(_MAY_USE, login.lower(), domain)


def _is_sender(header: HeaderSection, domain: str) -> bool:
    """DomainKeys goes by Sender where there is one (RFC 4870 §3.2): it must be of the same domain."""
    senders = header.named(b"sender")
    return not senders or (
        len(senders) == 1 and find_author(HeaderSection([senders[0]._replace(name=b"From")])).domain == domain
    )
