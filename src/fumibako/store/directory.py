"""The directory's rows as edits know them: a table's name, a key and a mapping of fields.

Reading goes by key or by ranges of keys, in the byte order of the keys; `write` makes a list of edits true. Everything
costs in proportion to what is asked or changed, whatever the size of the directory.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any

from django.db.models import F, QuerySet

from fumibako.features.aliases.rows import Alias as AliasRow
from fumibako.features.directory.rows import APP_PASSWORDS, CARRIED, MAILBOX, mailbox_of
from fumibako.features.directory.rows import Account as AccountRow
from fumibako.features.quotas.initials import initial_of, kana_of
from fumibako.schema.edit import Edit
from fumibako.schema.place import Json
from fumibako.store import aliases, forwards, initials, removed_accounts
from fumibako.store.chunks import chunks
from fumibako.store.insertion import insert, update
from fumibako.store.json_texts import read_values
from fumibako.store.models import Account, Alias, Domain, Tally
from fumibako.store.turned import LAST

Row = dict[str, Json]
FIELDS = tuple(AccountRow.model_fields)
STORED = (*FIELDS, MAILBOX, APP_PASSWORDS)
_DEFAULTS: Mapping[str, Any] = {name: AccountRow.model_fields[name].default for name in FIELDS} | dict.fromkeys(CARRIED)
_PUT = ("address", "domain", *STORED, "initial", "kana", "usage_bytes", "usage_messages")
# The tables whose rows are addresses within a domain, and their fields.
_ADDRESSES: Mapping[str, tuple[type[Account | Alias], tuple[str, ...]]] = {
    "accounts": (Account, STORED),
    "aliases": (Alias, tuple(AliasRow.model_fields)),
}
CHUNK = 5000


def row(table: str, key: str) -> Row | None:
    return rows(table, [key]).get(key)


def rows(table: str, keys: Iterable[str]) -> dict[str, Row]:
    """The rows that exist among `keys`."""
    found: dict[str, Row] = {}
    for chunk in chunks(keys, CHUNK):
        if table == "domains":
            found |= {name: {} for name in Domain.objects.filter(name__in=chunk).values_list("name", flat=True)}
        else:
            found.update(_read(table, _ADDRESSES[table][0]._default_manager.filter(address__in=chunk)))
    return found


def page(
    table: str,
    *,
    after: str = "",
    prefix: str = "",
    domain: str | None = None,
    within: Collection[str] | None = None,
    limit: int,
) -> list[tuple[str, Row]]:
    """Rows in the order of their keys: those whose key begins with `prefix`, from behind `after` on; of one domain, or of
    those `within`."""
    if table == "domains":
        names = _range(_domains(within), "name", after, prefix).values_list("name", flat=True)
        return [(name, {}) for name in names[:limit]]
    if within is not None:
        parts = (page(table, after=after, prefix=prefix, domain=each, limit=limit) for each in _both(domain, within))
        return sorted((row for part in parts for row in part), key=itemgetter(0))[:limit]
    return list(_read(table, _addresses(table, after, prefix, domain)[:limit]))


def page_before(
    table: str,
    *,
    before: str,
    prefix: str = "",
    domain: str | None = None,
    within: Collection[str] | None = None,
    limit: int,
) -> list[tuple[str, Row]]:
    """The page that ends just before the key `before`, in the order of the keys."""
    if table == "domains":
        names = _range(_domains(within).filter(name__lt=before), "name", "", prefix).order_by("-name")
        return [(name, {}) for name in reversed(names.values_list("name", flat=True)[:limit])]
    if within is not None:
        parts = (
            page_before(table, before=before, prefix=prefix, domain=each, limit=limit) for each in _both(domain, within)
        )
        return sorted((row for part in parts for row in part), key=itemgetter(0))[-limit:]
    found = _addresses(table, "", prefix, domain).filter(address__lt=before).order_by("-address")
    return list(reversed(list(_read(table, found[:limit]))))


def _read(table: str, found: QuerySet[Any]) -> Iterator[tuple[str, Row]]:
    """A row says where its mail lies only where that is not its usual place, and its app passwords where it has any."""
    names = _ADDRESSES[table][1]
    for address, *said in read_values(found, ("address", *names)):
        row = zip(names, said, strict=True)
        yield address, {name: value for name, value in row if value is not None or name not in CARRIED}


def found(
    table: str,
    *,
    prefix: str = "",
    domain: str | None = None,
    within: Collection[str] | None = None,
    most: int = 10_000,
) -> tuple[int, bool]:
    """How many rows a search finds; True with it where there are more than `most`, which are not counted."""
    if not prefix and domain is None:
        return count(table, within), False
    if table == "domains":
        number = _range(_domains(within), "name", "", prefix).order_by()[: most + 1].count()
    elif within is not None:
        each_found = [found(table, prefix=prefix, domain=each, most=most) for each in _both(domain, within)]
        number = most + 1 if any(more for _, more in each_found) else sum(each for each, _ in each_found)
    elif not prefix:
        return number_in(table, domain or ""), False
    else:
        number = _addresses(table, "", prefix, domain).order_by()[: most + 1].count()
    return min(number, most), number > most


def count(table: str, within: Collection[str] | None = None) -> int:
    """How many rows a table has, from the tally that is kept with them; or those of some domains, from theirs."""
    if within is not None:
        return _domains(within).count() if table == "domains" else sum(numbers_in(table, within).values())
    return Tally.objects.filter(table=table).values_list("rows", flat=True).first() or 0


def number_in(table: str, domain: str) -> int:
    """How many accounts or aliases a domain has."""
    return Domain.objects.filter(name=domain).values_list(table, flat=True).first() or 0


def numbers_in(table: str, names: Iterable[str]) -> dict[str, int]:
    """How many accounts or aliases each of these domains has."""
    return {
        name: number
        for chunk in chunks(names, CHUNK)
        for name, number in Domain.objects.filter(name__in=chunk).values_list("name", table)
    }


def keys_in(table: str, domain: str) -> list[str]:
    """All accounts or aliases of a domain: as many as there are."""
    model, _ = _ADDRESSES[table]
    found = model._default_manager.filter(domain__name=domain).order_by("address")
    return list(found.values_list("address", flat=True))


def every_domain() -> Iterator[str]:
    """All domains, in the order of their names."""
    yield from Domain.objects.order_by("name").values_list("name", flat=True).iterator(chunk_size=CHUNK)


def first_domain(*, leaving_out: Iterable[str] = ()) -> str | None:
    """The first domain by name, as the agent finds it, too: it knows no other order."""
    return Domain.objects.exclude(name__in=list(leaving_out)).order_by("name").values_list("name", flat=True).first()


def write(edits: Sequence[Edit]) -> None:
    """Make the edits true, in an order in which every account and alias has its domain all the time. Runs in the
    caller's transaction."""
    added: dict[str, dict[str, Row]] = defaultdict(dict)
    removed: dict[str, list[str]] = defaultdict(list)
    fields: dict[tuple[str, str], list[tuple[Json, str]]] = defaultdict(list)
    for edit in edits:
        table, key = edit.place[:2]
        if len(edit.place) == 3:
            fields[table, edit.place[2]].append((edit.now, key))
        elif edit.now is None:
            removed[table].append(key)
        else:
            added[table][key] = edit.now
    for chunk in chunks(removed["aliases"], CHUNK):
        _count("aliases", aliases.remove(chunk), -1)
    moved = _log_ins_of(removed["accounts"]) if added["accounts"] else {}
    _remove_accounts(removed["accounts"])
    removed_accounts.bring_back(added["accounts"])
    for chunk in chunks(removed["domains"], CHUNK):
        _tally("domains", -Domain.objects.filter(name__in=chunk).delete()[0])
    _add_domains(added["domains"])
    _put_accounts(added["accounts"])
    went = [(moved.get(mailbox_of(key, row)), key) for key, row in added["accounts"].items()] if moved else []
    update(Account, "last_login", "address", [each for each in went if each[0] is not None])
    for chunk in chunks(added["aliases"], CHUNK):
        wanted = {key: added["aliases"][key].get("targets", []) for key in chunk}
        _count("aliases", aliases.put(wanted, aliases.numbers(chunk)), 1)
    for (table, name), values in fields.items():
        assert name in _ADDRESSES[table][1], name
        if table == "aliases":
            for targets, key in values:
                aliases.set_targets(key, targets)
            continue
        if name == MAILBOX:
            removed_accounts.exchange(values)
            continue
        if name == "name":
            _rename(values)
        update(Account, name, "address", values)
        if name == "forward":
            forwards.point({key: targets for targets, key in values})


