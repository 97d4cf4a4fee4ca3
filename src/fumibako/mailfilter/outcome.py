"""What is to be done with a message in the end: an answer, changes to its header, and a line for the log."""

from __future__ import annotations

from typing import NamedTuple

from fumibako.mail.header import HeaderField, HeaderSection
from fumibako.mailauth.results.forged import find_forged
from fumibako.milter.answers import Answer, Change, DeleteHeader, InsertHeader, Verdict

# Says to whoever sorts the mail here that it belongs into Junk; from outside it means nothing and is taken away.
QUARANTINE = b"X-Fumibako-Quarantine"


class Outcome(NamedTuple):
    answer: Answer
    changes: tuple[Change, ...] = ()
    log: str = ""


PASSED = Outcome(Verdict.ACCEPT)


def put_on_top(fields: list[HeaderField]) -> list[Change]:
    """The fields above all others, the first one topmost."""
    return [InsertHeader(0, field.name, field.value) for field in reversed(fields)]


def without_forged(header: HeaderSection, hostname: str) -> tuple[list[Change], HeaderSection]:
    """The changes that take away what claims to be ours, and the header that is left. The last one goes first: what is
    deleted moves the count of those below it."""
    forged = [(found.name.lower(), found.occurrence) for found in find_forged(header, hostname)]
    forged += [(QUARANTINE.lower(), number + 1) for number in range(len(header.places(QUARANTINE.lower())))]
    if not forged:
        return [], header
    gone = {header.places(name)[occurrence - 1] for name, occurrence in forged}
    changes: list[Change] = [
        DeleteHeader(occurrence, name) for name, occurrence in sorted(forged, key=lambda each: -each[1])
    ]
    return changes, HeaderSection([field for place, field in enumerate(header) if place not in gone])
