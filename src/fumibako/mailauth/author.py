"""Who a message says it is from: the domain that a person sees (RFC 9989 §5.3.1; RFC 5322 §3.6.2)."""

from __future__ import annotations

from typing import NamedTuple

from fumibako.mail.alabel import LONGEST_NAME, to_host_name
from fumibako.mail.header import HeaderSection
from fumibako.mail.mailboxes import lenient_mailboxes, mailboxes
from fumibako.mailauth.reason import Reason, because

VALUE_LIMIT = 65_536  # octets of a From field that are read
FIELD_LIMIT, DOMAIN_LIMIT = 20, 10  # that are looked at


class Author(NamedTuple):
    """The domains in From, in A-labels; `problem` says why the message has not exactly one author's domain. With `more` there
    are others that were not looked at, which no honest message has."""

    domains: tuple[str, ...]
    problem: Reason | None = None
    more: bool = False

    @property
    def domain(self) -> str | None:
        """The author's domain, if there is one that can be relied on."""
        return self.domains[0] if self.problem is None else None


def find_author(header: HeaderSection) -> Author:
    """Reads every From field. Several of them, or several domains, are a problem however well they are signed."""
    fields = header.named(b"from")
    if not fields:
        return Author((), because("author-none"))
    domains: dict[str, None] = {}
    malformed = False
    for field in fields[:FIELD_LIMIT]:
        value = field.value[:VALUE_LIMIT]
        found = mailboxes(value) if len(field.value) <= VALUE_LIMIT else None
        if found is None:
            found = lenient_mailboxes(value)
            malformed = malformed or len(found) != 1 or len(field.value) > VALUE_LIMIT
        for mailbox in found:
            name = to_host_name(mailbox.domain)
            if name is None:
                malformed = True
                name = _above(mailbox.domain)
            if name is not None:
                domains[name] = None
    names = tuple(domains)[:DOMAIN_LIMIT]
    more = (
        len(fields) > FIELD_LIMIT
        or len(domains) > DOMAIN_LIMIT
        or any(len(each.value) > VALUE_LIMIT for each in fields)
    )
    if len(fields) > 1:
        return Author(names, because("author-several-fields", count=len(fields)), more)
    if len(names) > 1:
        return Author(names, because("author-several-domains"), more)
    if malformed or not names:
        return Author(names, because("author-malformed" if malformed else "author-none"), more)
    return Author(names)


def _above(domain: bytes) -> str | None:
    """The longest end of what is no host name that is one: a label that cannot exist does not get rid of its owner's policy."""
    rest = domain[-LONGEST_NAME - 1 :]
    while b"." in rest:
        rest = rest.partition(b".")[2]
        if (name := to_host_name(rest)) is not None:
            return name
    return None