def _rename(values: Iterable[tuple[Json, str]]) -> None:
    """Let accounts stand under the kana of their new names."""
    by_row: dict[str, list[str]] = defaultdict(list)
    for name, address in values:
        by_row[kana_of(str(name))].append(address)
    for row, addresses in by_row.items():
        for chunk in chunks(addresses, CHUNK):
            initials.rename(chunk, row)


def _log_ins_of(keys: Iterable[str]) -> dict[str, int]:
    """When somebody last logged in to these accounts, by their mailboxes: a rename takes the mailbox along."""
    found: dict[str, int] = {}
    for chunk in chunks(keys, CHUNK):
        known = Account.objects.filter(address__in=chunk, last_login__isnull=False)
        for address, mailbox, at in known.values_list("address", "mailbox", "last_login"):
            if at is not None:
                found[mailbox_of(address, {MAILBOX: mailbox})] = at
    return found


def _remove_accounts(keys: Sequence[str]) -> None:
    for chunk in chunks(keys, CHUNK):
        doomed = Account.objects.filter(address__in=chunk)
        _count("accounts", Counter(doomed.values_list("domain_id", flat=True)), -1)
        initials.count(doomed.values_list("initial", "kana"), -1)
        forwards.point(dict.fromkeys(chunk, ()))
        removed_accounts.keep(list(_read("accounts", doomed)))
        doomed.delete()


