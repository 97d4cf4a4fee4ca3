"""The life of a signing key, as a table: what the next state is, given what DNS answers and what time it is.

A key is *published* when it is made: its record shall stand in DNS. When every authoritative server answers with it, the
key becomes *active* and signs; the one that signed before is *retiring*: mail on its way still needs its record. After
a week it is *withdrawn*, and so is its record. A key that nothing signed before it need not wait where nobody can
publish for us: an unverifiable signature is no worse than none (RFC 6376 §6.3).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final, Literal

from fumibako.features.authentication.signing_key import Kind, Use

State = Literal["published", "active", "retiring", "withdrawn"]

# Mail is tried for five days as a rule; its signatures should verify until it has arrived.
KEPT: Final = 7 * 24 * 3600  # seconds


@dataclass(frozen=True, slots=True)
class KeyLife:
    """A key of a domain by its selector; `since` is when it came into its state, in seconds since the epoch. Of two keys
    of one use and kind the one with the higher `number` was made later."""

    number: int
    selector: str
    use: Use
    kind: Kind
    state: State
    since: float

    @property
    def signs(self) -> bool:
        return self.state == "active"

    @property
    def in_dns(self) -> bool:
        """Whether its record shall stand in DNS."""
        return self.state != "withdrawn"


def advanced(keys: Iterable[KeyLife], *, seen: Callable[[KeyLife], bool], waits: bool, now: float) -> list[KeyLife]:
    """The keys of one domain as they are now, in their order.

    `seen` says whether every authoritative server answers with the key's record; `waits` whether a domain's first key
    waits for that too, which it does where this server publishes the records itself.
    """
    keys = list(keys)
    becoming: dict[int, State] = {}
    for group in {(key.use, key.kind): None for key in keys}:
        own = sorted((key for key in keys if (key.use, key.kind) == group), key=lambda key: key.number)
        becoming |= _of_group(own, seen, waits, now)
    return [replace(key, state=becoming[key.number], since=now) if key.number in becoming else key for key in keys]


def _of_group(keys: list[KeyLife], seen: Callable[[KeyLife], bool], waits: bool, now: float) -> dict[int, State]:
    """The changes among keys of one use and kind, by number."""
    active = [key for key in keys if key.state == "active"]
    waiting = [key for key in keys if key.state == "published"]
    ready = [key for key in waiting if seen(key) or (not active and not waits)]
    becoming: dict[int, State] = {}
    if ready:
        newest = ready[-1]
        becoming[newest.number] = "active"
        # What was made before the one that signs now will never sign.
        becoming |= {key.number: "retiring" for key in [*active, *waiting] if key.number < newest.number}
    becoming |= {key.number: "withdrawn" for key in keys if key.state == "retiring" and now - key.since >= KEPT}
    return becoming


def next_selector(prefix: str, taken: Iterable[str]) -> str:
    """A selector that the domain has not used: `s1`, `s2`, … One key, one selector, for ever: a verifier may have the
    old key in its cache."""
    used = set(taken)
    number = 1
    while f"{prefix}{number}" in used:
        number += 1
    return f"{prefix}{number}"
