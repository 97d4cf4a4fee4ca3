"""The rows of the directory and what is said of their fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Literal

from pydantic import Field

from fumibako.features.aliases.rows import Alias
from fumibako.features.delivery.vacation import Vacation
from fumibako.schema.option import Option, Section
from fumibako.schema.text import Text


class Domain(Section):
    """A domain whose mail is accepted; its name is the row's key, an A-label form."""


class Account(Section):
    """A mailbox and its owner's log-in; its address is the row's key."""

    name: Annotated[str, Field(max_length=200), Option(Text("Name", "名前"))] = ""
    language: Annotated[
        Literal["ja", "en"] | None,
        Option(
            Text("Language", "言語"),
            Text(
                "Of warnings that the mailbox fills up, and of “My mail” after log-in. Not chosen: both languages, and as the "
                "browser asks.",
                "容量の警告メールと、ログイン後の「自分のメール」の言語です。指定しなければ、警告は日英併記、画面はブラウザーの設定に従います。",
            ),
            choices=(
                ("", Text("not chosen", "指定なし")),
                ("ja", Text("Japanese", "日本語")),
                ("en", Text("English", "英語")),
            ),
        ),
    ] = None
    password_hash: Annotated[
        str | None,
        Field(max_length=1000),
        Option(
            Text("Password hash", "パスワードハッシュ"),
            Text(
                "{ARGON2ID}, {SHA512-CRYPT} or {BLF-CRYPT}. Empty: nobody can log in.",
                "{ARGON2ID}、{SHA512-CRYPT}、{BLF-CRYPT} のいずれか。空欄ならログインできません。",
            ),
        ),
    ] = None
    quota_mb: Annotated[
        int | None,
        Field(ge=1, le=8_000_000_000),
        Option(Text("Limit", "制限容量"), Text("Empty: no limit.", "空欄なら無制限。"), unit=Text("MBytes", "MBytes")),
    ] = None
    enabled: Annotated[
        bool,
        Option(
            Text("In use", "使用する"),
            Text(
                "Off: nobody can log in or send as it. Mail for it is still kept, unless it may not receive.",
                "オフにするとログインも送信もできません。届いたメールは、受信もオフにしない限り保管されます。",
            ),
        ),
    ] = True
    may_send: Annotated[
        bool,
        Option(
            Text("May send", "送信を許可する"),
            Text("Off: it can read its mail but not send.", "オフにすると、受信メールは読めますが送信できません。"),
        ),
    ] = True
    may_receive: Annotated[
        bool,
        Option(
            Text("May receive", "受信を許可する"),
            Text(
                "Off: new mail for it is refused during the SMTP session; what is there stays.",
                "オフにすると、新しいメールを SMTP の段階で断ります。届いているメールは残ります。",
            ),
        ),
    ] = True
    forward: Annotated[
        tuple[str, ...],
        Option(
            Text("Forward to", "転送先"),
            Text("One address a line. Empty: nothing is forwarded.", "1 行に 1 アドレス。空欄なら転送しません。"),
        ),
    ] = ()
    keep_copy: Annotated[
        bool,
        Option(
            Text("Keep a copy", "メールボックスにも残す"),
            Text(
                "Off: what is forwarded is not kept here.", "オフにすると、転送したメールはこのサーバーに残りません。"
            ),
        ),
    ] = True
    vacation: Annotated[
        Vacation | None,
        Option(
            Text("Automatic reply", "自動返信"),
            Text("To whoever writes while one is away.", "不在の間、メールの差出人に返信します。"),
        ),
    ] = None


TABLES: Final[dict[str, type[Section]]] = {"domains": Domain, "accounts": Account, "aliases": Alias}

# Rows that are written as their one field: `info@example.jp: [hanako@example.jp]`.
ONE_FIELD: Final[dict[str, str]] = {"aliases": "targets"}

# Where an account's mail lies, as a path below the mailboxes, when it is not the place that its address says: after a
# rename, or where the place still holds the mail of an account that was removed. Nobody writes it; rows carry it.
MAILBOX: Final = "mailbox"

# The account's app passwords: [{name, made, digest}], where it has any. Only its holder makes them and never in a file, so
# that a file that is applied takes none away.
APP_PASSWORDS: Final = "app_passwords"

# What rows carry beside their declared fields.
CARRIED: Final = frozenset({MAILBOX, APP_PASSWORDS})


def mailbox_of(address: str, row: Mapping[str, object] | None = None) -> str:
    """Where the account's mail lies below the mailboxes."""
    local_part, _, domain = address.rpartition("@")
    return str((row or {}).get(MAILBOX) or f"{domain}/{local_part}")


# Fields that print as *** and never leave the server unasked.
SECRET_FIELDS: Final = frozenset({"password_hash"})
