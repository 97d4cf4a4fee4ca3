"""JSON columns read as text: of a hundred thousand rows most say the same few things, and those are read once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from django.db.models import JSONField, QuerySet, TextField
from django.db.models.functions import Cast

from fumibako.schema.place import Json

_SHORT: Final = 40  # characters: a limit, a switch, null, a name


def read_values(found: QuerySet[Any], names: Sequence[str]) -> Iterator[list[Any]]:
    """The values of the fields `names` in each row, without an object of Django's for each."""
    texts = {name: f"{name}_text" for name in names if isinstance(found.model._meta.get_field(name), JSONField)}
    rows = found.annotate(**{text: Cast(name, TextField()) for name, text in texts.items()})
    read = _reader()
    places = [place for place, name in enumerate(names) if name in texts]
    for stored in rows.values_list(*(texts.get(name, name) for name in names)):
        row = list(stored)
        for place in places:
            if row[place] is not None:
                row[place] = read(row[place])
        yield row


def _reader() -> Callable[[str], Json]:
    known: dict[str, Json] = {}

    def value(text: str) -> Json:
        if text == "[]":
            return []  # one of its own: somebody may put something in
        if len(text) > _SHORT or text[0] in "{[":
            return json.loads(text)
        if text not in known:
            known[text] = json.loads(text)
        return known[text]

    return value
