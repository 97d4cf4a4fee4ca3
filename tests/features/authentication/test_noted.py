"""What was noted of a domain, in words."""

from __future__ import annotations

from fumibako.features.authentication.noted import Noted

TOLD = {
    "signed": {"at": 1_800_000_000},
    "deferred": {"at": 1_700_000_000, "selector": "s1"},
    "failed": {"at": 1_750_000_000, "client": "198.51.100.9", "results": "spf=fail dkim=none"},
}


def test_it_says_when_and_why_in_both_languages() -> None:
    noted = Noted.from_wire(TOLD)
    said = noted.as_json("en")
    assert said["signed"] == "2027-01-15T08:00:00+00:00"
    assert said["deferred"]["selector"] == "s1"
    assert said["failed"]["reason"] == "DMARC failed (spf=fail dkim=none), sent by 198.51.100.9"
    assert "失敗" in noted.as_json("ja")["failed"]["reason"]
    assert [each.details.get("selector") for each in noted.failures] == [None, "s1"]  # the latest first


def test_what_has_not_happened_is_none() -> None:
    assert Noted.from_wire({}).as_json("en") == {"signed": None, "deferred": None, "failed": None}
    assert Noted.from_wire({}).failures == []


def test_a_client_that_nobody_could_name_is_not_named() -> None:
    (failure,) = Noted.from_wire({"failed": {"at": 1, "client": "", "results": "dkim=none"}}).failures
    assert failure.said.en == "DMARC failed (dkim=none)"
