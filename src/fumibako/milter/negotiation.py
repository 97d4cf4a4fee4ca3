"""What both sides agree on before anything else: which changes may be made, which steps are told, which are answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntFlag
from struct import Struct

from fumibako.milter.commands import Negotiate
from fumibako.milter.frames import Violation, frame

_THREE = Struct(">III")
_NUMBER = Struct(">I")
VERSION = 6
OLDEST_VERSION = 2


class Action(IntFlag):
    """Changes that a filter may make."""

    ADD_HEADERS = 0x001  # inserting counts as well
    CHANGE_BODY = 0x002
    ADD_RECIPIENTS = 0x004
    DELETE_RECIPIENTS = 0x008
    CHANGE_HEADERS = 0x010
    QUARANTINE = 0x020
    CHANGE_SENDER = 0x040
    SET_MACROS = 0x100  # name the macros that it wants


class Step(IntFlag):
    """Steps that the server need not tell (NO_…), or for which it need not wait (SILENT_…), and some abilities."""

    NO_CONNECT = 0x000001
    NO_HELO = 0x000002
    NO_MAIL = 0x000004
    NO_RCPT = 0x000008
    NO_BODY = 0x000010
    NO_HEADERS = 0x000020
    NO_END_OF_HEADERS = 0x000040
    SILENT_HEADER = 0x000080
    NO_UNKNOWN = 0x000100
    NO_DATA = 0x000200
    SKIP = 0x000400  # "no more of the body" may be answered
    REJECTED_RCPT = 0x000800  # recipients that the server itself refused are told too
    SILENT_CONNECT = 0x001000
    SILENT_HELO = 0x002000
    SILENT_MAIL = 0x004000
    SILENT_RCPT = 0x008000
    SILENT_DATA = 0x010000
    SILENT_UNKNOWN = 0x020000
    SILENT_END_OF_HEADERS = 0x040000
    SILENT_BODY = 0x080000
    LEADING_SPACE = 0x100000  # header values keep the space after the colon, as signatures need it


class MacroStage(IntFlag):
    """The steps before which macros are sent, as they are numbered when a filter names the macros it wants."""

    CONNECT = 0
    HELO = 1
    MAIL = 2
    RCPT = 3
    DATA = 4
    END_OF_MESSAGE = 5
    END_OF_HEADERS = 6


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a filter cannot do without (`actions`), what it would like (`steps`), and the macros it asks for."""

    actions: Action
    steps: Step
    macros: Mapping[MacroStage, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Agreement:
    """What holds for the connection."""

    version: int
    actions: Action
    steps: Step


def agree(offer: Negotiate, wanted: Wanted) -> tuple[Agreement, bytes]:
    """The agreement and the packet that states it. Raises `Violation` when the server cannot do what the filter needs."""
    if offer.version < OLDEST_VERSION:
        raise Violation("milter-version", str(offer.version))
    offered = Action(offer.actions & 0x1FF)
    actions = wanted.actions & offered
    missing = wanted.actions & ~offered & ~Action.SET_MACROS
    if missing:
        raise Violation("milter-actions", str(missing))
    steps = wanted.steps & Step(offer.protocol & 0x1FFFFF)
    version = min(offer.version, VERSION)
    payload = _THREE.pack(version, int(actions), int(steps))
    if actions & Action.SET_MACROS:
        for stage, names in wanted.macros.items():
            payload += _NUMBER.pack(int(stage)) + names.encode("ascii") + b"\0"
    return Agreement(version, actions, steps), frame(b"O", payload)
