"""How full mailboxes are and who logged in to them, beside the account rows: what the agent reports is written here."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from django.db import connection, transaction

from fumibako.store.chunks import chunks
from fumibako.store.insertion import update
from fumibako.store.models import Account, SystemUser, UsageHeard

_CHUNK: Final = 500
Position = tuple[str, int]


def heard() -> Position:
    """Up to where the agent's reports have been heard: the epoch of its database, and a number in it."""
    return UsageHeard.objects.filter(id=1).values_list("epoch", "last").first() or ("", 0)


def of(address: str) -> int:
    """How many octets a mailbox holds, as last reported."""
    return Account.objects.filter(address=address).values_list("usage_bytes", flat=True).first() or 0


def log_ins(addresses: Iterable[str]) -> dict[str, datetime]:
    """When somebody last logged in to each of these accounts, where anybody did."""
    found: dict[str, datetime] = {}
    for chunk in chunks(addresses, _CHUNK):
        known = Account.objects.filter(address__in=chunk, last_login__isnull=False)
        found |= {address: moment(at) for address, at in known.values_list("address", "last_login") if at}
    return found


def moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def hear(
    after: Position,
    now: Position,
    used: Iterable[tuple[str, int, int]],
    logged_in: Iterable[tuple[str, int]] = (),
) -> Position:
    """Write a report (address, bytes, messages; address, seconds) if it goes on where the last one ended. Returns where we
    stand."""
    used = list(used)
    seen = [(at, address) for address, at in logged_in]
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
            for model in (Account, SystemUser):
                update(model, "last_login", "address", seen)
            UsageHeard.objects.filter(id=1).update(epoch=now[0], last=now[1])
        return now
