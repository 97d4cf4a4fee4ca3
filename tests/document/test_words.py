"""Edits in words, as a person reads them before anything happens."""

import pytest

from fumibako.document.words import describe
from fumibako.schema.edit import Edit


@pytest.mark.parametrize(
    ("edit", "english", "japanese"),
    [
        (Edit(("basics", "services", "smtp", "port"), 25, 2525), "SMTP: Port 25 → 2525", "SMTP: ポート 25 → 2525"),
        (
            Edit(("basics", "message_size_limit"), 10485760, 0),
            "Largest message 10,485,760 bytes → no limit",
            "最大メッセージサイズ 10,485,760 バイト → 制限なし",
        ),
        (
            Edit(("basics", "services", "submission", "tls"), "required", "none"),
            "Submission: TLS Required → Off",
            "Submission: TLS 強制 → 無効",
        ),
        (
            Edit(("basics", "services", "pop3", "enabled"), True, False),
            "POP3: In service on → off",
            "POP3: 使用する オン → オフ",
        ),
        (
            Edit(("accounts", "a@xn--wgv71a119e.jp", "quota_mb"), None, 1000),
            "Account a@日本語.jp: Limit no limit → 1,000 MBytes",
            "アカウント a@日本語.jp: 制限容量 無制限 → 1,000 MBytes",
        ),
    ],
)
def test_a_change_reads_as_a_sentence(edit: Edit, english: str, japanese: str) -> None:
    change = describe(edit)
    assert change.kind == "changed"
    assert f"{change.text.en} {change.was.en} → {change.now.en}" == english
    assert f"{change.text.ja} {change.was.ja} → {change.now.ja}" == japanese


def test_secrets_are_never_said() -> None:
    secret = "{SHA512-CRYPT}$6$salt$hash"
    change = describe(Edit(("accounts", "a@example.jp", "password_hash"), secret, secret + "x"))
    assert secret not in repr(change)
    whole = describe(Edit(("accounts", "a@example.jp"), None, {"password_hash": secret}))
    assert secret not in repr(whole)
    assert whole.kind == "added"


def test_hostile_names_stay_on_one_line() -> None:
    change = describe(Edit(("basics", "local_overrides", "x\x1b[31m\ny"), None, "{text}\x07"))
    assert change.kind == "added"
    assert all(character.isprintable() for text in (change.text.en, change.now.ja) for character in text)
