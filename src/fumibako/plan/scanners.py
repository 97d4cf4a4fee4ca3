"""The doors that a virus scanner uses, and what must hold there: no stranger relays through the one in front, the one by which
scanned mail comes back is open to this machine and to nobody else.

Clones answer for the rules; these are the real ports, as the scanner itself meets them. Codes: `open-relay`, `probe-silent`,
`probe-listens`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from fumibako.plan.behaviour import Listener
from fumibako.plan.questions import OUTSIDE_RECIPIENT, PROBE_NAME, Command
from fumibako.plan.transcript import Transcript
from fumibako.schema.finding import Finding
from fumibako.schema.text import Text

_OPEN: Final = Text(
    "Through the scanner's port {at} a stranger could send anywhere: an open relay. {reply}",
    "スキャナー用のポート {at} を通して、誰でもどこへでも送信できてしまいます (オープンリレー)。{reply}",
)
_SILENT: Final = Text(
    "Scanned mail cannot come back: nothing answers on {at}.", "スキャン後のメールを戻せません。{at} が応答しません。"
)
_WIDE: Final = Text(
    "{at} answers outside this machine: anybody could hand in mail there as if it had been scanned.",
    "{at} がこのマシンの外にも開いています。スキャン済みと偽ったメールを誰でも渡せてしまいます。",
)


@dataclass(frozen=True, slots=True)
class Doors:
    """`fronts` are the listeners behind a scanner, `back` the one that takes scanned mail back, if there is one."""

    fronts: tuple[Listener, ...] = ()
    back: Listener | None = None


@dataclass(frozen=True, slots=True)
class Passed:
    """What was said at the doors: a session a front, in their order, and at the way back."""

    doors: Doors
    fronts: tuple[Transcript, ...] = ()
    back: Transcript | None = None


def through_scanner(outsider: str) -> tuple[Command, ...]:
    """A stranger's attempt to relay as a scanner would pass it on: without a word of who it is, then by XCLIENT."""
    ehlo = Command("ehlo", f"EHLO {PROBE_NAME}", quiet=True)
    attempt = (
        Command("mail", "MAIL FROM:<>", quiet=True),
        Command(f"rcpt:{OUTSIDE_RECIPIENT}", f"RCPT TO:<{OUTSIDE_RECIPIENT}>"),
        Command("reset", "RSET", quiet=True),
    )
    named = Command("xclient", f"XCLIENT ADDR={outsider} NAME=[UNAVAILABLE]", quiet=True)
    return (ehlo, *attempt, named, ehlo, *attempt)


def closed_well(passed: Passed, listening: Sequence[str] = ()) -> Iterator[Finding]:
    """`listening` are the addresses that Postfix and Dovecot hold, where they are known."""
    for listener, said in zip(passed.doors.fronts, passed.fronts, strict=True):
        taken = next(
            (each for each in said.exchanges if each.key.startswith("rcpt:") and each.code and each.code < 300), None
        )
        if taken is not None:
            message = _OPEN.with_(at=listener.at, reply=" ".join(taken.reply[:1]))
            yield Finding("open-relay", f"basics.services.{listener.service}.behind_scanner", message)
    back = passed.doors.back
    if back is None:
        return
    path = "basics.content_filter.reinject_port"
    if passed.back is None or not passed.back.answers:
        yield Finding("probe-silent", path, _SILENT.with_(at=back.at))
    for at in listening:
        if at != back.at and at.endswith(f":{back.port}"):
            yield Finding("probe-listens", path, _WIDE.with_(at=at))
