"""The real ports that a scanner uses are probed, in the trial and after an apply."""

from __future__ import annotations

import socket

from fumibako.schema.edit import Edit
from tests.node.station import Station


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as held:
        return int(held.getsockname()[1])


def behind(station: Station, now: bool) -> Edit:
    return station.console.edit("basics.services.smtp.behind_scanner", now)


def test_a_listener_behind_a_scanner_and_a_way_back_are_applied(station: Station) -> None:
    scanner = {"host": "127.0.0.1", "port": free_port(), "reinject_port": free_port()}
    outcome = station.console.apply(behind(station, True), station.console.edit("basics.content_filter", scanner))
    assert outcome["outcome"] == "applied", station.story(outcome)
    log = (station.root / "server/log/postfix.log").read_text()
    assert "postfix/scanned/smtpd" in log, "the way back was spoken to"
    outcome = station.console.apply(behind(station, False), station.console.edit("basics.content_filter", None))
    assert outcome["outcome"] == "applied", station.story(outcome)


def test_a_front_that_would_let_strangers_relay_is_not_applied(station: Station, without_namespaces: Station) -> None:
    """The override makes every recipient one of ours, whatever the clones' own options say of networks."""
    for each, outcome_wanted in ((without_namespaces, "rolled_back"), (station, "refused")):
        if each is without_namespaces:
            each.serve(Edit(("domains", "example.jp"), None, {}))
        outcome = each.console.apply(
            behind(each, True), each.console.edit("basics.local_overrides.relay_domains", "elsewhere.fumibako.invalid")
        )
        assert outcome["outcome"] == outcome_wanted, each.story(outcome)
        found = {(finding["code"], finding["path"]) for finding in outcome["findings"]}
        assert ("open-relay", "basics.services.smtp.behind_scanner") in found
