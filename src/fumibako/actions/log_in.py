"""Failed log-ins, counted per account and per network; whoever fails too often waits.

The counts are in the database: restarting the console clears nothing. A person who mistypes from home is held back only
there (account and network together); one network that tries many names, and many networks that try one name, are held
back as such.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone

from fumibako.actions.audit import record
from fumibako.schema.finding import Finding
from fumibako.schema.text import Text
from fumibako.store.models import LogInFailures, Operator

WINDOW: Final = timedelta(minutes=15)
LIMITS: Final[dict[str, int]] = {"pair": 5, "network": 20, "account": 50}

_LOCKED = Text(
    "Too many failed attempts. Wait {minutes} minutes and try again.",
    "失敗が続いたため一時的に受け付けません。{minutes} 分ほど待ってからもう一度お試しください。",
)


def locked(name: str, network: str) -> Finding | None:
    """The finding that keeps this account or network out for now, None where it may try."""
    now = timezone.now()
    until = (
        LogInFailures.objects.filter(key__in=_keys(name, network), locked_until__gt=now)
        .order_by("-locked_until")
        .values_list("locked_until", flat=True)
        .first()
    )
    if until is None:
        return None
    minutes = max(1, round((until - now).total_seconds() / 60))
    return Finding("locked-out", "", _LOCKED.with_(minutes=minutes))


def failed(name: str, network: str) -> None:
    """Count a failure; at the limit the account or network is locked for a quarter of an hour."""
    now = timezone.now()
    with transaction.atomic():
        LogInFailures.objects.filter(since__lt=now - 4 * WINDOW).delete()
        for kind, key in zip(LIMITS, _keys(name, network), strict=True):
            row, _ = LogInFailures.objects.get_or_create(key=key, defaults={"since": now})
            if now - row.since > WINDOW:
                row.count, row.since, row.locked_until = 0, now, None
            row.count += 1
            if row.count >= LIMITS[kind] and row.locked_until is None:
                row.locked_until = now + WINDOW
                record("console", "log_in.locked", key)
            row.save()
        record("console", "log_in.failed", f"operators/{name}", network=network)


def succeeded(operator: Operator, network: str) -> None:
    """A log-in that was complete, second factor and all."""
    pair, *_ = _keys(operator.username, network)
    with transaction.atomic():
        LogInFailures.objects.filter(key=pair).delete()
        Session.objects.filter(expire_date__lt=timezone.now()).delete()
        record(operator.username, "log_in", network=network)


def succeeded_as(address: str, network: str) -> None:
    """An account holder's log-in."""
    pair, *_ = _keys(address, network)
    with transaction.atomic():
        LogInFailures.objects.filter(key=pair).delete()
        record(address, "log_in", network=network)


def _keys(name: str, network: str) -> list[str]:
    """In the order of `LIMITS`."""
    account = name.casefold()[:64]
    return [f"pair:{account}|{network}", f"network:{network}", f"account:{account}"]