def _add_domains(names: Iterable[str]) -> None:
    for chunk in chunks(names, CHUNK):
        there = set(Domain.objects.filter(name__in=chunk).values_list("name", flat=True))
        new = [Domain(name=name) for name in chunk if name not in there]
        Domain.objects.bulk_create(new)
        _tally("domains", len(new))


def _put_accounts(wanted: Mapping[str, Row]) -> None:
    for chunk in chunks(wanted, CHUNK):
        domains = dict(Domain.objects.filter(name__in={_domain(key) for key in chunk}).values_list("name", "id"))
        before = Account.objects.filter(address__in=chunk).values_list("address", "initial", "kana")
        there = {address for address, *_ in before}
        initials.count([each[1:] for each in before], -1)
        marks = {key: (initial_of(key), kana_of(str(wanted[key].get("name", "")))) for key in chunk}
        initials.count(marks.values(), 1)
        rows = ((key, domains[_domain(key)], *_stored(wanted[key]), *marks[key], 0, 0) for key in chunk)
        insert(Account, _PUT, rows, unique=("address",), replacing=(*STORED, "kana"))
        forwards.point({key: wanted[key].get("forward", ()) for key in chunk})
        _count("accounts", Counter(domains[_domain(key)] for key in chunk if key not in there), 1)


def _count(table: str, by_domain: Counter[int], sign: int) -> None:
    for domain, number in by_domain.items():
        Domain.objects.filter(id=domain).update(**{table: F(table) + sign * number})
    _tally(table, sign * by_domain.total())


def _tally(table: str, change: int) -> None:
    if change and not Tally.objects.filter(table=table).update(rows=F("rows") + change):
        Tally.objects.create(table=table, rows=change)


def _stored(row: Row) -> list[Any]:
    """The values of `STORED`; what a row does not say is as its model has it."""
    return [row.get(name, _DEFAULTS[name]) for name in STORED]


def _domains(within: Collection[str] | None) -> QuerySet[Domain]:
    return Domain.objects.all() if within is None else Domain.objects.filter(name__in=list(within))


def _both(domain: str | None, within: Collection[str]) -> list[str]:
    """The domains that are asked for: each is read from its own range of the index."""
    return sorted(within) if domain is None else [domain] if domain in within else []


def _addresses(table: str, after: str, prefix: str, domain: str | None) -> QuerySet[Account | Alias]:
    found: QuerySet[Any] = _ADDRESSES[table][0]._default_manager.all()
    if domain is not None:
        # By number, not by a join: the index on (domain, address) then gives the order as well.
        number = Domain.objects.filter(name=domain).values_list("id", flat=True).first()
        found = found.filter(domain_id=number or 0)
    return _range(found, "address", after, prefix)


def _range(found: QuerySet[Any], field: str, after: str, prefix: str) -> QuerySet[Any]:
    # LIKE 'x%' would read the whole table where the collation does not promise byte order.
    if prefix:
        found = found.filter(**{f"{field}__gte": prefix, f"{field}__lt": prefix + LAST})
    if after:
        found = found.filter(**{f"{field}__gt": after})
    return found.order_by(field)


def _domain(address: str) -> str:
    return address.rpartition("@")[2]
