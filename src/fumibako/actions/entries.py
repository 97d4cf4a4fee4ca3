"""Entries of a list of the settings, added and removed one by one or pasted by the thousand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from fumibako.actions.checking import Wanted
from fumibako.actions.view import View
from fumibako.document.settings import SETS
from fumibako.schema.place import Place, looked_up

_FEW: Final = 50


def adding(view: View, place: Place, entries: Sequence[str]) -> list[Wanted]:
    """The edits that add entries to the list at `place`. Many are said as one list, which costs no more than their
    number; a few each for itself, whatever becomes of the others meanwhile."""
    if len(entries) <= _FEW:
        return [Wanted((*place, entry), True) for entry in entries]
    return [Wanted(place, [*(looked_up(view.settings, place) or ()), *entries])]


def removing(place: Place, entries: Sequence[str]) -> list[Wanted]:
    """The edits that take entries out, in whatever spelling."""
    return [Wanted((*place, SETS[place](entry)), None) for entry in entries]
