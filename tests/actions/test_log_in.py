from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from fumibako.actions import log_in
from fumibako.store.models import Audit, LogInFailures
from tests.console_fixtures import operator

pytestmark = pytest.mark.django_db

HOME, CAFE = "192.0.2.0/24", "198.51.100.0/24"


def fail(times: int, name: str = "hanako", network: str = HOME) -> None:
    for _ in range(times):
        log_in.failed(name, network)


def test_five_failures_lock_an_account_out_from_that_network_alone() -> None:
    fail(4)
    assert log_in.locked("hanako", HOME) is None
    fail(1)
    finding = log_in.locked("HANAKO", HOME)
    assert finding is not None
    assert finding.code == "locked-out"
    assert "15" in finding.message.ja
    assert log_in.locked("hanako", CAFE) is None
    assert log_in.locked("taro", HOME) is None
    assert Audit.objects.filter(verb="log_in.locked").count() == 1


def test_twenty_failures_lock_a_network_out_whatever_the_names() -> None:
    for number in range(20):
        fail(1, f"name{number}")
    assert log_in.locked("taro", HOME) is not None
    assert log_in.locked("taro", CAFE) is None


def test_fifty_failures_lock_an_account_out_whatever_the_networks() -> None:
    for number in range(50):
        fail(1, network=f"10.0.{number}.0/24")
    assert log_in.locked("hanako", CAFE) is not None
    assert log_in.locked("taro", CAFE) is None


def test_a_quarter_of_an_hour_later_one_may_try_again() -> None:
    fail(5)
    past = timezone.now() - timedelta(minutes=16)
    LogInFailures.objects.update(since=past, locked_until=past + log_in.WINDOW)
    assert log_in.locked("hanako", HOME) is None
    fail(4)
    assert log_in.locked("hanako", HOME) is None


def test_who_gets_in_begins_anew_but_clears_nothing_for_the_network() -> None:
    fail(4)
    log_in.succeeded(operator("hanako"), HOME)
    fail(4)
    assert log_in.locked("hanako", HOME) is None
    assert LogInFailures.objects.get(key=f"network:{HOME}").count == 8
