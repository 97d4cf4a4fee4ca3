"""Each rule of verification, from both sides (RFC 6376 §6.1, RFC 8301, RFC 8463, RFC 8616)."""

from __future__ import annotations

import base64
import hashlib
import re
import subprocess
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from hypothesis import given, settings
from hypothesis import strategies as st

from fumibako.mail.header import HeaderField, parse_message
from fumibako.mailauth.body import BodyHasher
from fumibako.mailauth.canonical import CanonicalHeader
from fumibako.mailauth.dkim.sign import SEALED, Signer
from fumibako.mailauth.dkim.sign import SIGNED as ALSO_SIGNED
from fumibako.mailauth.dkim.verify import SIGNATURE_LIMIT, Verification
from fumibako.mailauth.privatekey import SigningKey
from tests.mailauth.signed import (
    DOMAIN,
    LATER,
    MESSAGE,
    NOW,
    Keys,
    dkim_fields,
    dkim_results,
    dkim_signed,
    dkim_status,
    zone_of,
)
from tests.mailauth.zone import TIMEOUT, Zone

GOOD = ("pass", "good-signature")


def handmade(keys: Keys, tags: str, message: bytes = MESSAGE) -> bytes:
    """A correct relaxed signature over From with any tags one likes: `BH` stands for the body's hash."""
    header, body = parse_message(message)
    canonical_body = re.sub(rb"[ \t]+", b" ", body)
    body_hash = base64.b64encode(hashlib.sha256(canonical_body).digest()).decode()
    text = tags.replace("BH", body_hash)
    bare = HeaderField(b"DKIM-Signature", f" {text}; b=".encode())
    octets = CanonicalHeader(header).signed_octets([b"from"], bare, "relaxed")
    signature = keys.rsa.sign(octets, PKCS1v15(), hashes.SHA256())
    return bare.octets[:-2] + base64.b64encode(signature) + b"\r\n" + message


PLAIN = "v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.org; s=r; h=from; bh=BH"


@pytest.mark.parametrize(
    ("tags", "status"),
    [
        (PLAIN, GOOD),
        (PLAIN + "; x_new=whatever", GOOD),
        (PLAIN + "; q=dns/txt", GOOD),
        (PLAIN + "; q=other:dns/txt", GOOD),
        (PLAIN + "; q=other", ("neutral", "signature-query")),
        (PLAIN + "; i=hanako@example.org", GOOD),
        (PLAIN + "; i=@mail.example.org", GOOD),
        (PLAIN + "; i=@EXAMPLE.org", GOOD),
        (PLAIN + "; i=hanako@mail.\r\n\texample.org", GOOD),
        (PLAIN + "; i=@example.org.", ("permerror", "signature-identity")),
        (PLAIN + "; i=@other.example", ("permerror", "signature-identity")),
        (PLAIN + "; i=@notexample.org", ("permerror", "signature-identity")),
        (PLAIN + "; i=hanako", ("permerror", "signature-identity")),
        (PLAIN + f"; t={NOW}; x={LATER + 1}", GOOD),
        (PLAIN + f"; t={NOW}; x={NOW + 1}", ("fail", "signature-expired")),
        (PLAIN + f"; t={NOW}; x={NOW}", ("neutral", "signature-syntax")),
        (PLAIN + f"; x={NOW}", ("fail", "signature-expired")),
        (PLAIN + f"; t={LATER + 3600}", GOOD),
        (PLAIN + f"; t={LATER + 100_000}", ("fail", "signature-future")),
        (PLAIN + "; t=now", ("neutral", "signature-syntax")),
        (PLAIN + "; t=" + "9" * 76, ("fail", "signature-future")),
        (PLAIN + "; l=5", ("fail", "body-mismatch")),
        (PLAIN + "; l=99999", ("fail", "body-too-short")),
        (PLAIN + "; l=" + "9" * 76, ("fail", "body-too-short")),
        (PLAIN + "; l=-1", ("neutral", "signature-syntax")),
        (PLAIN.replace("v=1", "v=2"), ("neutral", "signature-version")),
        (PLAIN.replace("v=1; ", ""), ("neutral", "signature-tag-missing")),
        (PLAIN.replace("rsa-sha256", "rsa-sha1"), ("policy", "signature-algorithm-historic")),
        (PLAIN.replace("rsa-sha256", "rsa-md5"), ("neutral", "signature-algorithm")),
        (PLAIN.replace("rsa-sha256", "ed25519-sha256"), ("permerror", "key-type")),
        (PLAIN.replace("relaxed/relaxed", "relaxed"), ("fail", "body-mismatch")),
        (PLAIN.replace("relaxed/relaxed", "nowsp"), ("neutral", "signature-canonicalization")),
        (PLAIN.replace("d=example.org; ", ""), ("neutral", "signature-tag-missing")),
        (PLAIN.replace("d=example.org", "d=org"), ("neutral", "signature-domain")),
        (PLAIN.replace("d=example.org", "d=example.org."), ("neutral", "signature-domain")),
        (PLAIN.replace("s=r", "s=r."), ("neutral", "signature-domain")),
        (PLAIN.replace("d=example.org", "d=a..b"), ("neutral", "signature-domain")),
        (PLAIN.replace("d=example.org", "d=bank.example/x.example.org"), ("neutral", "signature-domain")),
        (PLAIN.replace("d=example.org", "d=bank.example(.example.org"), ("neutral", "signature-domain")),
        (PLAIN + "; i=@bank.example#.example.org", ("permerror", "signature-identity")),
        (PLAIN.replace("d=example.org", "d=other.example"), ("permerror", "key-none")),
        (PLAIN.replace("s=r; ", ""), ("neutral", "signature-tag-missing")),
        (PLAIN.replace("s=r", "s=unknown"), ("permerror", "key-none")),
        (PLAIN.replace("h=from", "h=From"), GOOD),
        (PLAIN.replace("h=from", "h=to:subject"), ("permerror", "signature-from-unsigned")),
        (PLAIN.replace("h=from; ", ""), ("neutral", "signature-tag-missing")),
        (PLAIN.replace("BH", "####"), ("neutral", "signature-syntax")),
        (PLAIN.replace("bh=BH", "bh=" + "A" * 43 + "="), ("fail", "body-mismatch")),
        (PLAIN + "; d=example.org", ("neutral", "signature-syntax")),
        (PLAIN + "; ;", ("neutral", "signature-syntax")),
    ],
)
def test_tags_mean_what_the_rfc_says(keys: Keys, tags: str, status: tuple[str, str]) -> None:
    assert dkim_status(handmade(keys, tags), keys.zone) == status


