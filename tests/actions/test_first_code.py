from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from fumibako.actions import first_code, operators
from fumibako.actions.caller import Caller
from fumibako.actions.trouble import Denied, Refused
from fumibako.store.models import Audit, FirstCode, Operator

PASSWORD = "correct horse battery"


def first(code: str, name: str = "hanako", password: str = PASSWORD, network: str = "192.0.2.0/24") -> list[str]:
    """The codes of what is wrong."""
    return [each.code for each in operators.make_first(code, name, password, network=network)[1]]


def test_the_code_makes_the_first_administrator_once(admin: Caller) -> None:
    code = first_code.make(admin)
    assert first_code.needed()
    assert first(code) == []
    person = Operator.objects.get()
    assert (person.username, person.role, person.check_password(PASSWORD)) == ("hanako", "server_admin", True)
    assert not first_code.needed()
    assert first(code, "taro") == ["first-code"]
    assert Operator.objects.count() == 1


def test_only_its_digest_is_kept_and_it_has_256_bits(admin: Caller) -> None:
    code = first_code.make(admin)
    assert len(code) == 43
    assert code not in str(list(FirstCode.objects.values())) + str(list(Audit.objects.values()))


def test_it_is_good_for_half_an_hour(admin: Caller) -> None:
    code = first_code.make(admin)
    made = FirstCode.objects.get()
    assert timedelta(minutes=29) < made.expires - timezone.now() <= timedelta(minutes=30)
    FirstCode.objects.update(expires=timezone.now() - timedelta(seconds=1))
    assert first(code) == ["first-code"]


def test_a_new_code_ends_the_old_one(admin: Caller) -> None:
    old, new = first_code.make(admin), first_code.make(admin)
    assert first(old) == ["first-code"]
    assert first(new) == []


def test_there_is_no_code_once_there_is_an_administrator(admin: Caller, hanako: Caller) -> None:
    with pytest.raises(Refused) as refusal:
        first_code.make(admin)
    assert refusal.value.findings[0].code == "administrator-exists"


def test_only_root_of_the_machine_makes_one(hanako: Caller) -> None:
    with pytest.raises(Denied):
        first_code.make(hanako)


@pytest.mark.parametrize(
    ("name", "password", "code"),
    [
        ("", PASSWORD, "operator-name"),
        ("a b", PASSWORD, "operator-name"),
        ("x" * 65, PASSWORD, "operator-name"),
        ("root", PASSWORD, "operator-exists"),
        ("hanako", "short", "password-too-short"),
        ("hanako", "password1234", "password-common"),
        ("hanako-hanako", "Hanako-Hanako", "password-like-name"),
    ],
)
def test_a_bad_name_or_password_is_said_and_the_code_stays_good(
    admin: Caller, name: str, password: str, code: str
) -> None:
    secret = first_code.make(admin)
    assert first(secret, name, password) == [code]
    assert first(secret) == []


def test_guessing_codes_is_slowed_down_by_network(admin: Caller) -> None:
    code = first_code.make(admin)
    for _ in range(5):
        assert first("guess") == ["first-code"]
    assert first(code) == ["locked-out"]
    assert first(code, network="198.51.100.0/24") == []
