"""What is wrong with block lists and refused senders. Whether a list lives is asked where there is a DNS (`node`)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from fumibako.features.spam import wrong
from fumibako.features.spam.section import Spam
from fumibako.mail.dns_list import parse_dns_list
from fumibako.mail.malformed import Malformed
from fumibako.mail.sender_pattern import parse_sender
from fumibako.schema.finding import Finding
from fumibako.schema.place import written
from fumibako.schema.text import Text

LISTS: Final = ("spam", "dns_blocklists")
SENDERS: Final = ("spam", "blocked_senders")
MOST_LISTS: Final = 20  # each is asked about every new client

_SPELLING: Final = Text(
    "Written so it is {right}: write it that way.", "正しくは {right} です。そのとおりに書いてください。"
)
_TWICE: Final = Text("{name} stands here twice.", "{name} が重複しています。")
_COVERED: Final = Text("@{domain} refuses it already.", "@{domain} に含まれています。")
_MANY: Final = Text(
    "{number} lists are too many: each is asked about every new client. Keep to {most}.",
    "{number} 個は多すぎます。新しいクライアントのたびにすべてへ問い合わせるため、{most} 個までにしてください。",
)
_NEVER: Final = Text(
    "All lists together weigh {sum}, so nobody ever reaches {threshold}.",
    "すべてのリストの重みを合わせても {sum} で、{threshold} に届きません。",
)


def check_spam(spam: Spam) -> list[Finding]:
    return [*_lists(spam), *_senders(spam)]


def _lists(spam: Spam) -> Iterator[Finding]:
    names: set[str] = set()
    weight, readable = 0, True
    for entry in spam.dns_blocklists:
        path = written((*LISTS, entry))
        try:
            parsed = parse_dns_list(entry)
        except Malformed as error:
            yield wrong.finding(error, path)
            readable = False
            continue
        yield from _spelled(entry, str(parsed), path)
        # The same list may stand twice for two kinds of answers.
        if not parsed.codes and parsed.name in names:
            yield Finding("list-twice", path, _TWICE.with_(name=parsed.name), "warning")
        names.add(parsed.name)
        weight += max(0, parsed.weight)
    if len(spam.dns_blocklists) > MOST_LISTS:
        message = _MANY.with_(number=len(spam.dns_blocklists), most=MOST_LISTS)
        yield Finding("too-many-lists", written(LISTS), message)
    if spam.dns_blocklists and readable and weight < spam.threshold:
        message = _NEVER.with_(sum=weight, threshold=spam.threshold)
        yield Finding("threshold-unreachable", "spam.threshold", message, "warning", str(max(1, weight)))


def _senders(spam: Spam) -> Iterator[Finding]:
    every = frozenset(spam.blocked_senders)
    for entry in spam.blocked_senders:
        try:
            sender = parse_sender(entry)
        except Malformed as error:
            yield wrong.finding(error, written((*SENDERS, entry)))
            continue
        yield from _spelled(entry, str(sender), written((*SENDERS, entry)))
        if sender.local_part and f"@{sender.domain.ascii}" in every:
            message = _COVERED.with_(domain=sender.domain.ascii)
            yield Finding("sender-covered", written((*SENDERS, entry)), message, "warning")


def _spelled(entry: str, spelling: str, path: str) -> Iterator[Finding]:
    if spelling != entry:
        yield Finding("entry-spelling", path, _SPELLING.with_(right=spelling), suggestion=spelling)