@pytest.mark.parametrize(
    ("record", "status"),
    [
        ("v=DKIM1; k=rsa; p=KEY", GOOD),
        ("p=KEY", GOOD),
        ("v=DKIM1; p=KEY;", GOOD),
        ("k=rsa; p=KEY; n=a note", GOOD),
        ("v=DKIM1; t=y; p=KEY", ("pass", "good-signature-testing")),
        ("v=DKIM1; t=s; p=KEY", GOOD),
        ("v=DKIM1; h=sha1:sha256; p=KEY", GOOD),
        ("v=DKIM1; h=sha1; p=KEY", ("permerror", "key-hash")),
        ("v=DKIM1; s=email; p=KEY", GOOD),
        ("v=DKIM1; s=tlsrpt:*; p=KEY", GOOD),
        ("v=DKIM1; s=tlsrpt; p=KEY", ("permerror", "key-service")),
        ("v=DKIM2; p=KEY", ("permerror", "key-version")),
        ("p=KEY; v=DKIM1", ("permerror", "key-version")),
        ("v=DKIM1; k=dsa; p=KEY", ("permerror", "key-syntax")),
        ("v=DKIM1; k=ed25519; p=KEY", ("permerror", "key-syntax")),
        ("v=DKIM1; p=", ("permerror", "key-revoked")),
        ("v=DKIM1; k=rsa", ("permerror", "key-syntax")),
        ("v=DKIM1; p=!!!", ("permerror", "key-syntax")),
        ("v=DKIM1; p=AAAA", ("permerror", "key-syntax")),
        ("nothing of ours", ("permerror", "key-syntax")),
        ("v=DKIM1; p=" + "A" * 65_000, ("permerror", "key-syntax")),
    ],
)
def test_keys_allow_what_their_record_says(keys: Keys, record: str, status: tuple[str, str]) -> None:
    zone = zone_of({f"r._domainkey.{DOMAIN}": record.replace("KEY", keys.signing["r"].public)})
    assert dkim_status(handmade(keys, PLAIN), zone) == status


def test_a_strict_key_is_not_for_subdomains(keys: Keys) -> None:
    zone = zone_of({f"r._domainkey.{DOMAIN}": f"v=DKIM1; t=s; p={keys.signing['r'].public}"})
    assert dkim_status(handmade(keys, PLAIN + "; i=@mail.example.org"), zone) == ("permerror", "key-subdomain")


