"""Chains grow, break and are sealed (RFC 8617 §4.2, §5)."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256

import pytest

from fumibako.mail.header import HeaderField, parse_message
from fumibako.mailauth.arc import seal, verify
from fumibako.mailauth.arc.chain import SET_LIMIT, results_instance
from fumibako.mailauth.body import BodyHasher
from fumibako.mailauth.canonical import CanonicalHeader, HeaderForm, relaxed, unsigned
from fumibako.mailauth.tags import parse_tags
from tests.mailauth.signed import DOMAIN, MESSAGE, NOW, Keys, arc_result, zone_of
from tests.mailauth.zone import TIMEOUT, Zone

PAYLOAD = b" mx.example.org; spf=pass smtp.mailfrom=a@example.org"


def sealed(message: bytes, keys: Keys, selector: str = "r", chain: verify.ArcResult | None = None) -> bytes:
    """The message with one more set on top; unchanged when none may be added."""
    header, body = parse_message(message)
    hasher = BodyHasher()
    sink = hasher.want("relaxed")
    hasher.feed(body)
    hasher.finish()
    sealer = seal.Sealer(DOMAIN, selector, keys.signing[selector])
    found = chain or arc_result(message, keys.zone)
    fields = seal.seal(header, sink, found, PAYLOAD, sealer, now=NOW)
    return b"".join(field.octets for field in fields) + message


def test_a_chain_grows_and_holds(keys: Keys) -> None:
    message, result = MESSAGE, arc_result(MESSAGE, keys.zone)
    assert result.status == "none"
    for count in range(1, 6):
        message = sealed(message, keys, "re"[count % 2])
        result = arc_result(message, keys.zone)
        assert (result.status, len(result.sets), result.oldest_pass) == ("pass", count, 0)
        assert result.sealers == (DOMAIN,) * count
    assert result.sets[0].payload.strip() == PAYLOAD.strip()


def test_a_message_changed_on_the_way_keeps_its_chain_and_says_since_when(keys: Keys) -> None:
    first = sealed(MESSAGE, keys)
    changed = sealed(
        first.replace(b"Subject: Hallo", b"Subject: [list] Hallo"), keys, chain=arc_result(first, keys.zone)
    )
    result = arc_result(changed, keys.zone)
    assert (result.status, result.oldest_pass) == ("pass", 2)
    assert arc_result(first.replace(b"Hallo", b"Hello"), keys.zone).status == "fail"


def test_a_broken_chain_is_sealed_as_broken_once_and_never_again(keys: Keys) -> None:
    broken = sealed(MESSAGE, keys).replace(b"Hallo", b"Hello")
    assert arc_result(broken, keys.zone).status == "fail"
    marked = sealed(broken, keys)
    assert b"cv=fail" in marked
    assert arc_result(marked, keys.zone).reason.code == "arc-failed-before"
    assert sealed(marked, keys) == marked


def test_a_chain_that_cannot_be_judged_for_now_is_not_sealed_as_broken(keys: Keys) -> None:
    message = sealed(MESSAGE, keys)
    silent = arc_result(message, Zone({"r._domainkey.example.org": [TIMEOUT]}))
    assert (silent.status, silent.temporary) == ("fail", True)
    assert sealed(message, keys, chain=silent) == message


def test_a_chain_is_full_at_fifty_sets(keys: Keys) -> None:
    message = MESSAGE
    for _ in range(SET_LIMIT):
        message = sealed(message, keys, "e")
    result = arc_result(message, keys.zone)
    assert (result.status, len(result.sets)) == ("pass", SET_LIMIT)
    assert sealed(message, keys) == message


@pytest.mark.parametrize(
    ("find", "put", "code"),
    [
        (rb"ARC-Seal: i=1", rb"ARC-Seal: i=0", "arc-instance"),
        (rb"ARC-Seal: i=1", rb"ARC-Seal: i=2", "arc-structure"),
        (rb"ARC-Seal: i=1", rb"ARC-Seal: i=100000000000000000000", "arc-instance"),
        (rb"ARC-Seal: i=1", rb"ARC-Seal: x=1", "arc-instance"),
        (rb"ARC-Seal: i=1; a=rsa-sha256", rb"ARC-Seal: i=1; a=rsa-sha1", "arc-seal"),
        (rb"cv=none", rb"cv=pass", "arc-validation-status"),
        (rb"cv=none; ", rb"", "arc-validation-status"),
        (rb"cv=none", rb"cv=fail", "arc-failed-before"),
        (rb"cv=none", rb"cv=none; h=from", "arc-seal"),
        (rb"ARC-Authentication-Results: i=1;", rb"ARC-Authentication-Results: i=1", "arc-instance"),
        (rb"spf=pass", rb"spf=fail", "arc-seal"),
        (
            rb"ARC-Message-Signature: i=1; a=rsa-sha256",
            rb"ARC-Message-Signature: i=1; a=rsa-sha1",
            "arc-message-signature",
        ),
        (rb"h=From", rb"h=ARC-Seal:From", "arc-message-signature"),
    ],
)
def test_each_flaw_breaks_the_chain(keys: Keys, find: bytes, put: bytes, code: str) -> None:
    good = sealed(MESSAGE, keys)
    assert find in good
    result = arc_result(good.replace(find, put, 1), keys.zone)
    assert (result.status, result.reason.code) == ("fail", code)


@pytest.mark.parametrize("name", [b"ARC-Seal", b"ARC-Message-Signature", b"ARC-Authentication-Results"])
def test_a_set_is_whole_and_single(keys: Keys, name: bytes) -> None:
    good = sealed(MESSAGE, keys)
    field = re.search(rb"(?m)^" + name + rb":(?:.*\r\n)(?:[ \t].*\r\n)*", good)
    assert field
    for message in (good.replace(field.group(), b""), field.group() + good):
        assert arc_result(message, keys.zone).reason.code == "arc-structure"


def test_keys_are_held_to_the_rules_of_dkim(keys: Keys) -> None:
    message = sealed(MESSAGE, keys)
    public = keys.signing["r"].public
    for record in ("v=DKIM1; p=", f"v=DKIM1; h=sha1; p={public}", f"v=DKIM1; s=other; p={public}", "junk"):
        assert arc_result(message, zone_of({"r._domainkey.example.org": record})).status == "fail"


def resealed(keys: Keys, message_tags: bytes, seal_tags: bytes, form: HeaderForm = "relaxed") -> bytes:
    """A chain of one set whose fields have these tags beside what they need; signed as they say."""
    key, header, body = keys.signing["r"], *parse_message(MESSAGE)
    hasher = BodyHasher()
    sink = hasher.want(form)
    hasher.feed(body)
    hasher.finish()

    def signed(name: bytes, tags: bytes, octets: Callable[[HeaderField], bytes]) -> HeaderField:
        bare = HeaderField(name, b" a=rsa-sha256; d=example.org; s=r; " + tags + b"; b=")
        return HeaderField(name, bare.value + b64encode(key.sign(sha256(octets(bare)).digest())))

    results = HeaderField(b"ARC-Authentication-Results", b" i=1;" + PAYLOAD)
    tags = message_tags + b"; bh=" + b64encode(sink.digest())
    names = parse_tags(tags)[b"h"].split(b":")
    message = signed(
        b"ARC-Message-Signature", tags, lambda bare: CanonicalHeader(header).signed_octets(names, bare, form)
    )
    seal_field = signed(
        b"ARC-Seal", seal_tags, lambda bare: relaxed(results) + relaxed(message) + unsigned(bare, "relaxed")
    )
    return b"".join(field.octets for field in (seal_field, message, results)) + MESSAGE


@pytest.mark.parametrize(
    ("message_tags", "seal_tags", "form", "status"),
    [
        (b"i=1; c=relaxed/relaxed; h=From:To", b"i=1; cv=none", "relaxed", "pass"),
        (b"i=1; h=From:To", b"i=1; cv=none", "relaxed", "pass"),
        (b"i=1; h=From:To", b"i=1; cv=none", "simple", "pass"),
        (b"i=1; c=relaxed/relaxed; h=From:To", b"i=1; cv=none", "simple", "fail"),
        (b"i=01; h=From", b"i=01; cv=none", "relaxed", "pass"),
        (b"i=1; h=From", b"i=1; cv=None", "relaxed", "pass"),
        (b"i=1; h=To:Subject", b"i=1; cv=none", "relaxed", "fail"),
    ],
)
def test_by_the_letter_both_ways(
    keys: Keys, message_tags: bytes, seal_tags: bytes, form: HeaderForm, status: str
) -> None:
    result = arc_result(resealed(keys, message_tags, seal_tags, form), keys.zone)
    assert result.status == status, result.reason.comment


@pytest.mark.parametrize("word", [b"fail", b"FAIL"])
def test_what_was_said_to_be_broken_is_not_sealed_however_it_was_spelt(keys: Keys, word: bytes) -> None:
    message = resealed(keys, b"i=1; h=From", b"i=1; cv=" + word)
    assert arc_result(message, keys.zone).reason.code == "arc-failed-before"
    assert sealed(message, keys) == message


def test_the_instance_of_results_may_be_commented() -> None:
    assert results_instance(b" (c) i (c) = (c) 2 (c) ; x") == 2
    for value in (b"", b"i=", b"i=1", b"i=51;", b"i=00;", b"i=001;", b"x=1;", b"i=1x;", b"(i=1;"):
        assert results_instance(value) is None
