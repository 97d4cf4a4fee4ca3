"""Signatures made by RFC 6376 §3.4 and §3.7 written down a second time, over bodies, fields and h= of every shape."""

from __future__ import annotations

import base64
import hashlib
import random
import re
from collections.abc import Sequence

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

from tests.mailauth.shapes import BODIES, FORMS
from tests.mailauth.signed import Keys, dkim_status

GOOD = ("pass", "good-signature")
MORE_BODIES = {
    "only a CR": b"\r",
    "only an LF": b"\n",
    "no end after empty lines": b"\r\n\r\nx",
    "blanks and no end": b"x \t",
    "nothing but blanks": b" \t ",
    "lines of blanks": b" \r\n\t\r\n  \r\n",
    "a CR at the very end": b"x\r\n\r",
    "LF and CR": b"x\n\r\r\n",
    "vertical tabs": b"x\x0b\x0c \r\n",
    "an ideographic space": "x\u3000 \r\n".encode(),
    "very many blanks": b"x" + b" \t" * 20_000 + b"y\r\n",
    "blanks before empty lines": b"x   \r\n   \r\n\r\n",
}
FIELDS = {
    "eight bits": b"Subject: \xe3\x81\x82\xff",
    "tabs": b"Subject:\t\ta\t b\t",
    "no space": b"Subject:a",
    "only a fold": b"Subject:\r\n a",
    "a fold of blanks": b"Subject: a\r\n \t \r\n b",
    "a fold at the end": b"Subject: a\r\n ",
    "a bare CR": b"Subject: a\rb",
    "a bare LF": b"Subject: a\nb",
    "NUL": b"Subject: a\0b",
    "nothing": b"Subject:",
    "blanks alone": b"Subject: \t ",
    "blanks before the colon": b"Subject \t: a",
    "another case": b"sUBJECT: a",
    "a long line": b"Subject: " + b"a " * 8000,
    "many folds": b"Subject: a" + b"\r\n b" * 300,
}


def body_by_the_letter(body: bytes, form: str) -> bytes:
    lines = body.split(b"\r\n")
    if form == "relaxed":
        lines = [re.sub(rb"[ \t]+", b" ", line).removesuffix(b" ") for line in lines]
    while lines and not lines[-1]:
        lines.pop()
    text = b"".join(line + b"\r\n" for line in lines)
    return text if text or form == "relaxed" else b"\r\n"


def field_by_the_letter(field: bytes, form: str) -> bytes:
    if form == "simple":
        return field + b"\r\n"
    name, _, value = field.partition(b":")
    unfolded = re.sub(rb"[ \t]+", b" ", value.replace(b"\r\n", b"")).strip(b" ")
    return name.strip(b" \t").lower() + b":" + unfolded + b"\r\n"


def signed(keys: Keys, fields: Sequence[bytes], body: bytes, names: Sequence[bytes], forms: tuple[str, str]) -> bytes:
    digest = base64.b64encode(hashlib.sha256(body_by_the_letter(body, forms[1])).digest())
    tags = b"v=1; a=rsa-sha256; c=%b/%b; d=example.org; s=r;\r\n\th=%b;\r\n\tbh=%b; b="
    field = b"DKIM-Signature: " + tags % (forms[0].encode(), forms[1].encode(), b":".join(names), digest)
    left = {name: [each for each in fields if each.partition(b":")[0].strip(b" \t").lower() == name] for name in names}
    octets = b"".join(field_by_the_letter(left[name].pop(), forms[0]) for name in names if left[name])
    signature = keys.rsa.sign(octets + field_by_the_letter(field, forms[0])[:-2], PKCS1v15(), hashes.SHA256())
    return b"\r\n".join([field + base64.b64encode(signature), *fields, b"", body])


@pytest.mark.parametrize("forms", FORMS)
@pytest.mark.parametrize("shape", [*BODIES, *MORE_BODIES])
def test_every_body_verifies(keys: Keys, shape: str, forms: tuple[str, str]) -> None:
    body = (BODIES | MORE_BODIES)[shape]
    assert dkim_status(signed(keys, [b"From: a@example.org"], body, [b"from"], forms), keys.zone) == GOOD


@pytest.mark.parametrize("forms", FORMS)
@pytest.mark.parametrize("shape", FIELDS)
def test_every_field_verifies(keys: Keys, shape: str, forms: tuple[str, str]) -> None:
    fields = [b"From: a@example.org", FIELDS[shape], b"To: b"]
    assert dkim_status(signed(keys, fields, b"x\r\n", [b"from", b"subject", b"to"], forms), keys.zone) == GOOD


@pytest.mark.parametrize("seed", range(4))
def test_every_list_of_fields_verifies_with_absent_doubled_and_too_many_names(keys: Keys, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(40):
        fields = [b"From: a@example.org"]
        for _ in range(chance.randrange(6)):
            name = chance.choice([b"Subject", b"X-A", b"x-a ", b"To", b"Received"])
            fields.append(
                name + b": " + b"".join(chance.choice([b"a", b" ", b"\t", b"\r\n ", b":", b";"]) for _ in range(6))
            )
            fields[-1] += b"z"
        chance.shuffle(fields)
        names = [chance.choice([b"from", b"subject", b"x-a", b"to", b"nope"]) for _ in range(chance.randrange(7))]
        message = signed(keys, fields, b"x\r\n", [*names, b"from"], chance.choice(FORMS))
        assert dkim_status(message, keys.zone) == GOOD, message
