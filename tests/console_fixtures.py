"""What the console's tests begin with: a home with its first revision applied, an agent, and people."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client

from fumibako.actions import agent_link, first_revision
from fumibako.actions.caller import Caller, by_operator, root
from fumibako.store.models import Operator
from tests.fake_node import FakeNode

__all__ = ["admin", "browser", "hanako", "node", "socket_client", "taro"]


@pytest.fixture
def node(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeNode]:
    """The agent of a fresh home; waking it lets it do its work on the spot."""
    fake = FakeNode()
    monkeypatch.setattr(agent_link, "wake", fake.wake)
    first_revision.make()
    fake.wake()
    yield fake
    assert fake.synchronised() == fake.rows


@pytest.fixture
def admin(node: FakeNode) -> Caller:
    """Root of the machine."""
    return root()


def operator(name: str) -> Operator:
    person = Operator(username=name)
    person.set_password("correct horse battery")
    person.save()
    return person


@pytest.fixture
def hanako(node: FakeNode) -> Caller:
    return by_operator(operator("hanako"), "ja")


@pytest.fixture
def taro(node: FakeNode) -> Caller:
    return by_operator(operator("taro"), "en")


@pytest.fixture
def socket_client(node: FakeNode) -> Client:
    """Root at the Unix socket."""
    return Client(**{"fumibako.peer": 0})  # type: ignore[arg-type]


@pytest.fixture
def browser(node: FakeNode) -> Client:
    """A browser over TLS, nobody logged in."""
    return Client(enforce_csrf_checks=True, **{"wsgi.url_scheme": "https"})  # type: ignore[arg-type]
