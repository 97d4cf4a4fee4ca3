"""`dns check` and `dns publish` of a running home, against a real Knot."""

from __future__ import annotations

import pytest

from tests.document.network import name_server, private_network
from tests.homes import new_home
from tests.node.knot import KEY, SECRET, knot

PRIMARY = "198.51.100.53"


@pytest.mark.slow
def test_access_is_entered_records_are_published_and_keys_sign_when_dns_answers() -> None:
    records = ['@ TXT "v=spf1 include:_spf.provider.example -all"']
    with (
        private_network(PRIMARY),
        name_server(
            ["ns1.example.jp. A 198.51.100.53", '_spf.provider.example. TXT "v=spf1 ip4:192.0.2.9 -all"'],
        ),
        knot(records),
        new_home() as home,
    ):
        home.up()
        home.add_domain("example.jp")
        refused = home.cli("dns", "publish", "example.jp", "--json")
        assert (refused.exit, refused.codes) == (1, ["dns-no-access"])
        access = f"example.jp: {{server: {PRIMARY}, key_name: {KEY}}}"
        applied = home.apply(f"fumibako: 1\ndns:\n  update:\n    {access}\n")
        assert applied.exit == 0, applied
        told = home.cli("dns", "publish", "example.jp", "--json")
        assert [each["code"] for each in told.json["findings"]] == ["dns-secret"]
        assert home.cli("secret", "set", "dns/example.jp", stdin=SECRET + "\n").exit == 0
        done = home.cli("dns", "publish", "example.jp", "--json")
        assert done.exit == 0
        assert done.json["findings"] == []
        assert {each["state"] for each in done.json["records"]} == {"present"}
        spf = next(each["value"] for each in done.json["records"] if each["value"].startswith("v=spf1"))
        assert spf == "v=spf1 include:_spf.provider.example mx -all"
        home.cli("key", "rotate", "example.jp", "--json")
        assert home.cli("dns", "publish", "example.jp", "--json").exit == 0
        states = {
            each["selector"]: each["state"] for each in home.cli("key", "list", "example.jp", "--json").json["keys"]
        }
        assert (states["s1"], states["s2"], states["e2"]) == ("retiring", "active", "active")
        assert home.cli("dns", "check", "example.jp", "--json").json["domains"][0]["well"] is True
        shown = home.cli("dns", "check", "example.jp").stdout
        assert "2 of 10 SPF look-ups: include:_spf.provider.example 1, mx 1" in shown, shown
