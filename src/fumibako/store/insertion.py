"""Many rows at once: one statement run over values, without an object for each row."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any

from django.db import connection, models

Values = Sequence[Any]


def insert(
    model: type[models.Model],
    names: Sequence[str],
    rows: Iterable[Values],
    *,
    unique: Sequence[str] = (),
    replacing: Sequence[str] = (),
) -> None:
    """Insert `rows`, the values of the fields `names`. Where there is a row with the same values of `unique`, its fields
    `replacing` get the new values. Runs in the caller's transaction."""
    column = {name: connection.ops.quote_name(str(_field(model, name).column)) for name in names}
    sql = (  # names from our own models
        f"INSERT INTO {connection.ops.quote_name(model._meta.db_table)} ({', '.join(column.values())}) "  # noqa: S608
        f"VALUES ({', '.join(['%s'] * len(names))})"
    )
    if unique:
        put = ", ".join(f"{column[name]} = excluded.{column[name]}" for name in replacing)
        sql += f" ON CONFLICT ({', '.join(column[name] for name in unique)}) DO UPDATE SET {put}"
    values = [list(row) for row in rows]
    for place, name in enumerate(names):
        if store := _stored(_field(model, name)):
            for row in values:
                row[place] = store(row[place])
    if values:
        with connection.cursor() as cursor:
            cursor.executemany(sql, values)


def update(model: type[models.Model], name: str, key: str, values: Iterable[tuple[Any, Any]]) -> None:
    """Set the field `name` in the rows whose field `key` has the second of each pair to the first. Runs in the caller's
    transaction."""
    quote = connection.ops.quote_name
    columns = (model._meta.db_table, str(_field(model, name).column), str(_field(model, key).column))
    sql = "UPDATE {} SET {} = %s WHERE {} = %s".format(*map(quote, columns))  # noqa: S608  # names from our own models
    if store := _stored(_field(model, name)):
        values = [(None if value is None else store(value), of) for value, of in values]
    with connection.cursor() as cursor:
        cursor.executemany(sql, list(values))


def _field(model: type[models.Model], name: str) -> models.Field[Any, Any]:
    field = model._meta.get_field(name)
    assert isinstance(field, models.Field)
    return field


def _stored(field: models.Field[Any, Any]) -> Callable[[Any], Any] | None:
    """How a value of the field is stored, None where as it is. In JSON the same few values come again and again: they are
    written once."""
    if not isinstance(field, models.JSONField):
        return None
    known: dict[tuple[type, Any], Any] = {}

    def stored(value: Any) -> Any:
        if value and isinstance(value, (dict, list)):
            return field.get_db_prep_save(value, connection)
        key = type(value), value if isinstance(value, Hashable) else ()
        if key not in known:
            known[key] = field.get_db_prep_save(value, connection)
        return known[key]

    return stored
