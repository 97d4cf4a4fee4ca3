"""One real server for a module of tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.document.mail_server import MailServer, scratch


@pytest.fixture(scope="module")
def server() -> Iterator[MailServer]:
    with scratch() as made:
        yield made
