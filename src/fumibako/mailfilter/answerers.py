"""Who answers what: a restriction asks with `policy_context=NAME` (`assembly.filter_services.policy_service`), and the
answerer of that name answers.

A new one is a module of this package with a class that has `answer`, and a line in `ANSWERERS`. `trouble` is what Postfix hears
when the answerer fails or takes longer than its time: DUNNO where no opinion does no harm (a list that is away), a deferral
where it would (may this account send as that address?). Neither is ever 5xx.
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from fumibako.mailfilter.block_lists import BlockLists, CountsOfList, ListState
from fumibako.mailfilter.domain_notes import NotesOfDomain
from fumibako.mailfilter.instance import Instance
from fumibako.mailfilter.policy import PolicyRequest
from fumibako.mailfilter.quota import Quota
from fumibako.mailfilter.srs import Returning

DUNNO: Final = "DUNNO"
DEFER: Final = "DEFER_IF_PERMIT 4.3.0 Temporary trouble in the mail filter, try again later"


class Answerer(Protocol):
    def answer(self, request: PolicyRequest, instance: Instance) -> str | Awaitable[str]:
        """An access(5) action on one line of printable ASCII: `DUNNO`, `554 5.7.1 …`, `PREPEND …`; something to wait for where
        it is not known at once. May raise anything."""
        ...


class Alive:
    """Asked by the agent and by a trial, to see that questions are answered."""

    def answer(self, request: PolicyRequest, instance: Instance) -> str:  # noqa: ARG002
        return DUNNO


@dataclass(frozen=True, slots=True)
class Registered:
    answerer: Answerer
    trouble: str = DEFER


ANSWERERS: Final[Mapping[str, Registered]] = {
    "alive": Registered(Alive()),
    "block-lists": Registered(BlockLists(), DUNNO),
    "block-list-state": Registered(ListState(), DUNNO),
    "block-list-counts": Registered(CountsOfList(), DUNNO),
    "domain-notes": Registered(NotesOfDomain(), DUNNO),
    "srs-return": Registered(Returning()),
    "quota": Registered(Quota(), DUNNO),
}
