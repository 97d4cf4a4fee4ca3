"""How many accounts stand under each initial: kept with the rows, never counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence

from django.db.models import Count, F

from fumibako.store.models import Account, Initial


def live(within: Collection[int] | None = None) -> dict[str, int]:
    """The initials that there are, with their numbers of accounts; of the domains with these numbers they are counted."""
    if within is not None:
        rows = Account.objects.filter(domain_id__in=list(within)).values_list("initial", "kana")
        found: Counter[str] = Counter()
        for initial, kana, number in rows.annotate(number=Count("id")).order_by():
            found.update({letter: number for letter in (initial, kana) if letter})
        return dict(found)
    return dict(Initial.objects.filter(rows__gt=0).values_list("letter", "rows"))


def count(marks: Iterable[Sequence[str]], sign: int) -> None:
    """Count accounts, given by their initial and kana row, in or out. Runs in the caller's transaction."""
    for letter, number in Counter(letter for pair in marks for letter in pair if letter).items():
        if not Initial.objects.filter(letter=letter).update(rows=F("rows") + sign * number):
            Initial.objects.create(letter=letter, rows=sign * number)


def rename(addresses: Sequence[str], kana: str) -> None:
    """Let accounts stand under another kana row."""
    renamed = Account.objects.filter(address__in=addresses).exclude(kana=kana)
    count([(before,) for before in renamed.values_list("kana", flat=True)], -1)
    count([(kana,)] * renamed.update(kana=kana), 1)
