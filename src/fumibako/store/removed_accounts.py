"""Accounts that were removed, and where their mail still lies.

A removed account's row is kept until its mail is thrown away, so that it can be brought back as it was. A new account of
the same address gets a mailbox of its own: it must never find somebody else's mail.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q

from fumibako.features.directory.rows import APP_PASSWORDS, MAILBOX, mailbox_of
from fumibako.features.directory.rows import Account as AccountRow
from fumibako.store.chunks import chunks
from fumibako.store.models import Account, RemovedAccount

CHUNK = 500
_MOST_TIMES = 1000


def keep(rows: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
    """Keep the rows of accounts that go. Their app passwords go for good."""
    RemovedAccount.objects.bulk_create(
        [RemovedAccount(address=key, mailbox=mailbox_of(key, row), row=_kept(row)) for key, row in rows],
        update_conflicts=True,
        unique_fields=["mailbox"],
        update_fields=["address", "row"],
    )


def _kept(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != APP_PASSWORDS}


def bring_back(added: Mapping[str, Mapping[str, Any]]) -> None:
    """Forget the removals of mailboxes that accounts have again: restored, renamed, or undone."""
    mailboxes = [mailbox_of(key, row) for key, row in added.items()]
    for chunk in chunks(mailboxes, CHUNK):
        RemovedAccount.objects.filter(mailbox__in=chunk).delete()


def exchange(changes: Iterable[tuple[Any, str]]) -> None:
    """Let accounts have other mailboxes: what they had is kept as that of accounts that were removed."""
    for mailbox, address in changes:
        account = Account.objects.get(address=address)
        row = {name: getattr(account, name) for name in AccountRow.model_fields} | {MAILBOX: account.mailbox}
        bring_back({address: {MAILBOX: mailbox}})
        keep([(address, row)])
        Account.objects.filter(pk=account.pk).update(mailbox=mailbox)


def moved(addresses: Iterable[str]) -> dict[str, str]:
    """Of new accounts' addresses those whose usual place holds other mail, each with a place that is free."""
    usual = {mailbox_of(address): address for address in addresses}
    found: dict[str, str] = {}
    for chunk in chunks(usual, CHUNK):
        for mailbox in _taken(chunk):
            found[usual[mailbox]] = _free(mailbox)
    return found


def of_addresses(addresses: Sequence[str]) -> dict[str, tuple[str, dict[str, Any]]]:
    """The last removal of each address: its mailbox and row."""
    found = RemovedAccount.objects.filter(address__in=list(addresses)).order_by("id")
    return {each.address: (each.mailbox, each.row) for each in found}


def page(*, after: int = 0, within: Collection[str] | None = None, limit: int) -> list[RemovedAccount]:
    """Removals, the latest first; go on `after` the id of the last. `within` these domains only."""
    found = RemovedAccount.objects.order_by("-id")
    if after:
        found = found.filter(id__lt=after)
    if within is not None:
        theirs = Q(pk__in=[])
        for name in within:
            theirs |= Q(address__endswith=f"@{name}")
        found = found.filter(theirs)
    return list(found[:limit])


def due(before: datetime, limit: int) -> list[str]:
    """Mailboxes of accounts that were removed before then: their time of grace is over."""
    found = RemovedAccount.objects.filter(removed__lt=before).order_by("removed")
    return list(found.values_list("mailbox", flat=True)[:limit])


def forget(mailboxes: Sequence[str]) -> None:
    """The mail is gone; the places are free."""
    RemovedAccount.objects.filter(mailbox__in=list(mailboxes)).delete()


def _taken(mailboxes: Sequence[str]) -> set[str]:
    removed = RemovedAccount.objects.filter(mailbox__in=mailboxes).values_list("mailbox", flat=True)
    renamed = Account.objects.filter(mailbox__in=mailboxes).values_list("mailbox", flat=True)
    return {*removed, *(each for each in renamed if each)}


def _free(mailbox: str) -> str:
    """`example.jp/hanako..2`, or the next that nobody has. No address has two dots in a row, so it is nobody's usual
    place."""
    for number in range(2, _MOST_TIMES):
        candidate = f"{mailbox}..{number}"
        if not _taken([candidate]):
            return candidate
    raise AssertionError(mailbox)
