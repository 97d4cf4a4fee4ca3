"""The users of the node's operating system, as its agent tells of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

from django.db import transaction

from fumibako.store.models import SystemUser

_MANY: Final = 400  # users of a machine are few; more addresses are compared with all of them


def replace(users: Iterable[tuple[str, int, str, str]]) -> None:
    """All there are: name, number, whose it is, and the address, empty where he takes no mail here. What is known of how
    full his mailbox is stays."""
    with transaction.atomic():
        wanted = {name: (uid, gecos, address) for name, uid, gecos, address in users}
        SystemUser.objects.exclude(name__in=list(wanted)).delete()
        SystemUser.objects.bulk_create(
            [SystemUser(name=name, uid=uid, gecos=gecos, address=to) for name, (uid, gecos, to) in wanted.items()],
            update_conflicts=True,
            unique_fields=["name"],
            update_fields=["uid", "gecos", "address"],
        )


def found(text: str = "") -> list[SystemUser]:
    """Those whose name, or whose owner's, begins with `text`; by name."""
    rows = list(SystemUser.objects.order_by("name"))
    wanted = text.lower()
    return [row for row in rows if row.name.lower().startswith(wanted) or row.gecos.lower().startswith(wanted)]


def with_addresses(addresses: Collection[str]) -> dict[str, str]:
    """Of these addresses those that a user of the system has, with his name."""
    wanted = {address for address in addresses if address}
    if not wanted:
        return {}
    if len(wanted) > _MANY:
        every = SystemUser.objects.exclude(address="").values_list("address", "name")
        return {address: name for address, name in every if address in wanted}
    return dict(SystemUser.objects.filter(address__in=wanted).values_list("address", "name"))
