"""How full mailboxes are, beside the account rows: what the agent reports is written here."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection, transaction

from fumibako.store.models import Account, UsageHeard

Position = tuple[str, int]


def heard() -> Position:
    """Up to where the agent's reports have been heard: the epoch of its database, and a number in it."""
    return UsageHeard.objects.filter(id=1).values_list("epoch", "last").first() or ("", 0)


def of(address: str) -> int:
    """How many octets a mailbox holds, as last reported."""
    return Account.objects.filter(address=address).values_list("usage_bytes", flat=True).first() or 0


def hear(after: Position, now: Position, used: Iterable[tuple[str, int, int]]) -> Position:
    """Write a report (address, bytes, messages) if it goes on where the last one ended. Returns where we stand."""
    used = list(used)
    with transaction.atomic():
        UsageHeard.objects.select_for_update().get_or_create(id=1)
        if heard() != after:
            return heard()
        if after != now:
            with connection.cursor() as cursor:
                cursor.executemany(
                    "UPDATE store_account SET usage_bytes = %s, usage_messages = %s WHERE address = %s",
                    [(octets, messages, address) for address, octets, messages in used],
                )
                cursor.executemany(
                    "UPDATE store_systemuser SET usage_bytes = %s, usage_messages = %s WHERE address = %s",
                    [(octets, messages, address) for address, octets, messages in used],
                )
            UsageHeard.objects.filter(id=1).update(epoch=now[0], last=now[1])
        return now
