"""The body's canonical forms, against the RFCs' own words written as plainly as possible, in pieces of any size."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fumibako.mailauth.body import BodyForm, BodyHasher

FORMS: tuple[BodyForm, ...] = ("simple", "relaxed", "dk-simple", "dk-nofws")


class Tape:
    """A hash that keeps what it is given."""

    def __init__(self) -> None:
        self.data = b""

    def update(self, data: bytes, /) -> None:
        self.data += data

    def digest(self) -> bytes:
        return self.data


def canonical(form: BodyForm, pieces: list[bytes]) -> bytes:
    hasher, tape = BodyHasher(), Tape()
    hasher.attach(form, tape)
    for piece in pieces:
        hasher.feed(piece)
    hasher.finish()
    return tape.data


def by_the_letter(form: BodyForm, body: bytes) -> bytes:
    """RFC 6376 §3.4.3 and §3.4.4, RFC 4870 §3.4.2."""
    if form in {"simple", "relaxed"}:
        lines = body.split(b"\r\n")
        if form == "relaxed":
            lines = [re.sub(rb"[ \t]+", b" ", line) for line in lines]
            lines = [line.removesuffix(b" ") for line in lines]
        while lines and not lines[-1]:
            lines.pop()
        text = b"".join(line + b"\r\n" for line in lines)
        return text if text or form == "relaxed" else b"\r\n"
    whole = b"\r\n" + body
    if form == "dk-nofws":
        whole = b"\r\n".join(re.sub(rb"[ \t\r\n]", b"", line) for line in whole.split(b"\r\n"))
    stem = re.sub(rb"(?:\r\n)+\Z", b"", whole)
    return stem + b"\r\n" if stem and len(whole) > len(stem) else stem


octets = st.lists(
    st.sampled_from([b"\r", b"\n", b"\r\n", b" ", b"\t", b"a", b"b ", b"\0", b"\xff", b"\r\n\r\n", b" " * 300]),
    max_size=24,
)


@pytest.mark.parametrize("form", FORMS)
@given(pieces=octets)
@settings(max_examples=400, deadline=None)
def test_a_body_in_pieces_comes_out_as_the_rfc_has_it(form: BodyForm, pieces: list[bytes]) -> None:
    assert canonical(form, pieces) == by_the_letter(form, b"".join(pieces))


@pytest.mark.parametrize("form", FORMS)
@given(body=st.binary(max_size=60), cuts=st.lists(st.integers(0, 60), max_size=4))
@settings(max_examples=200, deadline=None)
def test_where_it_is_cut_does_not_matter(form: BodyForm, body: bytes, cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(body)]
    pieces = [body[start:end] for start, end in itertools.pairwise(edges)]
    assert canonical(form, pieces) == canonical(form, [body])


def test_every_octet_may_stand_in_a_domainkeys_body() -> None:
    body = bytes(range(256)) + b"\r\n\n\r\r\nx\r\n"
    assert canonical("dk-nofws", [body]) == by_the_letter("dk-nofws", body)


def test_a_limit_covers_the_first_octets_of_the_canonical_body() -> None:
    hasher = BodyHasher()
    short, whole, long = (hasher.want("simple", "sha256", limit) for limit in (3, 7, 8))
    hasher.feed(b"Hello")
    hasher.feed(b"\r\n\r\n")
    hasher.finish()
    assert (short.covered, whole.covered, long.covered) == (True, True, False)
    assert hasher.length("simple") == 7
    assert len({sink.digest() for sink in (short, whole, long)}) == 2  # seven octets are all that there are


def test_those_who_want_the_same_share_one_hash() -> None:
    hasher = BodyHasher()
    assert hasher.want("relaxed") is hasher.want("relaxed")
    assert hasher.want("relaxed") is not hasher.want("simple")
