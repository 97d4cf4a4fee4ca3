"""The keys and the DNS of a domain as a browser shows and changes them."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from django.conf import settings as django_settings
from django.test import Client
from django.utils import timezone

from fumibako.actions import agent_link, applies, domain_notes, drafts, log_in, signing_keys, zone_checks
from fumibako.actions.caller import Caller
from fumibako.actions.checking import Wanted
from fumibako.actions.proposal import of_wanted
from fumibako.store.models import Audit, Operator, Secret, SigningKey, ZoneCheck
from fumibako.wire.zones import ZoneReport, ZonesWork
from fumibako.zone.compare import compared

DOMAIN = "example.jp"
PASSWORD = "correct horse battery"


@pytest.fixture
def hanakos(hanako: Caller, admin: Caller) -> Client:
    public = X25519PrivateKey.generate().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    Path(django_settings.HOME.sealing_key).write_bytes(b64encode(public) + b"\n")
    client = Client(headers={"Accept-Language": "en"}, **{"wsgi.url_scheme": "https"})  # type: ignore[arg-type]
    client.force_login(Operator.objects.get(username="hanako"), "allauth.account.auth_backends.AuthenticationBackend")
    applies.apply(hanako, of_wanted(hanako, [Wanted(("domains", DOMAIN), {})]))
    SigningKey.objects.all().delete()
    signing_keys.generate(admin, DOMAIN)
    return client


def at(client: Client, page: str = "keys", **headers: str) -> str:
    answer = client.get(f"/domains/{DOMAIN}/{page}/", secure=True, headers=headers)
    assert answer.status_code == 200
    return answer.content.decode()


def post(client: Client, page: str = "keys", **fields: Any) -> Any:
    sent = {name.replace("__", ".").replace("_", "-"): value for name, value in fields.items()}
    return client.post(f"/domains/{DOMAIN}/{page}/", sent, secure=True)


def states() -> dict[str, str]:
    return dict(SigningKey.objects.order_by("id").values_list("selector", "state"))


def pem(key: Any, password: bytes | None = None) -> str:
    how = BestAvailableEncryption(password) if password else NoEncryption()
    return str(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, how).decode())


def report(found: dict[tuple[str, str], tuple[str, ...]] | None = None, *seen: str) -> None:
    """What the agent says: everything stands as it is needed, but for `found`."""
    agent = Caller("node", "agent", "fumibako-node", via="socket")
    ZoneCheck.objects.update_or_create(domain=DOMAIN, defaults={"asked": timezone.now(), "checked": None})
    (work,) = ZonesWork.from_json(zone_checks.due(agent)).domains
    said = {(each.name, each.type): (each.value,) for each in work.records} | (found or {})
    records = tuple(compared(each, said) for each in work.records)
    zone_checks.hear(agent, ZoneReport(DOMAIN, records, seen, servers=("ns1.x",), ticket=work.ticket).as_json())


def test_a_key_is_shown_in_its_life_in_both_languages(hanakos: Client) -> None:
    english = at(hanakos)
    assert "Signs" in english
    assert 'aria-current="step"' in english
    assert "署名中" in at(hanakos, **{"Accept-Language": "ja"})


def test_a_first_key_that_signs_is_not_said_to_be_seen_before_it_was(hanakos: Client) -> None:
    SigningKey.objects.update(state="active")
    shown = at(hanakos)
    assert "was not found in DNS so far" in shown
    assert '<li class="past">' not in shown
    report()
    shown = at(hanakos)
    assert "was not found in DNS so far" not in shown
    assert '<li class="past">' in shown


def test_a_rotation_is_made_once_and_what_it_waits_for_is_said(hanakos: Client) -> None:
    assert post(hanakos, verb="rotate", rotate_for="dkim").status_code == 302
    assert states() == {"s1": "active", "s2": "published"}
    post(hanakos, verb="rotate", rotate_for="dkim")
    assert states() == {"s1": "active", "s2": "published"}, "the one on its way is the new one"
    assert "Publish the record" in at(hanakos)


def test_a_key_is_withdrawn_in_two_steps_while_mail_may_be_on_its_way(hanakos: Client) -> None:
    post(hanakos, verb="withdraw", withdraw_selector="s1")
    assert states() == {"s1": "retiring"}
    assert "No key is in use" not in at(hanakos)
    post(hanakos, verb="withdraw", withdraw_selector="s1")
    assert states() == {"s1": "withdrawn"}
    assert "No key is in use" in at(hanakos)
    assert post(hanakos, verb="withdraw", withdraw_selector="nothing").status_code == 404


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (pem(ec.generate_private_key(ec.SECP256R1())), "another kind of key"),
        (pem(rsa.generate_private_key(65537, 1024)), "1024 bits; DKIM needs 2048"),
        (pem(rsa.generate_private_key(65537, 2048), b"secret"), "encrypted with a passphrase"),
        ("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "damaged"),
        ("nothing", "no key in it"),
        ("<script>alert(1)</script>", "no key in it"),
    ],
)
def test_why_a_key_is_not_taken_stands_beside_its_field(hanakos: Client, text: str, why: str) -> None:
    answer = post(hanakos, verb="upload", upload_for="dkim", upload_pem=text)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert why in page.partition('id="field-upload-pem"')[2].partition('id="field-upload-selector"')[0]
    assert text not in page
    assert states() == {"s1": "active"}


def test_a_key_is_uploaded_and_a_taken_selector_is_not(hanakos: Client) -> None:
    text = pem(rsa.generate_private_key(65537, 2048))
    answer = post(hanakos, verb="upload", upload_for="dkim", upload_pem=text, upload_selector="s1")
    assert answer.status_code == 422
    assert "upload-selector=s2" in answer.content.decode()
    assert post(hanakos, verb="upload", upload_for="dkim", upload_pem=text, upload_selector="own").status_code == 302
    assert states() == {"s1": "active", "own": "published"}


def test_the_public_half_is_a_file_and_the_private_one_wants_the_password(hanakos: Client) -> None:
    public = hanakos.get(f"/domains/{DOMAIN}/keys/s1/public/", secure=True)
    assert public.content.decode().strip() == SigningKey.objects.get().public
    url = f"/domains/{DOMAIN}/keys/s1/private/"
    assert hanakos.get(url, secure=True).status_code == 405
    wrong = hanakos.post(url, {"password": "wrong"}, secure=True)
    assert wrong.status_code == 422
    assert "This is not your password." in wrong.content.decode()
    assert b"PRIVATE KEY-----" not in wrong.content
    assert not Audit.objects.filter(verb="key.download").exists()
    right = hanakos.post(url, {"password": PASSWORD}, secure=True)
    assert right.content.startswith(b"-----BEGIN PRIVATE KEY-----")
    assert "no-store" in right["Cache-Control"]
    assert Audit.objects.filter(verb="key.download", who="hanako").count() == 1


def test_guessing_the_password_for_a_key_is_held_up(hanakos: Client) -> None:
    url = f"/domains/{DOMAIN}/keys/s1/private/"
    for _ in range(log_in.LIMITS["pair"]):
        hanakos.post(url, {"password": "wrong"}, secure=True)
    assert hanakos.post(url, {"password": PASSWORD}, secure=True).status_code == 422


def test_what_the_domain_signs_with_is_staged(hanakos: Client, hanako: Caller) -> None:
    answer = hanakos.post(
        f"/domains/{DOMAIN}/keys/",
        {"verb": "signing", "dkim.enabled": "on", "domainkeys.enabled": "on", "domainkeys.selector": "old"},
        secure=True,
    )
    assert answer.status_code == 302
    (edit,) = drafts.listed(hanako, ["authentication"])
    assert edit.edit.now["domainkeys"] == {"enabled": True, "selector": "old"}
    assert "changed, staged" in at(hanakos)


def test_the_records_stand_with_their_values_and_states(hanakos: Client) -> None:
    page = at(hanakos, "dns")
    assert "have not been asked yet" in page
    report({(DOMAIN, "TXT"): ("v=spf1 include:_spf.other.example ~all",), (DOMAIN, "MX"): ()})
    page = at(hanakos, "dns")
    assert "include:_spf.other.example mx ~all" in page, "nobody's include is dropped"
    assert "missing" in page
    assert f"s1._domainkey.{DOMAIN}. IN TXT" in page
    assert "String 2" in page, "a long key in strings of 255"
    assert 'data-copy="' in page
    assert "Everything is in order" not in page
    report()
    assert "Everything is in order" in at(hanakos, "dns")


def test_what_somebody_else_published_is_only_text(hanakos: Client) -> None:
    report({(DOMAIN, "MX"): ("10 <script>alert(1)</script>.",)})
    assert "<script>alert" not in at(hanakos, "dns")


def test_a_check_goes_on_while_the_page_waits(hanakos: Client) -> None:
    assert post(hanakos, "dns", verb="check").status_code == 302
    page = at(hanakos, "dns")
    assert "are being asked" in page
    assert 'http-equiv="refresh"' in page
    report()
    part = at(hanakos, "dns", **{"HX-Request": "true"})
    assert "hx-get" not in part
    assert "<html" not in part


def test_publishing_without_access_is_refused_and_access_is_staged(hanakos: Client, hanako: Caller) -> None:
    post(hanakos, "dns", verb="publish")
    assert "no write access" in at(hanakos, "dns")
    wrong = post(hanakos, "dns", verb="access", zone=DOMAIN, server="192.0.2.53", port="53", secret="not base64!")
    assert wrong.status_code == 422
    assert "not base64!" not in wrong.content.decode()
    answer = hanakos.post(
        f"/domains/{DOMAIN}/dns/",
        {
            "verb": "access",
            "zone": DOMAIN,
            "server": "192.0.2.53",
            "port": "53",
            "key_name": "fumibako",
            "algorithm": "hmac-sha256",
            "secret": "c2VjcmV0",
        },
        secure=True,
    )
    assert answer.status_code == 302
    (edit,) = drafts.listed(hanako, ["dns"])
    assert edit.edit.place == ("dns", "update", DOMAIN)
    assert Secret.objects.filter(name=f"dns/{DOMAIN}").exists()
    page = at(hanakos, "dns")
    assert "c2VjcmV0" not in page
    assert "One is set" in page


def test_a_primary_on_this_machine_is_offered(hanakos: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    found = {"program": "knot", "path": "/x", "readable": True, "server": "127.0.0.1", "port": 5353, "key_name": "k1"}
    monkeypatch.setattr(zone_checks, "primaries", lambda _caller: [found | {"algorithm": "hmac-sha512"}])
    assert "?use=knot#access" in at(hanakos, "dns")
    page = hanakos.get(f"/domains/{DOMAIN}/dns/?use=knot", secure=True).content.decode()
    assert 'value="5353"' in page
    assert 'value="k1"' in page


def test_a_domain_that_is_only_staged_has_neither_yet(hanakos: Client, hanako: Caller) -> None:
    drafts.stage(hanako, [Wanted(("domains", "new.example"), {})])
    for page in ("keys", "dns"):
        answer = hanakos.get(f"/domains/new.example/{page}/", secure=True)
        assert "only staged" in answer.content.decode()
        assert hanakos.get(f"/domains/gone.example/{page}/", secure=True).status_code == 404


def test_the_glance_says_keys_and_dns_of_every_domain(hanakos: Client) -> None:
    page = hanakos.get("/authentication/", secure=True).content.decode()
    assert "signs with s1" in page
    assert "not checked" in page
    report({(DOMAIN, "MX"): ()})
    assert "1 to do" in hanakos.get("/authentication/", secure=True).content.decode()
    SigningKey.objects.update(since=timezone.now() - timedelta(days=1), state="published")
    assert "s1 wait for DNS" in hanakos.get("/authentication/", secure=True).content.decode()


NOTES = {
    "signed": {"at": 1_700_000_000},
    "failed": {"at": 1_700_000_060, "client": "198.51.100.9", "results": "spf=fail dkim=none"},
}


def test_when_it_signed_last_and_failed_last_is_shown(hanakos: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agent_link, "domain_notes", lambda domains: dict.fromkeys(domains, NOTES))
    for page in (at(hanakos), hanakos.get("/authentication/", secure=True).content.decode()):
        assert "2023-11-1" in page
        assert "DMARC failed (spf=fail dkim=none), sent by 198.51.100.9" in page
    assert "まだありません" not in at(hanakos, **{"accept-language": "ja"})
    monkeypatch.setattr(agent_link, "domain_notes", lambda _: {})
    assert "not yet" in at(hanakos)
    monkeypatch.setattr(agent_link, "domain_notes", lambda _: None)
    assert "Last signed" not in at(hanakos)  # nobody can say


def test_notes_are_asked_for_the_caller_s_domains_only(
    hanakos: Client, hanako: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[str]] = []

    def told(domains: list[str]) -> dict[str, Any]:
        asked.append(list(domains))
        return {}

    monkeypatch.setattr(agent_link, "domain_notes", told)
    theirs = replace(hanako, domains=frozenset({"other.example"}))
    assert set(domain_notes.noted(theirs, [DOMAIN, "other.example"])) == {"other.example"}
    assert domain_notes.noted(theirs, [DOMAIN]) == {}
    assert asked == [["other.example"]]
