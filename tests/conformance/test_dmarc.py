"""DMARC cases recorded from the tests of the public repository postalsys/mailauth, those for RFC 9989 among them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fumibako.mailauth.author import Author
from fumibako.mailauth.dmarc.evaluate import Identifier, evaluate
from tests.conformance.conftest import suites
from tests.mailauth.zone import TIMEOUT, Zone, run

Suite = Callable[[str], Path]

# Recorded when that library still went by a list of public suffixes. By RFC 9989 §4.10.2 the only record that is found, at
# mail.example.com, makes that name the organizational domain. Result and policy are the same.
BY_TREE_WALK = {
    "DMARC Verify Tests Alignment modes Should pass strict DKIM alignment when the signing domain matches a subdomain "
    "author (adkim=s)": "mail.example.com",
    "DMARC Verify Tests Reported identifiers Should report the author domain as header.d when it publishes its own "
    "record": "mail.example.com",
}

# Two readings: the suite has RFC 7489's, by which two records of an author's domain end the search. RFC 9989 §4.10 discards
# them and walks on.
WALKS_ON = {
    "RFC 9989 DMARC compliance Currently compliant (regression guards) does not inherit the org policy when the author "
    "domain publishes multiple records (§4.10 step 2)": {"result": "fail", "policy": "none"},
}


def cases() -> list[Any]:
    folder = suites()
    if folder is None:
        return [pytest.param({}, id="without the suite")]
    return [pytest.param(case, id=case["id"]) for case in json.loads((folder / "dmarc/cases.json").read_text())]


@pytest.mark.parametrize("case", cases())
def test_an_author_is_evaluated(suite: Suite, case: dict[str, Any]) -> None:
    suite("dmarc")
    zone = Zone(
        {
            name: [TIMEOUT if record == TIMEOUT else tuple(record) for record in records]
            for name, records in case["zone"].items()
        }
    )
    identifiers = [Identifier("spf", domain, status) for domain, status in case["spf"]]
    identifiers += [Identifier("dkim", domain, status) for domain, status in case["dkim"]]
    result = run(evaluate(Author((case["from"],)), identifiers, zone))
    found = {"result": result.status, "policy": result.policy, "domain": result.domain}
    wanted = case["want"] | ({"domain": BY_TREE_WALK[case["id"]]} if case["id"] in BY_TREE_WALK else {})
    wanted |= WALKS_ON.get(case["id"], {})
    assert {key: found[key] for key in wanted} == wanted, result.reason.comment
