"""Addresses of accounts: a local part and a domain."""

from __future__ import annotations

import re
from dataclasses import dataclass

from fumibako.mail.domain import DomainName
from fumibako.mail.malformed import Malformed

# Letters, digits and a few signs; stricter than RFC 5321 §4.1.2's dot-string, so that a name can stand in a path, in a
# look-up and in a spreadsheet without meaning anything else there.
_LOCAL_PART = re.compile(r"[a-z0-9_+=-]+(?:\.[a-z0-9_+=-]+)*\Z")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
LOCAL_PART_LIMIT = 64  # octets, RFC 5321 §4.5.3.1.1


@dataclass(frozen=True, slots=True, order=True)
class Address:
    """An account's address. The local part is lower case: names are unique without regard to case."""

    domain: DomainName
    local_part: str

    @classmethod
    def parse(cls, text: str, *, primary_domain: DomainName | None = None) -> Address:
        """The address that a person wrote; a bare name belongs to `primary_domain`.

        Raises `Malformed` with code `address-no-domain`, `local-part-empty`, `local-part-too-long`,
        `local-part-characters`, `local-part-dots`, or a domain's code.
        """
        if _CONTROL.search(text):
            raise Malformed("local-part-characters", text=ascii(text))
        local_part, at, domain_text = text.strip().rpartition("@")
        if not at:
            if primary_domain is None:
                raise Malformed("address-no-domain", text=text.strip())
            return cls(primary_domain, parse_local_part(text.strip()))
        return cls(DomainName.parse(domain_text), parse_local_part(local_part))

    def __str__(self) -> str:
        return f"{self.local_part}@{self.domain.ascii}"

    @property
    def unicode(self) -> str:
        return f"{self.local_part}@{self.domain.unicode}"


def parse_local_part(text: str) -> str:
    """An account's name: 1–64 of letters, digits and `. _ - + =`, no dot at either end or twice."""
    name = text.lower()
    if not name:
        raise Malformed("local-part-empty")
    if len(name.encode()) > LOCAL_PART_LIMIT:
        raise Malformed("local-part-too-long", text=name[:40] + "…")
    if not _LOCAL_PART.match(name):
        plain = name.replace(".", "")
        code = "local-part-dots" if re.fullmatch(r"[a-z0-9_+=-]*", plain) else "local-part-characters"
        raise Malformed(code, text=name)
    return name
