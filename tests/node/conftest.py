from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from fumibako.schema.edit import Edit
from tests.node.station import ACCOUNT, Station


@pytest.fixture(scope="module")
def station() -> Iterator[Station]:
    """A home that serves example.jp with hanako and taro; shared by the tests of a module, each of which leaves it
    serving."""
    if os.geteuid() != 0:
        pytest.fail("these tests run a mail server: they need root", pytrace=False)
    made = Station()
    try:
        made.up()
        made.serve(
            Edit(("domains", "example.jp"), None, {}),
            Edit(("accounts", "hanako@example.jp"), None, ACCOUNT),
            Edit(("accounts", "taro@example.jp"), None, ACCOUNT),
        )
        yield made
    finally:
        made.down()


@pytest.fixture
def without_namespaces() -> Iterator[Station]:
    """A home that has never served, on a machine where not even root may make a namespace (some containers)."""
    made = Station()
    made.applier.before = ["setpriv", "--bounding-set", "-sys_admin", "--inh-caps", "-sys_admin"]
    try:
        made.up()
        yield made
    finally:
        made.down()


@pytest.fixture
def fresh() -> Iterator[Station]:
    """A home that has never served, with its processes up."""
    made = Station()
    try:
        made.up()
        yield made
    finally:
        made.down()
