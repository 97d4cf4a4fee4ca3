"""Domain names: one spelling for each, the one that goes on the wire."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import idna

from fumibako.mail.malformed import Malformed

# A hundred thousand addresses have a handful of domains.
_REMEMBERED = 1024

_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)\Z")


@dataclass(frozen=True, slots=True, order=True)
class DomainName:
    """A fully qualified domain name, lower case, internationalised labels as A-labels (RFC 5891 §4.4)."""

    ascii: str

    @classmethod
    def parse(cls, text: str) -> DomainName:
        """The domain that a person wrote.

        Full-width letters and dots are mapped to the plain ones, upper case to lower (UTS 46), so that no domain has
        two spellings. Raises `Malformed` with code `domain-empty`, `domain-control`, `domain-too-long` (over 253
        octets), `domain-label` (an empty, over-long or ill-formed label), `domain-single-label`, `domain-address`
        (an IP address) or `domain-idna`.
        """
        return cls(_parsed(text))

    @property
    def unicode(self) -> str:
        """The name as people write it."""
        return _unicode(self.ascii)

    def __str__(self) -> str:
        return self.ascii

    @property
    def parents(self) -> tuple[str, ...]:
        """The names above this one, nearest first."""
        labels = self.ascii.split(".")
        return tuple(".".join(labels[start:]) for start in range(1, len(labels)))


@lru_cache(_REMEMBERED)
def _parsed(text: str) -> str:
    if any(ord(character) < 0x20 or ord(character) == 0x7F for character in text):
        raise Malformed("domain-control")
    bare = text.strip()
    if not bare:
        raise Malformed("domain-empty")
    if len(bare) > 1000:
        raise Malformed("domain-too-long", text=bare[:60] + "…")
    try:
        mapped = idna.uts46_remap(bare, std3_rules=False, transitional=False)
    except (idna.IDNAError, UnicodeError):
        raise Malformed("domain-idna", text=bare) from None
    labels = mapped.split(".")
    if any(not label for label in labels):
        raise Malformed("domain-label", text=bare, label="")
    encoded = []
    for label in labels:
        if label.isascii():
            if not _LABEL.match(label):
                raise Malformed("domain-label", text=bare, label=label)
            if label.startswith("xn--"):
                _decoded(label, bare)
            encoded.append(label)
        else:
            try:
                encoded.append(idna.alabel(label).decode("ascii"))
            except (idna.IDNAError, UnicodeError):
                raise Malformed("domain-idna", text=bare, label=label) from None
    name = ".".join(encoded)
    if len(name) > 253:
        raise Malformed("domain-too-long", text=bare[:60] + "…")
    if len(encoded) < 2:
        raise Malformed("domain-single-label", text=bare)
    if encoded[-1].isdigit():
        raise Malformed("domain-address", text=bare)
    return name


@lru_cache(_REMEMBERED)
def _unicode(name: str) -> str:
    try:
        return idna.decode(name)
    except (idna.IDNAError, UnicodeError):
        return name


def _decoded(label: str, text: str) -> None:
    try:
        idna.ulabel(label)
    except (idna.IDNAError, UnicodeError):
        raise Malformed("domain-idna", text=text, label=label) from None
