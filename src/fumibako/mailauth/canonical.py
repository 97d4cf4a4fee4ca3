"""Header fields as they are signed (RFC 6376 §3.4.1 and §3.4.2), and the signature's own field without its signature."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Literal, TypeAlias

from fumibako.mail.header import HeaderField, HeaderSection

HeaderForm: TypeAlias = Literal["simple", "relaxed"]

# b= and nothing else, in a list that begins with a semicolon, too.
_SIGNATURE_TAG = re.compile(rb";[ \t\r\n]*b[ \t\r\n]*=")


def relaxed(field: HeaderField) -> bytes:
    """RFC 6376 §3.4.2: name in lower case, folds undone, runs of white space one space, none around; CRLF at the end."""
    value = field.value.replace(b"\r\n", b"").replace(b"\t", b" ")
    if b"  " in value:
        value = b" ".join([word for word in value.split(b" ") if word])
    return b"%b:%b\r\n" % (field.name.rstrip(b" \t").lower(), value.strip(b" "))


def simple(field: HeaderField) -> bytes:
    """RFC 6376 §3.4.1: octet for octet."""
    return field.octets


FORMS: dict[HeaderForm, Callable[[HeaderField], bytes]] = {"simple": simple, "relaxed": relaxed}


def unsigned(field: HeaderField, form: HeaderForm) -> bytes:
    """The signature's own field with an empty b= and no CRLF at its end (RFC 6376 §3.7)."""
    value = b";" + field.value
    if found := _SIGNATURE_TAG.search(value):
        _, semicolon, rest = value[found.end() :].partition(b";")
        value = value[: found.end()] + semicolon + rest
    return FORMS[form](HeaderField(field.name, value[1:]))[:-2]


def select(header: HeaderSection, names: Iterable[bytes], signature: HeaderField | None = None) -> Sequence[int]:
    """The places of the fields that h= names: of each name the lowest first, going up (RFC 6376 §5.4.2).

    A name beyond the fields that there are stands for nothing: that is how a signer forbids adding one. The signature
    itself, which did not stand there when it was made, is never among them (§3.5, h=).
    """
    left: dict[bytes, list[int]] = {}
    chosen = []
    for name in names:
        key = name.lower()
        places = left.get(key)
        if places is None:
            places = left[key] = [place for place in header.places(key) if header[place] is not signature]
        if places:
            chosen.append(places.pop())
    return chosen


class CanonicalHeader:
    """A header section whose fields are canonicalized once, however many signatures cover them."""

    __slots__ = ("_done", "header")

    def __init__(self, header: HeaderSection) -> None:
        self.header = header
        self._done: dict[HeaderForm, dict[int, bytes]] = {"simple": {}, "relaxed": {}}

    def signed_octets(self, names: Iterable[bytes], signature: HeaderField, form: HeaderForm) -> bytes:
        """What a signature with that h= covers of the header: the named fields, then its own (RFC 6376 §3.7)."""
        done, canonical = self._done[form], FORMS[form]
        pieces = []
        for place in select(self.header, names, signature):
            octets = done.get(place)
            if octets is None:
                octets = done[place] = canonical(self.header[place])
            pieces.append(octets)
        pieces.append(unsigned(signature, form))
        return b"".join(pieces)
