"""The settings document: every section, one immutable value, and its tree of JSON as it is stored and compared."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from fumibako.features.access import section as access
from fumibako.features.access.section import Access
from fumibako.features.authentication import section as authentication
from fumibako.features.authentication.section import Authentication, Dns
from fumibako.features.basics.section import FORWARD_PORT, REPLY_PORT, Basics
from fumibako.features.basics.services import STANDARD_PORTS
from fumibako.features.directory import system_users
from fumibako.features.relay.routes import domain_spelling, sender_spelling
from fumibako.features.relay.section import Relay
from fumibako.features.spam import section as spam
from fumibako.features.spam.section import Spam
from fumibako.schema.codec import encode
from fumibako.schema.edit import Edit
from fumibako.schema.option import DeclaredOption, Section, declared
from fumibako.schema.place import Json, Place, leaves, looked_up, planted, pruned


class Settings(Section):
    """The sections by name, in the order of their chapters."""

    basics: Basics
    access: Access = Access()
    relay: Relay = Relay()
    spam: Spam = Spam()
    authentication: Authentication = Authentication()
    dns: Dns = Dns()


SECTIONS: Final[dict[str, type[Section]]] = {
    "basics": Basics,
    "access": Access,
    "relay": Relay,
    "spam": Spam,
    "authentication": Authentication,
    "dns": Dns,
}

Spelling = Callable[[str], str]  # the one spelling of a key or an entry; what cannot be one comes back as it is

# Mappings whose keys are not options but the administrator's own words. Each entry is edited as one, whatever it holds.
OPEN_MAPPINGS: Final[Mapping[Place, Spelling]] = {
    ("basics", "local_overrides"): str,
    system_users.LIMITS: system_users.spelling,
    ("relay", "domains"): domain_spelling,
    ("relay", "senders"): sender_spelling,
    ("authentication", "signing"): authentication.spelling,
    ("dns", "update"): authentication.spelling,
}

# Lists of which each entry is edited by itself: it is there or it is not. An entry's place is the list's with the entry
# behind it, its value True. In the tree they stand in the order in which they were added.
SETS: Final[Mapping[Place, Spelling]] = {
    ("access", "permitted_clients"): access.spelling,
    ("spam", "dns_blocklists"): spam.list_spelling,
    ("spam", "blocked_senders"): spam.sender_spelling,
    ("authentication", "arc", "trusted_sealers"): authentication.spelling,
}

# Options that a file's silence leaves as they are (docs: the YAML file).
STAYING: Final[tuple[Place, ...]] = (("basics", "hostname"), ("basics", "primary_domain"))

# Values for which None and a tree of options are both possible: edited as one.
WHOLE: Final[frozenset[Place]] = frozenset(
    {("basics", "content_filter"), ("basics", "milter_scanner"), ("relay", "default")}
)


def defaults(*, hostname: str, listen: Sequence[str], port_base: int) -> dict[str, Json]:
    """The settings that a new home begins with; every port is `port_base` + its standard number."""
    tree = encode(Settings(basics=Basics(hostname=hostname, listen=tuple(listen))))
    for name, port in STANDARD_PORTS.items():
        tree = planted(tree, ("basics", "services", name, "port"), port_base + port)
    tree = planted(tree, ("basics", "advanced", "forward_port"), port_base + FORWARD_PORT)
    tree = planted(tree, ("basics", "advanced", "reply_port"), port_base + REPLY_PORT)
    assert isinstance(tree, dict)
    return tree


def parse(tree: Json) -> Settings:
    """The value of a stored tree, which was checked before it was stored."""
    return Settings.model_validate(tree)


def completed(tree: dict[str, Json]) -> dict[str, Json]:
    """The tree with the sections that it has not: it was stored before there was such a chapter."""
    missing = {name: encode(model()) for name, model in SECTIONS.items() if name not in tree}
    return {**tree, **missing} if missing else tree


def options() -> dict[Place, DeclaredOption]:
    """Every option of every section by its place."""
    return {(section, *option.path): option for section, model in SECTIONS.items() for option in declared(model)}


def value_at(tree: Json, place: Place) -> Json:
    """What stands at a place as edits see it; None where there is nothing."""
    if place[:-1] in SETS:
        return True if place[-1] in (looked_up(tree, place[:-1]) or ()) else None
    return looked_up(tree, place)


def flattened(tree: Json) -> dict[Place, Json]:
    """The tree by places as edits see them: a leaf each, but what is edited as one stays one; an empty open mapping is
    no leaf, and a list that is a set is as many as it has entries."""
    flat: dict[Place, Json] = {}
    for place, value in leaves(tree):
        whole = next((place[:length] for length in range(1, len(place) + 1) if _edited_whole(place[:length])), None)
        if whole is not None:
            flat[whole] = looked_up(tree, whole)
        elif place in SETS:
            flat |= {(*place, entry): True for entry in value}
        elif place in OPEN_MAPPINGS and not value:
            continue
        else:
            flat[place] = value
    return flat


def _edited_whole(place: Place) -> bool:
    return place in WHOLE or place[:-1] in OPEN_MAPPINGS


def edits_between(before: Json, after: Json) -> list[Edit]:
    """The edits that make `after` of `before`, one an option that differs, in the order of the options."""
    old, new = flattened(before), flattened(after)
    places = [*new, *(place for place in old if place not in new)]
    return [Edit(place, old.get(place), new.get(place)) for place in places if old.get(place) != new.get(place)]


def applied(tree: Json, edits: Iterable[Edit]) -> dict[str, Json]:
    """The tree with the edits of its options made; edits of the directory are left out."""
    result: dict[str, Json] = dict(tree)
    sets: dict[Place, dict[str, bool]] = {}  # of each list what comes (True) and what goes
    for edit in edits:
        if edit.chapter not in SECTIONS:
            continue
        if edit.place[:-1] in SETS:
            sets.setdefault(edit.place[:-1], {})[edit.place[-1]] = edit.now is not None
        elif edit.now is None and edit.place[:-1] in OPEN_MAPPINGS:
            result = pruned(result, edit.place)
        else:
            result = planted(result, edit.place, edit.now)
    for place, entries in sets.items():
        there = dict.fromkeys([*(looked_up(result, place) or ()), *entries])
        result = planted(result, place, [entry for entry in there if entries.get(entry, True)])
    return result
