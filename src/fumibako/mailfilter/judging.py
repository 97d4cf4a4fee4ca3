"""What the checks' results lead to: accept, refuse, or accept for Junk, each with its reason."""

from __future__ import annotations

from typing import NamedTuple

from fumibako.mail.header import HeaderField
from fumibako.mailauth.arc.verify import ArcResult
from fumibako.mailauth.dkim.verify import DkimResult
from fumibako.mailauth.dmarc.evaluate import DmarcResult
from fumibako.mailauth.domainkeys.verify import DomainKeysResult
from fumibako.mailauth.spf.result import SpfResult
from fumibako.mailfilter.envelope import Message
from fumibako.mailfilter.outcome import QUARANTINE
from fumibako.milter.answers import Answer, Reply, Verdict


class Found(NamedTuple):
    """What the checks found; None where one was not made."""

    spf: SpfResult | None
    dkim: list[DkimResult]
    dmarc: DmarcResult | None
    arc: ArcResult | None
    domainkeys: DomainKeysResult | None


def judged(found: Found, message: Message) -> tuple[Answer, list[HeaderField], str]:
    """The answer, marks for the header, and a line for the log."""
    conf = message.conf
    if conf.spf_check and conf.spf_reject and found.spf is not None and found.spf.status == "fail":
        text = f"SPF: {found.spf.reason.comment}"
        if found.spf.explanation:
            text += f"; the domain explains: {found.spf.explanation}"
        return Reply("550", "5.7.23", (text,)), [], f"refused, {text}"  # RFC 7372 §3.2
    if conf.dmarc_enforce and found.dmarc is not None and found.dmarc.status == "fail":
        text = f"DMARC policy of {found.dmarc.domain}: {found.dmarc.reason.comment}"
        sealer = trusted_sealer(found, message)
        if sealer:
            return Verdict.ACCEPT, [], f"accepted by ARC of {sealer} in spite of {text}"
        if found.dmarc.policy == "reject":
            return Reply("550", "5.7.1", (text,)), [], f"refused, {text}"
        if found.dmarc.policy == "quarantine":
            mark = HeaderField(QUARANTINE, b" dmarc=fail policy.dmarc=quarantine")
            return Verdict.ACCEPT, [mark], f"quarantined, {text}"
    words = [f"spf={found.spf.status}"] if found.spf is not None else []
    words += [f"dkim={each.status}" for each in found.dkim[:3]]
    words += [f"dmarc={found.dmarc.status}"] if found.dmarc is not None else []
    words += [f"arc={found.arc.status}"] if found.arc is not None else []
    return Verdict.ACCEPT, [], " ".join(words)


def trusted_sealer(found: Found, message: Message) -> str:
    """The sealer whose word is taken for a message that fails here: the whole chain holds, the latest seal is of a trusted
    domain, and so are all before it that could have lied (RFC 8617 §7.2). Empty where there is none."""
    chain = found.arc
    if chain is None or not chain.passed or not chain.sealers:
        return ""
    trusted = {domain.lower() for domain in message.conf.trusted_sealers}
    return chain.sealers[-1] if all(sealer in trusted for sealer in chain.sealers) else ""
