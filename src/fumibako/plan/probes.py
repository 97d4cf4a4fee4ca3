"""What must hold before a candidate is installed, and again when it serves.

Each thing that does not is a finding, in the words of what was seen. Codes: `open-relay`, `probe-silent`,
`probe-listens`, `probe-differs`, `probe-lookup`, `trial-log`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from fumibako.plan.aspects import aspects, question
from fumibako.plan.behaviour import Answers, relays
from fumibako.schema.edit import Edit
from fumibako.schema.finding import Finding
from fumibako.schema.text import Text, plain

_OPEN: Final = Text(
    "Through {service} a stranger could send anywhere: an open relay. {reply}",
    "{service} から誰でもどこへでも送信できてしまいます (オープンリレー)。{reply}",
)
_SILENT: Final = Text("{service} does not answer on {at}: {why}.", "{service} が {at} で応答しません: {why}。")
_LISTENS: Final = Text("{service} is off, yet {at} answers.", "{service} はオフなのに {at} が応答します。")
_DIFFERS: Final = Text(
    "{question} is not as in the trial: {now}, not {tried}.",
    "{question} が試験のときと違います: {tried} ではなく {now}。",
)
_UNKNOWN: Final = Text("{address} is not known to the server: {reply}", "{address} がサーバーに認識されません: {reply}")
_NO_REPLY: Final = Text("no answer", "応答なし")

# What a server says of itself. The other replies may depend on a name server that a trial cannot reach.
_SAME: Final = ("greeting", "tls", "auth-clear", "auth-tls", "size", "capabilities", "ehlo")


def answers_well(answers: Answers) -> Iterator[Finding]:
    """Every enabled service greets us, and no stranger may relay."""
    for listener in answers.listeners:
        session = answers.sessions.get(listener.at)
        if listener.enabled and (session is None or not session.answers):
            why = (
                session.trouble
                if session and session.trouble
                else "; ".join(session.lines("greeting"))
                if session
                else ""
            )
            message = _SILENT.with_(service=listener.label, at=listener.at, why=why or _NO_REPLY)
            yield Finding("probe-silent", f"basics.services.{listener.service}", message)
    for service, stranger in answers.strangers.items():
        if relays(stranger):
            label = next((each.label for each in answers.listeners if each.service == service), service)
            reply = " ".join(
                line for each in stranger.exchanges if each.key.startswith("rcpt:") for line in each.reply[:1]
            )
            yield Finding("open-relay", f"basics.services.{service}", _OPEN.with_(service=label, reply=reply))


def silent_where_off(answers: Answers, listening: Sequence[str]) -> Iterator[Finding]:
    """A service that is off does not listen; `listening` are the addresses that Postfix and Dovecot hold."""
    held = {each.at for each in answers.listeners if each.enabled}
    for listener in answers.listeners:
        if not listener.enabled and listener.at in listening and listener.at not in held:
            message = _LISTENS.with_(service=listener.label, at=listener.at)
            yield Finding("probe-listens", f"basics.services.{listener.service}", message)


def as_tried(live: Answers, tried: Answers) -> Iterator[Finding]:
    """The live server presents itself as the candidate did."""
    for service in live.services():
        now, then = live.said(service), tried.said(service)
        if now is None or then is None or not now.answers or not then.answers or now.deferred or then.deferred:
            continue
        label = next(each.label for each in live.listeners if each.service == service)
        old, new = aspects(then), aspects(now)
        for key in _SAME:
            left, right = old.get(key), new.get(key)
            if left is not None and right is not None and left.value != right.value:
                message = _DIFFERS.with_(question=question(key, label), now=right.said, tried=left.said)
                yield Finding("probe-differs", f"basics.services.{service}", message)


def lookups_answer(answers: Answers, edits: Sequence[Edit]) -> Iterator[Finding]:
    """Accounts that came are known to the server."""
    stranger = answers.strangers.get("smtp")
    if stranger is None:
        return
    told = {each.key: each for each in reversed(stranger.exchanges)}
    for edit in edits:
        if edit.place[0] != "accounts" or not edit.adds:
            continue
        address = edit.place[1]
        answer = told.get(f"rcpt:{address}")
        if answer is None:  # of very many some are asked about
            continue
        # X.1.1 is "bad destination mailbox address" (RFC 3463 §3.2).
        if answer.code is None or " 5.1.1 " in f"{' '.join(answer.reply)} ":
            reply = plain(" / ".join(answer.reply)) if answer.reply else _NO_REPLY
            yield Finding("probe-lookup", f"accounts/{address}", _UNKNOWN.with_(address=address, reply=reply))
