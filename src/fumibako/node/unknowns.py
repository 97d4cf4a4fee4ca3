"""What cannot be known before the message itself is seen, or not from where we ask."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from fumibako.document.settings import Settings
from fumibako.features.basics.listeners import Listener
from fumibako.plan.inquiry import Name
from fumibako.schema.text import Text

_SIZE: Final = Text("Whether the message is larger than {limit:,} bytes", "メールのサイズが {limit:,} バイトを超えるか")
_AUTHENTICATION: Final = Text(
    "Whether SPF or DMARC refuses the message at its end", "SPF・DMARC の検査で拒否されるか (メールの本文が必要)"
)
_FROM: Final = Text(
    "Whether the From: line names an address of the account", "From: がそのアカウントのアドレスかどうか"
)
_SCANNER: Final = Text("What the virus scanner finds", "ウイルススキャナーの判定")
_TLS: Final = Text("Without TLS this service refuses everybody with 530", "TLS なしの接続は 530 で拒否されます")
_NAME: Final = Text(
    "The client's name: the name server did not answer", "クライアントのホスト名 (DNS が応答しませんでした)"
)
_LISTS: Final = Text(
    "What DNS block lists say: the candidate is tried without a network",
    "DNS のブロックリスト (試験環境からは問い合わせできません)",
)


def unknowns(
    settings: Settings, listener: Listener, name: Name, *, accepted: bool, ours: bool, logged_in: bool, trial: bool
) -> tuple[Text, ...]:
    """`ours`: the client may send anywhere, by its address or since it `logged_in`; then nobody checks whose mail it is."""
    found = list(_of_asking(settings, name, trial=trial))
    if accepted:
        found += _of_the_message(settings, listener, ours=ours, logged_in=logged_in)
    return tuple(found)


def _of_asking(settings: Settings, name: Name, *, trial: bool) -> Iterator[Text]:
    if not name.sure:
        yield _NAME
    if trial and settings.spam.dns_blocklists:
        yield _LISTS


def _of_the_message(settings: Settings, listener: Listener, *, ours: bool, logged_in: bool) -> Iterator[Text]:
    if listener.tls == "required":
        yield _TLS
    if limit := settings.basics.message_size_limit:
        yield Text(_SIZE.en.format(limit=limit), _SIZE.ja.format(limit=limit))
    checks = settings.authentication
    if not ours and ((checks.spf.check and checks.spf.reject_fail) or (checks.dmarc.check and checks.dmarc.enforce)):
        yield _AUTHENTICATION
    if logged_in and checks.own_addresses_only:
        yield _FROM
    if settings.basics.content_filter is not None:
        yield _SCANNER
