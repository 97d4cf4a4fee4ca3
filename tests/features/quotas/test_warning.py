"""When an owner is warned, and in which words."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from fumibako.features.quotas.warning import level_of, warning


@pytest.mark.parametrize(
    ("used", "before", "level"),
    [
        (79, 0, 0),
        (80, 0, 80),
        (94, 80, 80),
        (95, 80, 95),
        (120, 0, 95),
        (91, 95, 95),
        (89, 95, 80),
        (76, 80, 80),
        (74, 80, 0),
    ],
)
def test_a_level_holds_until_the_mailbox_is_well_below(used: int, before: int, level: int) -> None:
    assert level_of(used, 100, before) == level


def test_without_a_limit_nobody_is_warned() -> None:
    assert level_of(10**12, None, 80) == 0


def written(language: str | None) -> EmailMessage:
    date = "Tue, 24 Nov 2026 08:00:00 +0000"
    raw = warning("a@example.jp", 9 * 1_048_576, 10 * 1_048_576, 80, language, date, "<1@example.jp>")
    return message_from_bytes(raw, _class=EmailMessage, policy=policy.default)


def test_a_warning_says_it_in_both_languages() -> None:
    message = written(None)
    assert message["To"] == "a@example.jp"
    assert "80% full" in message["Subject"]
    assert "メールボックス" in message["Subject"]
    body = message.get_content()
    assert "10 MB のうち 9.0 MB" in body
    assert "9.0 MB of 10 MB" in body
    assert message["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize(("language", "said", "unsaid"), [("ja", "のうち", "uses"), ("en", "uses", "のうち")])
def test_or_in_the_accounts_language_alone(language: str, said: str, unsaid: str) -> None:
    message = written(language)
    assert said in message.get_content()
    assert unsaid not in message.get_content()
    assert ("full" in message["Subject"]) is (language == "en")
