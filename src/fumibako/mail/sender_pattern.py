"""Senders to refuse: one address, or all addresses of exactly one domain."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from fumibako.mail.domain import DomainName
from fumibako.mail.malformed import Malformed

# Any dot-string of RFC 5321 §4.1.2: wider than the names that an account of ours can have. A sender that has to be quoted
# is nobody's.
_LOCAL_PART: Final = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*\Z")
_LONGEST: Final = 64


@dataclass(frozen=True, slots=True, order=True)
class SenderPattern:
    """`local_part` is empty for all senders of the domain; its subdomains are others. Letter case does not count."""

    domain: DomainName
    local_part: str = ""

    def __str__(self) -> str:
        return f"{self.local_part}@{self.domain.ascii}"

    @property
    def unicode(self) -> str:
        return f"{self.local_part}@{self.domain.unicode}"


def parse_sender(text: str) -> SenderPattern:
    """The pattern that a person wrote: `spam@example.co.jp` or `@example.co.jp`.

    Raises `Malformed` with code `sender-empty`, `sender-control`, `sender-full-width`, `sender-form`, `sender-local-part`,
    or a domain's code; its detail `right` is what was probably meant.
    """
    if any(unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") for character in text):
        raise Malformed("sender-control", text=text)
    bare = text.strip()
    if not bare:
        raise Malformed("sender-empty")
    plain = unicodedata.normalize("NFKC", bare)
    if plain != bare and plain.isascii():
        raise Malformed("sender-full-width", text=bare, **_right(plain))
    local_part, at, domain = bare.rpartition("@")
    if not at:
        raise Malformed("sender-form", text=bare, **_right(f"@{bare.removeprefix('*.').removeprefix('.')}"))
    if bare.startswith("<") or local_part == "*" or domain.startswith(("*.", ".")):
        inner = bare.removeprefix("<").removesuffix(">").removeprefix("*")
        raise Malformed("sender-form", text=bare, **_right(inner.replace("@*.", "@").replace("@.", "@")))
    name = local_part.lower()
    if name and (len(name) > _LONGEST or not _LOCAL_PART.match(name)):
        raise Malformed("sender-local-part", text=bare)
    return SenderPattern(DomainName.parse(domain), name)


def _right(text: str) -> dict[str, str]:
    """The detail `right`, where `text` is a pattern."""
    if len(text) > 400:
        return {}
    try:
        return {"right": str(parse_sender(text))}
    except Malformed:
        return {}
