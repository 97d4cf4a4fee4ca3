"""A console without a home (tests/console_fixtures.py), and its administrator's browser."""

from __future__ import annotations

import pytest
from django.test import Client

from fumibako.actions.caller import Caller
from fumibako.store.models import Operator
from tests.console_fixtures import *  # noqa: F403


@pytest.fixture
def hanakos(hanako: Caller) -> Client:
    """Logged in, and asking for Japanese."""
    client = Client(headers={"Accept-Language": "ja"}, **{"wsgi.url_scheme": "https"})  # type: ignore[arg-type]
    client.force_login(Operator.objects.get(username="hanako"), "allauth.account.auth_backends.AuthenticationBackend")
    return client