def test_a_key_in_the_form_of_pkcs1_is_read_as_well(keys: Keys) -> None:
    der = keys.rsa.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.PKCS1)
    zone = zone_of({f"r._domainkey.{DOMAIN}": "v=DKIM1; p=" + base64.b64encode(der).decode()})
    assert dkim_status(handmade(keys, PLAIN), zone) == GOOD


@pytest.mark.parametrize(
    ("bits", "status"),
    [(1024, GOOD), (1023, ("policy", "key-small")), (768, ("policy", "key-small")), (512, ("policy", "key-small"))],
)
def test_a_key_under_1024_bits_never_passes(bits: int, status: tuple[str, str]) -> None:
    pem = subprocess.run(["openssl", "genrsa", str(bits)], capture_output=True, check=True).stdout
    key = SigningKey.load(pem)
    assert key.bits == bits
    signed = dkim_signed(MESSAGE, Signer(DOMAIN, "r", key))
    assert dkim_status(signed, zone_of({f"r._domainkey.{DOMAIN}": key.dkim_record})) == status


def test_trouble_with_the_dns_is_temporary(keys: Keys) -> None:
    name = f"r._domainkey.{DOMAIN}"
    assert dkim_status(handmade(keys, PLAIN), Zone({name: [TIMEOUT]})) == ("temperror", "key-unavailable")
    loop = Zone({name: [("CNAME", "a.example")], "a.example": [("CNAME", name)]})
    assert dkim_status(handmade(keys, PLAIN), loop) == ("temperror", "key-unavailable")
    alias = Zone({name: [("CNAME", "k.example")], "k.example": [("TXT", keys.signing["r"].dkim_record)]})
    assert dkim_status(handmade(keys, PLAIN), alias) == GOOD


def test_a_name_that_is_too_long_for_the_dns_is_no_trouble_for_now(keys: Keys) -> None:
    """Else a forger could turn the refusal of the domain that he names into a temporary error."""
    selector = ".".join(["x" * 60] * 4)
    signed = handmade(keys, PLAIN.replace("s=r", f"s={selector}"))
    assert dkim_status(signed, Zone({f"{selector}._domainkey.{DOMAIN}": [TIMEOUT]})) == ("permerror", "key-none")


def test_of_several_records_the_one_of_the_right_type_counts(keys: Keys) -> None:
    records = [("TXT", "junk"), ("TXT", keys.signing["e"].dkim_record), ("TXT", keys.signing["r"].dkim_record)]
    assert dkim_status(handmade(keys, PLAIN), Zone({f"r._domainkey.{DOMAIN}": records})) == GOOD


def test_a_signature_over_part_of_the_body_says_so(keys: Keys) -> None:
    signer = Signer(DOMAIN, "r", keys.signing["r"], "relaxed", "relaxed")
    field = dkim_fields(MESSAGE, [signer])[0]
    _, body = parse_message(MESSAGE)
    canonical_length = len(re.sub(rb"[ \t]+", b" ", body))
    signed = handmade(keys, PLAIN + f"; l={canonical_length}")
    assert dkim_status(signed, keys.zone) == GOOD
    longer = dkim_results(signed + b"Buy this!\r\n", keys.zone)[0]
    assert (longer.status, longer.reason.code) == ("pass", "good-signature-partly")
    assert longer.reason.details["signed"] == str(canonical_length)
    assert dkim_status(field.octets + MESSAGE + b"Buy this!\r\n", keys.zone) == ("fail", "body-mismatch")


def test_internationalised_domains_are_asked_for_in_a_labels(keys: Keys) -> None:
    zone = zone_of({"xn--r8jz45g._domainkey.xn--r8jz45g.jp": keys.signing["r"].dkim_record})
    tags = PLAIN.replace("d=example.org", "d=例え.jp").replace("s=r", "s=例え")  # RFC 8616 §5
    signed = handmade(keys, tags + "; i=花子@例え.jp")
    result = dkim_results(signed, zone)[0]
    assert (result.status, result.domain) == ("pass", "xn--r8jz45g.jp")


def test_every_signature_has_a_result_in_order(keys: Keys) -> None:
    good = handmade(keys, PLAIN).removesuffix(MESSAGE)
    message = good + b"DKIM-Signature: nonsense\r\n" + good + MESSAGE
    assert [result.status for result in dkim_results(message, keys.zone)] == ["pass", "neutral", "pass"]
    assert [result.status for result in dkim_results(MESSAGE, keys.zone)] == ["none"]


