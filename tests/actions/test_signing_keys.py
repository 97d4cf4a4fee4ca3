"""Signing keys: made with their domains, uploaded, rotated, and carried to the filter as ciphertext."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)
from django.conf import settings as django_settings

from fumibako.actions import applies, signing_keys, zones
from fumibako.actions.caller import Caller
from fumibako.actions.directory_edits import add_domain
from fumibako.actions.proposal import of_wanted
from fumibako.actions.trouble import Denied, Refused
from fumibako.mailauth.sealedkey import unseal
from fumibako.store.models import Audit, SigningKey

pytestmark = pytest.mark.django_db
DOMAIN = "example.jp"


@pytest.fixture(autouse=True)
def filter_key(admin: Caller) -> bytes:
    """The filter's private key, its public half where the console looks for it; and a domain."""
    key = X25519PrivateKey.generate()
    public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    Path(django_settings.HOME.sealing_key).write_bytes(b64encode(public) + b"\n")
    assert applies.apply(admin, of_wanted(admin, add_domain(DOMAIN))).outcome == "applied"
    SigningKey.objects.all().delete()
    return key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())


def states() -> dict[str, str]:
    return dict(SigningKey.objects.order_by("id").values_list("selector", "state"))


def test_a_domain_of_which_the_settings_say_nothing_gets_keys_that_sign_at_once() -> None:
    assert signing_keys.ensure([DOMAIN], {}) == 2
    assert states() == {"s1": "active", "e1": "active"}
    assert signing_keys.ensure([DOMAIN], {}) == 0, "once is enough"


def test_a_domain_that_does_not_sign_gets_no_keys() -> None:
    assert signing_keys.ensure([DOMAIN], {DOMAIN: {"dkim": {"enabled": False}}}) == 0


def test_selectors_that_the_settings_name_are_made_and_another_name_is_a_new_key() -> None:
    signing = {"dkim": {"enabled": True, "rsa": "mail", "ed25519": "ed"}, "domainkeys": {"enabled": True}}
    signing_keys.ensure([DOMAIN], {DOMAIN: signing})
    assert states() == {"mail": "active", "ed": "active", "default": "active"}
    signing["dkim"] = {"enabled": True, "rsa": "mail2", "ed25519": "ed"}
    signing_keys.ensure([DOMAIN], {DOMAIN: signing})
    assert states()["mail"] == "active", "it signs until DNS answers with the new one"
    assert states()["mail2"] == "published"


def test_the_filter_alone_opens_what_the_agent_carries(filter_key: bytes) -> None:
    signing_keys.ensure([DOMAIN], {})
    carried = signing_keys.for_agent()
    assert sorted(carried) == [f"key/{DOMAIN}/e1", f"key/{DOMAIN}/s1"]
    row = json.loads(carried[f"key/{DOMAIN}/s1"])
    assert "PRIVATE" not in row["sealed"]
    key = load_der_private_key(unseal(filter_key, f"{DOMAIN}/s1", row["sealed"]), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert public == b64decode(SigningKey.objects.get(selector="s1").public)


def test_a_rotation_waits_for_dns_and_keeps_the_old_record(admin: Caller) -> None:
    signing_keys.ensure([DOMAIN], {})
    before = signing_keys.version()
    assert {key.selector for key in signing_keys.rotate(admin, DOMAIN)} == {"s2", "e2"}
    assert signing_keys.version() == before
    signing_keys.advance([DOMAIN], seen=frozenset({(DOMAIN, "s2")}))
    assert states() == {"s1": "retiring", "e1": "active", "s2": "active", "e2": "published"}
    assert signing_keys.version() != before
    names = {record.name for record in zones.needed_records(admin, DOMAIN)}
    assert {f"s1._domainkey.{DOMAIN}", f"s2._domainkey.{DOMAIN}", f"e2._domainkey.{DOMAIN}"} <= names


def test_an_uploaded_key_can_be_had_back_and_every_look_is_written_down(admin: Caller) -> None:
    pem = rsa.generate_private_key(65537, 2048).private_bytes(
        Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()
    )
    signing_keys.upload(admin, DOMAIN, pem.decode(), selector="mine")
    assert "BEGIN PRIVATE KEY" in signing_keys.private_pem(admin, DOMAIN, "mine")
    assert list(Audit.objects.order_by("id").values_list("verb", flat=True))[-2:] == ["key.upload", "key.download"]
    assert not [row for row in Audit.objects.all() if "PRIVATE" in str(row.detail)]


def test_a_selector_is_used_once(admin: Caller) -> None:
    signing_keys.generate(admin, DOMAIN, selector="one")
    with pytest.raises(Refused) as refused:
        signing_keys.generate(admin, DOMAIN, kind="ed25519", selector="One")
    assert [each.code for each in refused.value.findings] == ["selector-taken"]


@pytest.mark.parametrize("selector", ["a.b", "a b", "名", "x" * 64, "../x", "a;p="])
def test_what_is_no_selector_is_refused(admin: Caller, selector: str) -> None:
    with pytest.raises(Refused) as refused:
        signing_keys.generate(admin, DOMAIN, selector=selector)
    assert [each.code for each in refused.value.findings] == ["selector"]
    assert states() == {}


def test_keys_are_for_hosted_domains_alone(admin: Caller) -> None:
    for domain in ("elsewhere.example", "a..b", ""):
        with pytest.raises(Refused):
            signing_keys.generate(admin, domain)


def test_a_token_gets_no_private_key(admin: Caller) -> None:
    signing_keys.generate(admin, DOMAIN, selector="one")
    with pytest.raises(Denied):
        signing_keys.private_pem(replace(admin, via="token"), DOMAIN, "one")
