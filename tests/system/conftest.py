"""One running server in a private network, for a module of tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.homes import new_home
from tests.system.network import SERVER, PrivateNetwork
from tests.system.server import Server


@pytest.fixture(scope="session")
def network() -> Iterator[PrivateNetwork]:
    made = PrivateNetwork()
    yield made
    made.close()


@pytest.fixture(autouse=True)
def in_the_network(network: PrivateNetwork) -> Iterator[None]:
    with network:
        yield


@pytest.fixture(scope="module")
def server(network: PrivateNetwork) -> Iterator[Server]:
    with network, new_home(listen=("127.0.0.1", SERVER)) as home:
        made = Server(home)
        made.furnish()
        yield made
