"""The verdict on a message's author (RFC 9989 §5.3)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple, TypeAlias

from fumibako.mailauth.author import Author
from fumibako.mailauth.dmarc.record import POLICIES, DmarcRecord, Policy
from fumibako.mailauth.dmarc.walk import Found, Tree, Unanswered, organizational_domain
from fumibako.mailauth.reason import Reason, because
from fumibako.mailauth.resolver import Outcome, Resolver

DmarcStatus: TypeAlias = Literal["none", "pass", "fail", "temperror", "permerror"]
Method: TypeAlias = Literal["spf", "dkim"]


class Identifier(NamedTuple):
    """A domain that SPF (MAIL FROM) or a DKIM signature spoke for, in A-labels, and how that check came out."""

    method: Method
    domain: str
    status: str


class DmarcResult(NamedTuple):
    """`policy` is what the domain wants done when the message fails, test mode already counted in; None without a record.

    `domain` is the author's organizational domain. What is done is the receiver's decision.
    """

    status: DmarcStatus
    reason: Reason
    author: str = ""
    domain: str = ""
    policy: Policy | None = None
    record: DmarcRecord | None = None
    aligned: tuple[Identifier, ...] = ()

    @property
    def passed(self) -> bool:
        return self.status == "pass"


async def evaluate(author: Author, identifiers: Sequence[Identifier], resolver: Resolver) -> DmarcResult:
    """Whether one of the identifiers vouches for the author.

    With several From fields or domains nothing vouches for all of it: it fails by the strictest policy among them
    (§10.2), and never passes; with more of them than are looked at, by the strictest that there is.
    """
    tree = Tree(resolver)
    if author.problem is None:
        return await _evaluate(author.domains[0], identifiers, tree)
    if author.more:  # the one that a reader sees may be behind them
        name = author.domains[0] if author.domains else ""
        return DmarcResult("fail", author.problem, name, name, "reject")
    results = [await _evaluate(domain, (), tree) for domain in author.domains]
    policies = [result.policy for result in results if result.policy is not None]
    if not policies:
        return DmarcResult("permerror", author.problem, ",".join(author.domains))
    strictest = max(policies, key=POLICIES.index)
    chosen = next(result for result in results if result.policy == strictest)
    return DmarcResult("fail", author.problem, chosen.author, chosen.domain, strictest, chosen.record)


async def _evaluate(domain: str, identifiers: Sequence[Identifier], tree: Tree) -> DmarcResult:
    own: list[DmarcRecord] = []
    whole = True
    try:
        own = await tree.records(domain)
        found = await tree.walk(domain)
    except Unanswered as unanswered:
        if len(own) != 1:
            return DmarcResult("temperror", because("dmarc-lookup-failed", name=unanswered), domain, domain)
        found, whole = [Found(domain, own[0])], False  # the policy is the author's own, whatever stands above (§4.10.1)
    organization = organizational_domain(domain, found)
    place = _applicable(domain, organization, found)
    if place is None:
        code = "dmarc-records-several" if len(own) > 1 else "dmarc-no-record"
        return DmarcResult("none", because(code, domain=domain), domain, organization)
    if not place.record.usable:  # §4.10.1: no DMARC processing
        return DmarcResult("none", because("dmarc-record-unusable", domain=place.domain), domain, organization)
    record = place.record
    subdomain = place.domain != domain
    existence: Outcome = "found"
    if subdomain and record.nonexistent_policy is not None:
        # RFC 8020: NXDOMAIN for any type says that the name and all below it do not exist (§3.2.13)
        existence = (await tree.resolver.a(domain)).outcome
    policy = record.applied(record.policy_for(subdomain=subdomain, exists=existence != "nxdomain"))
    aligned, undecided = await _alignment(domain, organization if whole else None, record, identifiers, tree)
    if aligned:
        methods = " and ".join(dict.fromkeys(identifier.method.upper() for identifier in aligned))
        reason = because("dmarc-aligned", domain=domain, methods=methods)
        return DmarcResult("pass", reason, domain, organization, policy, record, tuple(aligned))
    if existence == "failed":  # nobody can say which policy holds
        reason = because("dmarc-lookup-failed", name=domain)
        return DmarcResult("temperror", reason, domain, organization, policy, record)
    if undecided:
        return DmarcResult("temperror", because("dmarc-undecided", domain=domain), domain, organization, policy, record)
    return DmarcResult("fail", because("dmarc-not-aligned", domain=domain), domain, organization, policy, record)


def _applicable(domain: str, organization: str, found: Sequence[Found]) -> Found | None:
    """The author's own record, else its organization's, else that of the public suffix (§4.10.1)."""
    by_domain = {place.domain: place for place in found}
    if domain in by_domain:
        return by_domain[domain]
    if organization in by_domain:
        return by_domain[organization]
    return next((place for place in found if place.record.psd == "y"), None)


async def _alignment(
    domain: str, organization: str | None, record: DmarcRecord, identifiers: Sequence[Identifier], tree: Tree
) -> tuple[list[Identifier], bool]:
    """The identifiers that align, and whether one might have for which the DNS gave no answer (§4.10.2). Without an organization
    the DNS did not say what it is."""
    aligned, undecided = [], False
    for identifier in identifiers:
        if identifier.status not in {"pass", "temperror"}:
            continue
        strict = record.strict_spf if identifier.method == "spf" else record.strict_dkim
        try:
            same = identifier.domain == domain or (
                not strict and await _same_organization(identifier.domain, domain, organization, tree)
            )
        except Unanswered:
            undecided = True
            continue
        if same and identifier.status == "pass":
            aligned.append(identifier)
        undecided = undecided or same
    return aligned, undecided and not aligned


async def _same_organization(domain: str, author: str, organization: str | None, tree: Tree) -> bool:
    """Only a name at or below the organization can be of it: of others nothing is asked. Raises `Unanswered`."""
    if organization is None:
        if domain.split(".")[-2:] == author.split(".")[-2:]:
            raise Unanswered(author)
        return False
    if domain != organization and not domain.endswith(f".{organization}"):
        return False
    return organizational_domain(domain, await tree.walk(domain)) == organization
