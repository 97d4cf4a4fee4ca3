"""Fixtures that many tests share: real homes (tests/homes.py says more)."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from types import FrameType

import pytest

from tests.homes import TestedHome, new_home, taken_base


def pytest_configure() -> None:
    """`timeout` and a person who has enough end tests with SIGTERM: as with Ctrl-C, homes are then stopped and removed."""
    signal.signal(signal.SIGTERM, _interrupt)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


# What boots servers and browsers takes minutes a file, what does not takes seconds: these begin, so that two workers end
# together.
_LONG = ("store/test_on_postgresql", "browser", "system", "home", "packaging", "node", "cli", "document", "applier")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def rank(item: pytest.Item) -> int:
        place = item.nodeid.removeprefix("tests/")
        return next((number for number, begin in enumerate(_LONG) if place.startswith(begin)), len(_LONG))

    items.sort(key=rank)


@pytest.fixture(scope="session")
def running_home() -> Iterator[TestedHome]:
    """One home for the whole session (of this worker), up and answering: mail.example.jp on 127.0.0.1. A test that
    needs domains or accounts adds some with names of its own, and leaves every service as it was."""
    with new_home() as home:
        home.up()
        yield home


@pytest.fixture
def a_home() -> Iterator[TestedHome]:
    """A home of the test's own, made and not started."""
    with new_home() as home:
        yield home


@pytest.fixture
def free_base() -> Iterator[int]:
    """A port base that nobody else has during the test."""
    with taken_base() as base:
        yield base
