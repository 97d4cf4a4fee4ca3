"""Fields from outside that claim to be this server's own (RFC 8601 §5)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from fumibako.mail.alabel import to_a_labels
from fumibako.mail.header import HeaderSection
from fumibako.mail.lexer import Lexer
from fumibako.mailauth.results.authentication_results import parse_authentication_results, read_authserv_id
from fumibako.mailauth.results.received_spf import parse_received_spf


class Forged(NamedTuple):
    """The n-th field of a name, counted from 1 from the top, as a milter names it."""

    name: bytes
    occurrence: int


def find_forged(header: HeaderSection, authserv_id: str) -> Sequence[Forged]:
    """The Authentication-Results and Received-SPF fields that say they were written here, and DomainKey-Status, which says
    nothing of its author.

    A reader may be more lenient than our parser: what we cannot read and what names us anywhere counts as forged.
    """
    own = authserv_id.lower()
    forged = []
    for key, claims in (
        (b"authentication-results", _claims_results),
        (b"received-spf", _claims_spf),
        (b"domainkey-status", _claims_always),
    ):
        for number, field in enumerate(header.named(key), start=1):
            if claims(field.value, own):
                forged.append(Forged(field.name.rstrip(b" \t"), number))
    return forged


def _claims_results(value: bytes, own: str) -> bool:
    name = read_authserv_id(Lexer(value))
    if name is not None and _same(name, own):
        return True
    return (name is None or parse_authentication_results(value) is None) and _mentions(value, own)


def _claims_spf(value: bytes, own: str) -> bool:
    parsed = parse_received_spf(value)
    receiver = parsed.value("receiver") if parsed else None
    if receiver is not None and not _same(receiver, own):
        return False
    return receiver is not None or _mentions(value, own)


def _claims_always(_value: bytes, _own: str) -> bool:
    return True


def _same(name: str, own: str) -> bool:
    """Equal without regard to case, a final dot or the script of its labels."""
    return name.lower().rstrip(".") == own or (to_a_labels(name.encode("utf-8", "replace")) or "") == own


def _mentions(value: bytes, own: str) -> bool:
    """The name stands somewhere, however it is folded, quoted or interrupted by comments."""
    bare = value.translate(None, b' \t\r\n"\\').lower()
    without_comments = re.sub(rb"\([^()]*\)", b"", bare)
    return own.encode("utf-8") in bare or own.encode("utf-8") in without_comments
