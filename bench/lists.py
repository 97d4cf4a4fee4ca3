"""The lists over a million accounts and a million aliases: how long the server takes for a page, whatever is asked of it.

    .venv/bin/python -m bench.lists [ROWS | FILE]

FILE is a database that `bench.directory` has made. What is measured is the whole answer (log-in, query, staged edits, HTML)
in processor time, so that a busy machine does not count; the slowest one by the clock stands beside.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bench import directory
from bench.table import Table

LIMIT = 50.0  # milliseconds, of the median
TIMES = 9
_MAILBOXES = {
    "first page": "",
    "by usage": "sort=usage",
    "by usage, most first": "sort=-usage",
    "search, one letter": "q=m",
    "search, one letter, by usage": "q=m&sort=-usage",
    "search, few": "q=ab00",
    "search, few, by usage": "q=ab00&sort=-usage",
    "search, nothing found": "q=zzzzz",
    "search, a domain": "q=@example.jp",
    "search, a domain, by usage": "q=@example.jp&sort=-usage",
    "search, a name": f"q={quote('山田')}",
    "search, a name, by usage": f"q={quote('さ')}&sort=-usage",
    "initial m": "initial=m",
    "initial m, by usage": "initial=m&sort=-usage",
    "digits": "initial=0",
    "signs, last first": "initial=%23&sort=-name",
    "kana": f"initial={quote('さ')}",
    "kana, by usage": f"initial={quote('さ')}&sort=usage",
    "fifty rows": "rows=50&sort=-usage",
}
_ROWS = {
    "first page": "",
    "search, one letter": "q=m",
    "search, few": "q=ab00",
    "search, nothing found": "q=zzzzz",
    "search, a domain": "q=@example.jp",
    "one domain": "domain=example.com",
    "one domain, search": "domain=example.com&q=s",
    "fifty rows": "rows=50",
}
ASKED = {
    **{f"mailboxes: {what}": f"/quotas/?{query}" for what, query in _MAILBOXES.items()},
    **{f"accounts: {what}": f"/accounts/?{query}" for what, query in _ROWS.items()},
    **{f"aliases: {what}": f"/aliases/?{query}" for what, query in _ROWS.items()},
    "search of every page": "/search/?q=m",
}


def main(given: str = str(directory.ROWS)) -> int:
    if not given.isdecimal():
        directory.open_store(Path(given))
        return measure()
    with tempfile.TemporaryDirectory() as place:
        directory.open_store(Path(place) / "million.db")
        begun = time.monotonic()
        directory.fill(int(given))
        print(
            f"{int(given):,} accounts and as many aliases put into the store in {time.monotonic() - begun:.0f} s",
            flush=True,
        )
        return measure()


def measure() -> int:
    client = _client()
    table = Table()
    for what, first in ASKED.items():
        pages: list[float] = []
        slowest = 0.0
        address = first
        for _ in range(TIMES):
            begun, clock = time.process_time(), time.perf_counter()
            answer = client.get(address, secure=True)
            pages.append((time.process_time() - begun) * 1000)
            slowest = max(slowest, (time.perf_counter() - clock) * 1000)
            assert answer.status_code == 200, address
            following = answer.context["pager"].next_url if "pager" in answer.context else None
            address = first.partition("?")[0] + following if following else first
        table.line(what, statistics.median(pages), "ms", LIMIT, f"slowest {slowest:.0f} by the clock")
    return 1 if table.missed else 0


def _client() -> Any:
    """A logged-in browser before the console over the open store."""
    from django.test import Client
    from django.test.utils import setup_test_environment

    from fumibako.actions import first_revision
    from fumibako.store.models import Operator

    setup_test_environment()
    if not Operator.objects.filter(username="bench").exists():
        Operator.objects.create(username="bench")
        first_revision.make()
    client = Client(headers={"Accept-Language": "ja"}, **{"wsgi.url_scheme": "https"})  # type: ignore[arg-type]
    client.force_login(Operator.objects.get(username="bench"), "allauth.account.auth_backends.AuthenticationBackend")
    return client


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
