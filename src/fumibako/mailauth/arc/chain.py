"""A message's ARC sets: found, and checked for what can be checked without keys (RFC 8617 §4.2, §5.2)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from fumibako.mail.header import HeaderField, HeaderSection
from fumibako.mail.lexer import Lexer
from fumibako.mailauth.reason import Reason, because
from fumibako.mailauth.tags import BadTagList, parse_tags

SET_LIMIT = 50  # RFC 8617 §4.2.1: "MUST NOT … more than 50"

RESULTS, MESSAGE, SEAL = b"arc-authentication-results", b"arc-message-signature", b"arc-seal"
_INSTANCE = re.compile(rb"[0-9]{1,2}\Z")  # RFC 8617 §4.2.1, position
_DIGITS = re.compile(rb"[0-9]+")


@dataclass(frozen=True, slots=True)
class ArcSet:
    """One server's three fields; the tags are those of the signatures."""

    instance: int
    results: HeaderField
    message: HeaderField
    seal: HeaderField
    message_tags: dict[bytes, bytes]
    seal_tags: dict[bytes, bytes]

    @property
    def payload(self) -> bytes:
        """What the server's own checks found, as the value of an Authentication-Results field."""
        return self.results.value.partition(b";")[2]


def find_sets(header: HeaderSection) -> list[ArcSet] | Reason:
    """The sets in the order of their instances; a reason when they are no chain (RFC 8617 §5.2 step 3); empty without any."""
    if sum(len(header.places(key)) for key in (RESULTS, MESSAGE, SEAL)) > 3 * SET_LIMIT:
        return because("arc-too-many", limit=SET_LIMIT)
    results: dict[int, HeaderField] = {}
    signatures: dict[bytes, dict[int, tuple[HeaderField, dict[bytes, bytes]]]] = {MESSAGE: {}, SEAL: {}}
    for field in header.named(RESULTS):
        instance = results_instance(field.value)
        if instance is None:
            return because("arc-instance")
        if instance in results:
            return because("arc-structure", instance=instance)
        results[instance] = field
    for key, found in signatures.items():
        for field in header.named(key):
            try:
                tags = parse_tags(field.value)
            except BadTagList:
                return because("arc-instance")
            value = tags.get(b"i", b"")
            if not _INSTANCE.match(value) or not 1 <= int(value) <= SET_LIMIT:
                return because("arc-instance")
            if int(value) in found:
                return because("arc-structure", instance=int(value))
            found[int(value)] = (field, tags)
    sets = []
    count = max(len(results), len(signatures[MESSAGE]), len(signatures[SEAL]))
    for instance in range(1, count + 1):  # without gaps
        message, seal = signatures[MESSAGE].get(instance), signatures[SEAL].get(instance)
        if instance not in results or message is None or seal is None:
            return because("arc-structure", instance=instance)
        sets.append(ArcSet(instance, results[instance], message[0], seal[0], message[1], seal[1]))
    return sets


def results_instance(value: bytes) -> int | None:
    """The `i=` that ARC-Authentication-Results begin with (RFC 8617 §4.1.1)."""
    lexer = Lexer(value)
    for literal in (b"i", b"="):
        if not lexer.skip_cfws() or not lexer.take(literal):
            return None
    lexer.skip_cfws()
    digits = lexer.match(_DIGITS)
    if digits is None or not _INSTANCE.match(digits) or not 1 <= int(digits) <= SET_LIMIT:
        return None
    return int(digits) if lexer.skip_cfws() and lexer.take(b";") else None


def validation_status(arc_set: ArcSet) -> bytes:
    """cv=: what the sealer found the chain before it to be, in lower case (the words are literals of ABNF, RFC 5234 §2.3)."""
    return arc_set.seal_tags.get(b"cv", b"").lower()