def test_only_the_first_signatures_are_tried(keys: Keys) -> None:
    signed = handmade(keys, PLAIN)
    field = signed.removesuffix(MESSAGE)
    zone = keys.zone
    results = dkim_results(field * 12 + MESSAGE, zone)
    assert [result.status for result in results] == ["pass"] * SIGNATURE_LIMIT + ["policy"]
    assert len(zone.asked) == SIGNATURE_LIMIT


def test_the_names_to_be_looked_up_are_known_when_the_header_is_complete(keys: Keys) -> None:
    header, _ = parse_message(handmade(keys, PLAIN))
    assert Verification(header, BodyHasher(), now=LATER).key_names == [f"r._domainkey.{DOMAIN}"]


def test_adding_another_from_breaks_our_signature(keys: Keys) -> None:
    signed = dkim_signed(MESSAGE, Signer(DOMAIN, "r", keys.signing["r"]))
    assert dkim_status(signed, keys.zone) == GOOD
    for added in (b"From: evil@example.com\r\n", b"Subject: evil\r\n", b"Content-Type: text/html\r\n"):
        assert dkim_status(added + signed, keys.zone) == ("fail", "signature-mismatch")
    assert dkim_status(b"Received: from elsewhere\r\n" + signed, keys.zone) == GOOD


def test_a_signature_that_covers_others_never_covers_itself(keys: Keys) -> None:
    first = dkim_signed(MESSAGE, Signer(DOMAIN, "r", keys.signing["r"]))
    for sealed in ((b"From",), (b"From", b"DKIM-Signature")):
        for message in (MESSAGE, first):
            second = replace(Signer(DOMAIN, "r", keys.signing["r"]), sealed=sealed, signed=(b"DKIM-Signature",))
            assert dkim_status(dkim_signed(message, second), keys.zone) == GOOD
    another = replace(Signer(DOMAIN, "r", keys.signing["r"]), sealed=(b"From", b"DKIM-Signature"), signed=())
    above = dkim_signed(dkim_signed(MESSAGE, another), Signer(DOMAIN, "r", keys.signing["r"]))
    assert [result.reason.code for result in dkim_results(above, keys.zone)] == ["good-signature", "signature-mismatch"]


def test_a_signer_may_name_lifetime_and_identity(keys: Keys) -> None:
    signer = replace(Signer(DOMAIN, "r", keys.signing["r"]), lifetime=100, identity="@mail.example.org")
    signed = dkim_signed(MESSAGE, signer)
    assert dkim_status(signed, keys.zone, NOW + 100) == GOOD
    assert dkim_status(signed, keys.zone, NOW + 101) == ("fail", "signature-expired")
    result = dkim_results(signed, keys.zone, NOW)[0]
    assert result.signature
    assert result.signature.identity == "@mail.example.org"


@given(place=st.integers(0, 2000), octet=st.binary(min_size=1, max_size=1))
@settings(max_examples=500, deadline=None)
def test_no_change_of_what_is_signed_passes(place: int, octet: bytes) -> None:
    signed = SIGNED[0]
    place %= len(signed)
    changed = signed[:place] + octet + signed[place + 1 :]
    result = dkim_results(changed, SIGNED[1])[0]
    if result.passed:  # only what both relaxed forms forgive, or what the signature does not cover
        assert relaxed_text(changed) == relaxed_text(signed)


def relaxed_text(message: bytes) -> bytes:
    """What is left when all that relaxed forms forgive, and the fields that are not signed, are taken away."""
    head, _, body = message.partition(b"\r\n\r\n")
    head = re.sub(rb"\r\n(?=[ \t])", b"", head)
    signed = {b"dkim-signature", *(name.lower() for name in (*SEALED, *ALSO_SIGNED))}
    fields = [line for line in head.split(b"\r\n") if line.partition(b":")[0].strip(b" \t").lower() in signed]
    lines = [
        re.sub(rb"[ \t]+", b"", name).lower() + b":" + re.sub(rb"[ \t]+", b" ", value).strip()
        for name, _, value in (field.partition(b":") for field in fields)
    ]
    text = re.sub(rb"[ \t]+", b" ", body)
    signature = re.compile(rb"(b=)[A-Za-z0-9+/= \r\n]*\Z")
    return b"\n".join(signature.sub(rb"\1", line).replace(b" ", b"") for line in lines) + b"\n\n" + text


_KEYS = Keys()
SIGNED = (dkim_signed(MESSAGE, Signer(DOMAIN, "r", _KEYS.signing["r"])), _KEYS.zone)
