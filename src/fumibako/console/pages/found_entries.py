"""What the search of every page's head finds in the lists of the settings: clients, block lists, refused senders."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from django.http import QueryDict

from fumibako.actions import drafts
from fumibako.actions.caller import Caller
from fumibako.console.pages.places import page
from fumibako.features.spam.check import LISTS, SENDERS
from fumibako.mail.client_pattern import Named, parse_client
from fumibako.mail.malformed import Malformed
from fumibako.schema.place import Place, looked_up

_CLIENTS: Final[Place] = ("access", "permitted_clients")
_LISTS: Final[tuple[Place, ...]] = (_CLIENTS, LISTS, SENDERS)


def found_entries(caller: Caller, query: str) -> Iterator[tuple[Place, list[str]]]:
    """The lists with their entries that have the text in them, staged ones too; a client also by an address that it
    covers. The caller may look at the settings."""
    tree = drafts.view(caller).settings
    wanted = query.lower()
    for place in _LISTS:
        entries = [
            entry
            for entry in looked_up(tree, place) or ()
            if wanted in entry.lower() or (place == _CLIENTS and _covers(entry, query))
        ]
        if entries:
            yield place, entries


def address_of_entry(place: Place, entry: str) -> str:
    """The page where the entry stands, searched for it."""
    asked = QueryDict(mutable=True)
    if place == LISTS:
        asked["lists"] = ""
    asked["q"] = entry
    return f"{page(place[0])}?{asked.urlencode()}"


def _covers(entry: str, query: str) -> bool:
    try:
        pattern, alone = parse_client(entry), parse_client(query)
    except Malformed:
        return False
    return not isinstance(pattern, Named) and not isinstance(alone, Named) and pattern.range.covers(alone.range)
