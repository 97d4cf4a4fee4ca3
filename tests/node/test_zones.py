"""Publishing and checking against a real Knot: what is changed, what is left alone, and what is said of trouble."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import pytest

from fumibako.node.name_servers import Answer, NameServers, Server
from fumibako.node.updating import Raced, update
from fumibako.node.zones import looked_at
from fumibako.schema.text import plain
from fumibako.wire.zones import Access, DomainWork, ZoneReport
from fumibako.zone.needed import MailDomain, PublishedKey, needed
from fumibako.zone.publishing import Change
from fumibako.zone.record import Record
from tests.document.network import name_server, private_network
from tests.node.knot import KEY, SECRET, knot

PRIMARY, SECOND = "198.51.100.53", "198.51.100.54"
ACCESS = Access("example.jp", PRIMARY, 53, KEY, "hmac-sha256", SECRET)
LONG = "v=DKIM1; k=rsa; p=" + "A" * 392
S1, S2 = PublishedKey("s1", "dkim", "rsa", "A" * 392), PublishedKey("s2", "dkim", "rsa", "B" * 392)
RESOLVER = [f"{PRIMARY}:53"]


def work(*keys: PublishedKey, access: Access | None = ACCESS, **more: object) -> DomainWork:
    records = needed(MailDomain("example.jp", "mail.example.jp", {"smtp": 25, "imaps": 993}, keys=keys or (S1,)))
    selectors = tuple(each.selector for each in keys or (S1,))
    return replace(DomainWork("example.jp", tuple(records), keys=selectors, access=access), **more)  # type: ignore[arg-type]


def done(wanted: DomainWork) -> ZoneReport:
    return asyncio.run(looked_at(wanted))


def states(report: ZoneReport) -> dict[str, str]:
    return {f"{each.record.name} {each.record.type}": each.state for each in report.records}


def published(name: str, type_: str = "TXT") -> list[str]:
    async def asked() -> Answer | None:
        return await NameServers(RESOLVER).ask(Server("ns1", (PRIMARY,)), name, type_)

    answer = asyncio.run(asked())
    assert answer is not None
    return sorted(answer.values)


@pytest.fixture(autouse=True)
def network() -> Iterator[None]:
    with (
        private_network(PRIMARY, SECOND),
        name_server(["ns1.example.jp. A 198.51.100.53", "ns2.example.jp. A 198.51.100.54"]),
    ):
        yield


def test_what_is_missing_is_published_long_texts_whole_and_the_second_time_changes_nothing() -> None:
    with knot():
        report = done(work())
        assert report.findings == ()
        assert set(states(report).values()) == {"present"}
        assert report.seen == ("s1",)
        assert published("s1._domainkey.example.jp") == [LONG]
        assert published("example.jp", "MX") == ["10 mail.example.jp."]
        serial = published("example.jp", "SOA")
        again = done(replace(work(), ours=report.ours))
        assert (again.findings, again.seen) == ((), ("s1",))
        assert published("example.jp", "SOA") == serial


def test_what_others_wrote_stays() -> None:
    before = [
        '@ TXT "site-verification=1"',
        '@ TXT "v=spf1 include:_spf.example.jp ~all"',
        '_spf TXT "v=spf1 ip4:192.0.2.9 -all"',
        "@ MX 5 mx.provider.example.",
    ]
    with knot(before):
        report = asyncio.run(looked_at(work(), RESOLVER))
        assert published("example.jp") == ["site-verification=1", "v=spf1 include:_spf.example.jp mx ~all"]
        assert published("example.jp", "MX") == ["5 mx.provider.example."]
        assert states(report)["example.jp MX"] == "different"
        assert states(report)["example.jp TXT"] == "present"


def test_our_own_outdated_records_are_replaced_and_anothers_key_is_not() -> None:
    with knot(['s2._domainkey TXT "v=DKIM1; k=rsa; p=AAAA"', 's1._domainkey TXT "v=DKIM1; k=rsa; p=AAAA"']):
        ours = (("s1._domainkey.example.jp", "TXT", "v=DKIM1; k=rsa; p=AAAA"),)
        report = done(work(S1, S2, ours=ours))
        assert report.seen == ("s1",)
        assert published("s1._domainkey.example.jp") == [LONG]
        assert published("s2._domainkey.example.jp") == ["v=DKIM1; k=rsa; p=AAAA"]
        assert states(report)["s2._domainkey.example.jp TXT"] == "different"


def test_the_record_of_a_withdrawn_key_goes() -> None:
    with knot():
        done(work(S1, S2))
        assert published("s1._domainkey.example.jp")
        gone = Record("s1._domainkey.example.jp", "TXT", LONG, plain(""))
        done(work(S2, withdrawn=(gone,)))
        assert published("s1._domainkey.example.jp") == []
        assert published("s2._domainkey.example.jp") != []


def test_a_check_changes_nothing() -> None:
    with knot():
        report = done(work(publish=False))
        assert set(states(report).values()) == {"missing"}
        assert published("example.jp") == []


@pytest.mark.parametrize(
    ("access", "code"),
    [
        (replace(ACCESS, secret="YW5vdGhlciBzZWNyZXQ="), "dns-key-wrong"),
        (replace(ACCESS, key_name="nobody"), "dns-key-refused"),
        (replace(ACCESS, secret=""), "dns-secret"),
        (replace(ACCESS, secret="abc"), "dns-secret"),
    ],
)
def test_a_key_that_is_not_right_is_said_to_be_so(access: Access, code: str) -> None:
    with knot():
        report = done(work(access=access))
        assert [each.code for each in report.findings] == [code]
        assert set(states(report).values()) == {"missing"}
        assert report.seen == ()


def test_a_key_that_may_change_texts_alone_publishes_those_and_says_which_it_may_not() -> None:
    with knot(types="TXT"):
        report = done(work())
        assert [each.code for each in report.findings] == ["dns-key-refused"]
        assert (states(report)["example.jp MX"], report.seen) == ("missing", ("s1",))


def test_a_primary_that_is_down_is_said_to_be_so() -> None:
    report = done(work())
    assert [each.code for each in report.findings] == ["dns-primary-silent"]
    assert set(states(report).values()) == {"unknown"}


def test_a_secondary_that_lags_behind_keeps_a_key_from_being_seen() -> None:
    with knot(["@ NS ns2"]), knot(address=SECOND):
        report = done(work())
        assert report.seen == ()
        found = next(each for each in report.records if each.record.name.startswith("s1."))
        assert found.state == "unsettled"
        assert "ns2.example.jp" in found.remark.en  # type: ignore[union-attr]
        assert [each.state for each in found.told] == ["present", "missing"]
    with knot(["@ NS ns2"]), knot([f's1._domainkey TXT "{LONG[:200]}" "{LONG[200:]}"'], address=SECOND):
        assert done(work()).seen == ("s1",)


def test_somebody_elses_change_meanwhile_is_noticed() -> None:
    async def late() -> None:
        asking, primary = NameServers(RESOLVER), Server("ns1", (PRIMARY,))
        before = await asking.ask(primary, "example.jp", "TXT")
        assert before is not None
        await update(ACCESS, primary, Change("example.jp", "TXT", come="theirs"), before)
        await update(ACCESS, primary, Change("example.jp", "TXT", come="ours"), before)

    with knot(['@ TXT "first"']):
        with pytest.raises(Raced):
            asyncio.run(late())
        assert published("example.jp") == ["first", "theirs"]


def test_texts_that_a_wildcard_answers_with_are_no_hindrance() -> None:
    with knot(['* TXT "anything"']):
        report = done(work())
        assert (report.findings, report.seen) == ((), ("s1",))


def test_without_access_the_servers_are_found_and_doubled_and_different_records_told() -> None:
    before = [
        '@ TXT "v=spf1 mx -all"',
        '@ TXT "v=spf1 a -all"',
        's1._domainkey TXT "v=DKIM1; k=rsa; p=AAAA"',
        "@ MX 10 mail",
    ]
    with knot(before):
        report = asyncio.run(looked_at(work(access=None), RESOLVER))
        assert report.servers == ("ns1.example.jp",)
        found = states(report)
        assert found["example.jp TXT"] == "doubled"
        assert found["s1._domainkey.example.jp TXT"] == "different"
        assert found["example.jp MX"] == "present"
        assert found["_dmarc.example.jp TXT"] == "missing"


def test_what_an_spf_record_includes_is_followed_and_counted() -> None:
    chain = [f'i{number} TXT "v=spf1 a:mail.example.jp include:i{number + 1}.example.jp -all"' for number in range(6)]
    mail = ["mail A 192.0.2.1", "@ A 192.0.2.1", '@ TXT "v=spf1 mx include:i0.example.jp -all"', "@ MX 10 mail"]
    with knot([*mail, *chain, 'i6 TXT "v=spf1 -all"']):
        report = asyncio.run(looked_at(work(access=None), RESOLVER))
        spf = next(each for each in report.records if each.record.name == "example.jp" and each.record.type == "TXT")
        assert spf.state == "different"
        assert "include:i0.example.jp 13" in spf.remark.en  # type: ignore[union-attr]
        assert ZoneReport.from_json(report.as_json()) == report
    with knot([*mail, *chain[:3], 'i3 TXT "v=spf1 -all"']):
        report = asyncio.run(looked_at(work(access=None), RESOLVER))
        spf = next(each for each in report.records if each.record.name == "example.jp" and each.record.type == "TXT")
        assert (spf.state, spf.cost.look_ups if spf.cost else None) == ("present", 8)


def test_this_server_is_not_put_into_a_record_that_would_fail_with_it() -> None:
    full = "v=spf1 " + " ".join(f"include:i{number}.example.jp" for number in range(5)) + " -all"
    others = [f'i{number} TXT "v=spf1 a:mail.example.jp -all"' for number in range(5)]
    with knot([f'@ TXT "{full}"', "mail A 192.0.2.1", *others]):
        report = asyncio.run(looked_at(work(), RESOLVER))
        assert "dns-spf-full" in [each.code for each in report.findings]
        assert published("example.jp") == [full]


def test_a_domain_that_nobody_serves_is_unknown() -> None:
    report = done(work(access=None))
    assert [each.code for each in report.findings] == ["dns-no-servers"]
    assert set(states(report).values()) == {"unknown"}


def test_texts_with_any_octets_are_read() -> None:
    with knot(['@ TXT "\\255\\000\\"quoted\\""']):
        assert published("example.jp") == ['\xff\x00"quoted"']
        assert done(work()).findings == ()
