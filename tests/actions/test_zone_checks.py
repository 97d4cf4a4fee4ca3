"""Which domains' DNS is due, what a report changes, and where keys wait for it."""

from __future__ import annotations

from base64 import b64encode
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings as django_settings
from django.utils import timezone

from fumibako.actions import applies, secrets, signing_keys, zone_checks
from fumibako.actions.caller import Caller
from fumibako.actions.checking import Wanted
from fumibako.actions.directory_edits import add_domain
from fumibako.actions.proposal import of_wanted
from fumibako.actions.trouble import Denied, Refused
from fumibako.store.models import SigningKey, ZoneCheck
from fumibako.wire.zones import DomainWork, ZoneReport, ZonesWork
from fumibako.zone.compare import Compared

pytestmark = pytest.mark.django_db
DOMAIN = "example.jp"
ACCESS = {"server": "192.0.2.53", "port": 53, "key_name": "fumibako", "algorithm": "hmac-sha256"}


@pytest.fixture
def agent() -> Caller:
    return Caller("node", "agent", "fumibako-node", via="socket")


@pytest.fixture(autouse=True)
def domain(admin: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    public = X25519PrivateKey.generate().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    Path(django_settings.HOME.sealing_key).write_bytes(b64encode(public) + b"\n")
    assert applies.apply(admin, of_wanted(admin, add_domain(DOMAIN))).outcome == "applied"
    SigningKey.objects.all().delete()
    monkeypatch.setattr(zone_checks, "PATIENCE", 0.0)


def grant(admin: Caller) -> None:
    edits = of_wanted(admin, [Wanted(("dns", "update", DOMAIN), ACCESS)])
    assert applies.apply(admin, edits).outcome == "applied"


def due(agent: Caller) -> list[DomainWork]:
    return list(ZonesWork.from_json(zone_checks.due(agent)).domains)


def report(agent: Caller, *seen: str, state: str = "present") -> None:
    (work,) = due(agent)
    found = tuple(Compared(record, state, (record.value,)) for record in work.records)  # type: ignore[arg-type]
    said = ZoneReport(DOMAIN, found, seen, servers=("ns1.example.jp",), ticket=work.ticket)
    zone_checks.hear(agent, said.as_json())


def states() -> dict[str, str]:
    return dict(SigningKey.objects.order_by("id").values_list("selector", "state"))


def age(by: timedelta) -> None:
    ZoneCheck.objects.update(checked=timezone.now() - by)


def test_a_new_domain_is_due_once_and_then_once_a_day(agent: Caller) -> None:
    assert [each.domain for each in due(agent)] == [DOMAIN]
    report(agent)
    assert due(agent) == []
    age(timedelta(hours=25))
    assert len(due(agent)) == 1


def test_what_somebody_asked_for_is_due_at_once_and_a_check_does_not_publish(admin: Caller, agent: Caller) -> None:
    report(agent)
    (shown,) = zone_checks.check(admin, DOMAIN)
    assert [each.code for each in shown.findings] == ["dns-late"]
    (work,) = due(agent)
    assert not work.publish
    report(agent)
    assert due(agent) == []


def test_a_report_that_was_begun_before_somebody_asked_answers_nobody(admin: Caller, agent: Caller) -> None:
    (before,) = due(agent)
    zone_checks.check(admin, DOMAIN)
    zone_checks.hear(agent, ZoneReport(DOMAIN, (), ticket=before.ticket).as_json())
    assert len(due(agent)) == 1


def test_write_access_comes_with_its_secret_and_only_to_the_agent(admin: Caller, agent: Caller, hanako: Caller) -> None:
    grant(admin)
    secrets.put(admin, f"dns/{DOMAIN}", "c2VjcmV0")
    (work,) = due(agent)
    assert work.access is not None
    assert (work.access.server, work.access.secret) == ("192.0.2.53", "c2VjcmV0")
    assert "c2VjcmV0" not in repr(work)
    with pytest.raises(Denied):
        zone_checks.due(hanako)


def test_the_secret_of_a_zone_is_base64(admin: Caller) -> None:
    assert [each.code for each in secrets.put(admin, f"dns/{DOMAIN}", "not base64").findings] == ["secret-base64"]


def test_publishing_without_access_is_refused(admin: Caller) -> None:
    with pytest.raises(Refused) as refused:
        zone_checks.publish(admin, DOMAIN)
    assert refused.value.findings[0].code == "dns-no-access"


def test_where_we_publish_the_first_key_waits_until_every_server_has_it(admin: Caller, agent: Caller) -> None:
    grant(admin)
    signing_keys.ensure([DOMAIN], {})
    assert states() == {"s1": "published", "e1": "published"}
    report(agent, "s1")
    assert states() == {"s1": "active", "e1": "published"}


def test_a_key_goes_its_whole_way_and_its_record_is_withdrawn(admin: Caller, agent: Caller) -> None:
    grant(admin)
    signing_keys.ensure([DOMAIN], {})
    report(agent, "s1", "e1")
    signing_keys.generate(admin, DOMAIN)
    assert states()["s2"] == "published"
    report(agent, "s1", "e1")
    assert (states()["s1"], states()["s2"]) == ("active", "published"), "DNS does not answer with it yet"
    age(timedelta(minutes=1))
    report(agent, "s1", "s2", "e1")
    assert (states()["s1"], states()["s2"]) == ("retiring", "active")
    SigningKey.objects.filter(selector="s1").update(since=timezone.now() - timedelta(days=8))
    age(timedelta(hours=2))
    report(agent, "s1", "s2", "e1")
    assert states()["s1"] == "withdrawn"
    (work,) = due(agent)
    assert [each.name for each in work.withdrawn] == [f"s1._domainkey.{DOMAIN}"]
    assert "s1" not in work.keys


def test_what_was_found_is_shown_against_what_is_needed_by_now(admin: Caller, agent: Caller) -> None:
    report(agent)
    assert zone_checks.last(admin, DOMAIN).well
    edits = of_wanted(admin, [Wanted(("basics", "hostname"), "other.example.jp")])
    assert applies.apply(admin, edits).outcome == "applied"
    shown = zone_checks.last(admin, DOMAIN)
    mx = next(each for each in shown.records if each.record.type == "MX")
    assert (mx.state, shown.well) == ("different", False)


def test_a_domain_that_is_gone_is_forgotten(admin: Caller, agent: Caller) -> None:
    due(agent)
    ZoneCheck.objects.create(domain="gone.example")
    due(agent)
    assert list(ZoneCheck.objects.values_list("domain", flat=True)) == [DOMAIN]
