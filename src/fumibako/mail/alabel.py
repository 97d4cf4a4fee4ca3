"""Domain names as they stand in mail and DNS: any case, perhaps internationalised, perhaps nonsense.

`fumibako.mail.domain` is stricter: it is about the domains that an administrator types. Here a name is whatever can be
asked of the DNS, so underscores and single labels are names too.
"""

from __future__ import annotations

import re
from functools import lru_cache

import idna

LONGEST_NAME = 253  # octets, without a final dot (RFC 1035 §2.3.4)
_HOST_NAME = re.compile(r"(?!.{254})[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*\Z")
_DNS_NAME = re.compile(r"(?!.{254})[!-\-/-~]{1,63}(?:\.[!-\-/-~]{1,63})*\Z")


def is_dns_name(name: str) -> bool:
    """1 to 253 printable octets in labels of 1 to 63 (RFC 1035 §2.3.4), without a final dot."""
    return _DNS_NAME.match(name) is not None


def to_host_name(octets: bytes) -> str | None:
    """`to_a_labels` of what may be a mail domain or a selector: letters, digits, hyphens (RFC 5321 §4.1.2, sub-domain) and the
    underscore that is met in practice. Anything else in a name is there to be misread: `bank.example/x.evil.example`."""
    name = to_a_labels(octets)
    return name if name is not None and _HOST_NAME.match(name) else None


@lru_cache(maxsize=4096)
def to_a_labels(octets: bytes) -> str | None:
    """The name in lower case and A-labels (RFC 5890 §2.3.2.1), one final dot dropped; nothing when it is no UTF-8 or no DNS name.

    A label that is ASCII stays as it is but for its case.
    """
    if len(octets) > 1000:
        return None
    try:
        name = octets.decode("utf-8")
    except UnicodeDecodeError:
        return None
    name = name.removesuffix(".")
    if name.isascii():
        name = name.lower()
        return name if is_dns_name(name) else None
    try:
        labels = idna.uts46_remap(name, std3_rules=False, transitional=False).split(".")
        encoded = ".".join([label if label.isascii() else idna.alabel(label).decode("ascii") for label in labels])
    except (idna.IDNAError, UnicodeError):
        return None
    return encoded if is_dns_name(encoded) else None


def to_u_labels(name: str) -> str:
    """The name as people write it; unchanged where that is not possible."""
    try:
        return idna.decode(name)
    except (idna.IDNAError, UnicodeError):
        return name
