"""One spelling for each row's key."""

from __future__ import annotations

from fumibako.features.aliases.rows import spelled_key
from fumibako.mail.address import Address
from fumibako.mail.domain import DomainName
from fumibako.mail.malformed import Malformed
from fumibako.schema.codec import shown
from fumibako.schema.finding import Finding
from fumibako.schema.malformed import words

__all__ = ["canonical", "canonical_domain", "domain", "shown", "spelled"]


def canonical(table: str, written: str, primary_domain: str | None = None) -> tuple[str | None, list[Finding]]:
    """The key as it is stored: lower case, A-labels; a bare account name gets the primary domain. None with findings for
    what can be no key."""
    try:
        return _parsed(table, written, primary_domain), []
    except Malformed as wrong:
        return None, [Finding(wrong.code, f"{table}/{shown(written)}", words(wrong))]


def spelled(table: str, written: str, primary_domain: str | None = None) -> str | None:
    """The key as it is stored, None for what can be no key."""
    try:
        return _parsed(table, written, primary_domain)
    except Malformed:
        return None


def _parsed(table: str, written: str, primary_domain: str | None) -> str:
    if table == "domains":
        return str(DomainName.parse(written))
    primary = domain(primary_domain)
    if table == "aliases":
        return spelled_key(written, primary)
    return str(Address.parse(written, primary_domain=primary))


def domain(written: str | None) -> DomainName | None:
    """The domain, None where there is none or what is written cannot be one."""
    try:
        return DomainName.parse(written) if written else None
    except Malformed:
        return None


def canonical_domain(written: str) -> str:
    """A domain's spelling where it can be one, else what was written, for the checks to speak of."""
    try:
        return str(DomainName.parse(written))
    except Malformed:
        return written
