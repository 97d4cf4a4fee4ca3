"""A list's total is the number of what serves; what is staged to come and to go stands beside it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from fumibako.actions import applies, drafts
from fumibako.actions.caller import Caller
from fumibako.actions.checking import Wanted
from fumibako.actions.proposal import of_wanted
from fumibako.store.models import Operator

ROUTE = {"host": "192.0.2.1", "port": 25}
LISTS: dict[str, list[tuple[tuple[str, ...], Any]]] = {
    "/domains/": [(("domains", f"d{number}.test"), {}) for number in range(4)],
    "/accounts/": [(("accounts", f"a{number}@d0.test"), {}) for number in range(4)],
    "/quotas/": [(("accounts", f"q{number}@d0.test"), {}) for number in range(4)],
    "/aliases/": [(("aliases", f"l{number}@d0.test"), {"targets": ["x@elsewhere.example"]}) for number in range(4)],
    "/access/": [(("access", "permitted_clients", f"192.0.2.{number}"), True) for number in range(4)],
    "/spam/": [(("spam", "blocked_senders", f"@s{number}.example"), True) for number in range(4)],
    "/relay/": [(("relay", "domains", f"r{number}.example"), ROUTE) for number in range(4)],
}


@pytest.mark.parametrize("address", LISTS)
def test_what_comes_and_goes_stands_beside_the_total(hanako: Caller, address: str) -> None:
    client = Client(headers={"Accept-Language": "ja"}, **{"wsgi.url_scheme": "https"})  # type: ignore[arg-type]
    client.force_login(Operator.objects.get(username="hanako"), "allauth.account.auth_backends.AuthenticationBackend")
    entries = [Wanted(place, value) for place, value in LISTS[address]]
    below = [] if address == "/domains/" else [Wanted(("domains", "d0.test"), {})]
    assert applies.apply(hanako, of_wanted(hanako, [*below, *entries[:2]])).outcome == "applied"

    def head() -> str:
        text = client.get(address, secure=True).content.decode()
        return re.sub(r"<[^>]+>", "", text[text.index("<h1>") :])

    assert re.search(r"(?<!\d)2 件(?! \()", head())
    assert drafts.stage(hanako, [*entries[2:], Wanted(LISTS[address][0][0], None)]).ok
    assert re.search(r"(?<!\d)2 件 \(\+2 −1 未適用\)", head())
