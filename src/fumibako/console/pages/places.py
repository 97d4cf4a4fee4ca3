"""From the place of an option or row to the page where it is changed."""

from __future__ import annotations

from django.urls import NoReverseMatch, reverse

from fumibako.console.pages.fields import owner
from fumibako.document.words import CHAPTERS, GROUPS, label, row_name
from fumibako.schema.place import is_row, read
from fumibako.schema.text import Text

_ROW_PAGES = {"domains": "domain", "accounts": "account", "aliases": "alias"}


def page(name: str, *args: object) -> str:
    """The address of a page, empty while there is no such page."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


def address_of(path: str | None) -> str:
    """Where the option or row at `path` is changed, empty where nobody can say."""
    try:
        place = read(path or "")
    except ValueError:
        return ""
    if is_row(place):
        return page(_ROW_PAGES.get(place[0], ""), place[1]) if len(place) > 1 else page(place[0])
    address = page(place[0])
    field = owner(path or "")
    return f"{address}#f-{field}" if address and field else address


def name_of(path: str | None) -> Text | None:
    """The option or row as a sentence calls it."""
    try:
        place = read(path or "")
    except ValueError:
        return None
    if is_row(place):
        return row_name(place[0], place[1]) if len(place) > 1 else CHAPTERS.get(place[0])
    if len(place) == 1:
        return CHAPTERS.get(place[0])
    return GROUPS.get(place) or label(place)
