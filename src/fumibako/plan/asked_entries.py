"""Which entries of a change are asked about: all of them, up to a bound that many kinds share.

Whoever adds a hundred clients sees a hundred answers; of ten thousand aliases some are asked about, and how many are not is
said.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from fumibako.schema.edit import Edit

EntryKind = Literal["client", "sender", "route", "from", "alias", "account", "domain"]

# So many entries a plan asks about, of all kinds together. What an apply probes is among them.
ASKED: Final = 120
# What of an account its mail depends on; its limit is no question, since a trial knows nobody's usage.
_OF_MAIL: Final = ((), ("enabled",), ("may_send",), ("may_receive",), ("forward",), ("keep_copy",))


@dataclass(frozen=True, slots=True)
class Chosen:
    """`edits` are those to ask about, in their order; `left_out` says how many entries of each kind are not among them."""

    edits: tuple[Edit, ...]
    left_out: Mapping[EntryKind, int]


def chosen(edits: Sequence[Edit], most: int = ASKED) -> Chosen:
    """The first entries of each kind; edits that are of no entry are all among them."""
    entries: dict[EntryKind, dict[str, None]] = {}
    kept = [(edit, _entry(edit)) for edit in edits]
    for _, entry in kept:
        if entry is not None:
            entries.setdefault(entry[0], {})[entry[1]] = None
    shares = _shares({kind: len(keys) for kind, keys in entries.items()}, most)
    asked = {(kind, key) for kind, keys in entries.items() for key in list(keys)[: shares[kind]]}
    return Chosen(
        tuple(edit for edit, entry in kept if entry is None or entry in asked),
        {kind: len(keys) - shares[kind] for kind, keys in entries.items() if len(keys) > shares[kind]},
    )


def _entry(edit: Edit) -> tuple[EntryKind, str] | None:
    if edit.place[0] == "accounts" and edit.place[2:] not in _OF_MAIL:
        return None
    match edit.place:
        case ("access", "permitted_clients", entry):
            return "client", entry
        case ("spam", "blocked_senders", entry):
            return "sender", entry
        case ("relay", "domains", domain):
            return "route", domain
        case ("relay", "senders", domain):
            return "from", domain
        case ("aliases", alias, *_):
            return "alias", alias
        case ("accounts", account, *_):
            return "account", account
        case ("domains", name):
            return "domain", name
    return None


def _shares(numbers: Mapping[EntryKind, int], most: int) -> dict[EntryKind, int]:
    """How many of each kind: the small ones whole, and what they leave is for the large ones alike."""
    shares: dict[EntryKind, int] = {}
    ascending: Iterable[tuple[EntryKind, int]] = sorted(numbers.items(), key=lambda item: item[1])
    for waiting, (kind, number) in zip(range(len(numbers), 0, -1), ascending, strict=True):
        shares[kind] = min(number, most // waiting)
        most -= shares[kind]
    return shares
