"""Every rule of a restriction list can be told to people."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from fumibako.document.render import listener_checks, smtp_listener
from fumibako.document.settings import defaults, parse
from fumibako.features.aliases.marks import FORWARD
from fumibako.layout import Home
from fumibako.plan.route import unmarked
from fumibako.schema.place import planted


@pytest.mark.parametrize("service", ["smtp", "submission", "smtps"])
def test_every_check_has_a_name_and_a_place(service: str) -> None:
    tree = defaults(hostname="mail.example.jp", listen=["127.0.0.1"], port_base=10000)
    settings = parse(planted(tree, ("spam", "dns_blocklists"), ["bl.example.net"]))
    listener = smtp_listener(settings, service)
    assert listener is not None
    for stage in listener_checks(settings, Home(PurePosixPath("/srv/home")), listener).values():
        for check in stage:
            assert check.origin.section, check
            assert check.origin.title.en, check
            assert check.origin.decided.ja, check


def test_the_route_takes_the_mark_of_a_forward_off() -> None:
    assert unmarked(f"her=far.example@{FORWARD}") == "her@far.example"
    assert unmarked("her=far.example@else.example") == ""
