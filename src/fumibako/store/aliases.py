"""Aliases as rows: their targets in order as one value, and turned round once more, so that an address finds its aliases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from django.db.models import QuerySet

from fumibako.store import turned
from fumibako.store.insertion import insert
from fumibako.store.models import Alias, AliasTarget, Domain


def leading_to(addresses: Iterable[str], limit: int) -> set[str]:
    """The aliases that have one of these addresses among their targets."""
    return turned.leading_to(AliasTarget.objects.all(), "alias__address", addresses, limit)


def leading_into(domain: str, limit: int) -> list[tuple[str, str]]:
    """Aliases with a target in the domain: (alias, target in lower case), in the order of the targets."""
    return turned.leading_into(AliasTarget.objects.all(), "alias__address", domain, limit)


def put(wanted: Mapping[str, Sequence[str]], domains: Mapping[str, int]) -> Counter[int]:
    """Make these aliases, or give them these targets; `domains` are the numbers of their domains. Returns how many are
    new in each domain."""
    there = set(Alias.objects.filter(address__in=list(wanted)).values_list("address", flat=True))
    rows = [(key, domains[_domain(key)], list(targets)) for key, targets in wanted.items()]
    insert(Alias, ("address", "domain", "targets"), rows, unique=("address",), replacing=("targets",))
    _point(wanted)
    return Counter(domain for key, domain, _ in rows if key not in there)


def set_targets(key: str, targets: Sequence[str]) -> None:
    """Give an alias that exists these targets."""
    if Alias.objects.filter(address=key).update(targets=list(targets)):
        _point({key: targets})


def remove(keys: Sequence[str]) -> Counter[int]:
    """Returns how many went from each domain."""
    doomed = Alias.objects.filter(address__in=keys)
    gone = Counter(doomed.values_list("domain_id", flat=True))
    AliasTarget.objects.filter(alias__address__in=keys).delete()
    doomed.delete()
    return gone


def numbers(names: Iterable[str]) -> dict[str, int]:
    """The numbers of the domains of these aliases."""
    return dict(Domain.objects.filter(name__in={_domain(name) for name in names}).values_list("name", "id"))


def _point(wanted: Mapping[str, Sequence[str]]) -> None:
    """Turn the targets of these aliases round anew."""
    aliases: QuerySet[Alias] = Alias.objects.filter(address__in=list(wanted))
    known = dict(aliases.values_list("address", "id"))
    AliasTarget.objects.filter(alias_id__in=list(known.values())).delete()
    rows = (
        (known[key], each) for key, targets in wanted.items() for each in dict.fromkeys(map(turned.turned, targets))
    )
    insert(AliasTarget, ("alias", "turned"), rows)


def _domain(key: str) -> str:
    return key.rpartition("@")[2]
