"""What the mail filter has noted of hosted domains (`mailfilter.domain_notes`), for whoever asks."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import Any, Final

from fumibako.channel.mail_filter import ask_filter
from fumibako.layout import Home

_LONGEST: Final = 2.0  # seconds in all; some two thousand domains can be asked for in it
_PATIENCE: Final = 0.5


def noted(home: Home, domains: Sequence[str]) -> dict[str, dict[str, Any]]:
    """By domain what is noted; those are left out of which the filter says nothing in time."""
    found: dict[str, dict[str, Any]] = {}
    end = time.monotonic() + _LONGEST
    for domain in domains:
        answer = ask_filter(home, "domain-notes", {"domain": domain}, patience=_PATIENCE)
        if answer is None or time.monotonic() > end:
            break
        if told := _read(answer):
            found[domain] = told
    return found


def _read(answer: str) -> dict[str, Any]:
    """Without the notes that are not as this version knows them."""
    try:
        told = json.loads(answer.removeprefix("DUNNO"))
    except ValueError:
        return {}
    if not isinstance(told, dict):
        return {}
    return {what: note for what, note in told.items() if isinstance(note, dict) and isinstance(note.get("at"), int)}
