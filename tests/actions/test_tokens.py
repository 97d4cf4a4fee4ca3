from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from fumibako.actions import tokens
from fumibako.actions.caller import NOBODY, Caller
from fumibako.actions.permission import may
from fumibako.actions.trouble import Denied, Refused
from fumibako.store.models import ApiToken, Operator


def test_a_token_speaks_for_its_maker_within_its_scope(hanako: Caller) -> None:
    _, text = tokens.make(hanako, "monitoring")
    bearer = tokens.bearer(text, "ja", "192.0.2.0/24")
    assert (bearer.who, bearer.owner, bearer.via) == ("hanako (monitoring)", hanako.owner, "token")
    assert may(bearer, "look")
    assert not may(bearer, "stage")
    assert not may(bearer, "apply")
    _, text = tokens.make(hanako, "deploy", scope="write")
    assert may(tokens.bearer(text, "en", ""), "apply")
    assert text not in str(list(ApiToken.objects.values()))


def test_no_token_makes_tokens_or_reads_secrets(hanako: Caller) -> None:
    _, text = tokens.make(hanako, "deploy", scope="write")
    bearer = tokens.bearer(text, "en", "")
    assert not may(bearer, "see_secrets")
    with pytest.raises(Denied):
        tokens.make(bearer, "another")


def test_a_token_ends_with_its_time_its_revocation_and_its_maker(hanako: Caller, taro: Caller) -> None:
    soon, text = tokens.make(hanako, "soon", expires=timezone.now() + timedelta(hours=1))
    assert tokens.bearer(text, "en", "") != NOBODY
    ApiToken.objects.filter(id=soon.pk).update(expires=timezone.now())
    assert tokens.bearer(text, "en", "") == NOBODY
    other, text = tokens.make(hanako, "other")
    tokens.revoke(taro, other.pk)
    assert tokens.bearer(text, "en", "") == NOBODY
    _, text = tokens.make(hanako, "third")
    Operator.objects.filter(username="hanako").update(is_active=False)
    assert tokens.bearer(text, "en", "") == NOBODY


@pytest.mark.parametrize("text", ["", "fumibako_", "fumibako_x", "'; --"])
@pytest.mark.usefixtures("node")
def test_what_is_no_token_is_nobody(text: str) -> None:
    assert tokens.bearer(text, "en", "") == NOBODY


def test_a_token_that_cannot_be_is_refused_with_all_that_is_wrong(hanako: Caller) -> None:
    with pytest.raises(Refused) as refusal:
        tokens.make(hanako, " ", role="king", scope="all", expires=timezone.now() - timedelta(days=1))
    assert [finding.path for finding in refusal.value.findings] == ["name", "scope", "role", "expires"]
