"""The messages that are treated differently, in words: rows of the behaviour view."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from fumibako.plan.explanation import Answer
from fumibako.plan.report import Danger, Row
from fumibako.plan.route import Hop
from fumibako.plan.touched import Kind, Question
from fumibako.schema.codec import shown
from fumibako.schema.text import Text, plain

_QUESTIONS: Final[dict[Kind, Text]] = {
    "client": Text("{about} without logging in", "{about} から認証なしの送信"),
    "sender": Text("Mail from {about}", "{about} からのメール"),
    "route": Text("Mail for {about}", "{about} 宛てのメール"),
    "from": Text("Mail from {about} to other servers", "{about} から外部へのメール"),
    "alias": Text("Mail for {about}", "{about} 宛てのメール"),
    "account": Text("{about}, logged in", "{about} の認証後の送信"),
    "machine": Text("This machine through {about}", "このサーバー自身から {about} での送信"),
}
_SENDS: Final[tuple[Kind, ...]] = ("client", "account", "machine")
_EVERYTHING_ELSE: Final = Text("everything else", "それ以外のすべて")
_SERVICES: Final = {"smtp": plain("SMTP"), "submission": plain("Submission"), "smtps": plain("SMTPS")}

_MAY_SEND: Final = Text("may send to any address", "どこへでも送信できる")
_MAY_NOT: Final = Text("may not send to other servers ({code})", "外部へは送信できない ({code})")
_ACCEPTED: Final = Text("accepted", "受け付ける")
_REFUSED: Final = Text("refused {code}", "拒否 {code}")
_DEFERRED: Final = Text("deferred {code}", "一時的に拒否 {code}")
_ABSENT: Final = plain("—")
_TO: Final = Text("goes to {where}", "{where} へ送る")
_BY_MX: Final = Text("goes straight to its MX", "MX に従って直接送る")
_HERE: Final = Text("the mailbox {where}", "メールボックス {where}")
_NOWHERE: Final = Text("nobody ({where})", "宛先なし ({where})")
_ELSEWHERE: Final = Text("{to} at {where}", "{to} ({where} 経由)")
_LEADS: Final = Text("goes to {where}", "{where} に届く")
_MORE: Final = Text("{shown} and {more} more", "{shown} ほか {more} 件")
_SHOWN: Final = 5


def told_changes(
    questions: Sequence[Question], before: Sequence[Answer | None], after: Sequence[Answer | None]
) -> Iterator[Row]:
    """A row a question whose answer changes; a question that one side could not be asked says so with a dash."""
    for question, old, new in zip(questions, before, after, strict=True):
        was, now = _answer(question.kind, old), _answer(question.kind, new)
        if was != now:
            danger: Danger = "notice" if question.kind == "machine" and now != _MAY_SEND else "none"
            yield Row(f"message:{question.kind}", _asked(question), was, now, True, danger, question.path)


def _asked(question: Question) -> Text:
    about = question.about
    if question.kind == "machine":
        return _QUESTIONS["machine"].with_(about=_SERVICES[about])
    return _QUESTIONS[question.kind].with_(about=shown(about) if about else _EVERYTHING_ELSE)


def _answer(kind: Kind, found: Answer | None) -> Text:
    if found is None:
        return _ABSENT
    code = found.reply[:3] or "—"
    if found.verdict == "defer":
        return _DEFERRED.with_(code=code)
    if kind in _SENDS:
        return _MAY_SEND if found.verdict == "accept" else _MAY_NOT.with_(code=code)
    if found.verdict == "reject":
        return _REFUSED.with_(code=code)
    return _ACCEPTED if kind == "sender" else _destinations(found.route)


def _destinations(route: Sequence[Hop]) -> Text:
    """Where the route ends: of one address just where, of several each with its own."""
    ends = [hop for hop in route if hop.kind not in ("alias", "scanner")]
    if len(ends) == 1 and len(route) == 1:
        return _end(ends[0])
    words = [_named(hop) for hop in ends[:_SHOWN]]
    listed = Text(", ".join(each.en for each in words), ", ".join(each.ja for each in words)) if words else _ABSENT
    if len(ends) > _SHOWN:
        listed = _MORE.with_(shown=listed, more=len(ends) - _SHOWN)
    return _LEADS.with_(where=listed)


def _end(hop: Hop) -> Text:
    match hop.kind:
        case "relay":
            return _TO.with_(where=relay_name(hop.nexthop))
        case "mx":
            return _BY_MX
        case "mailbox":
            return _TO.with_(where=_HERE.with_(where=hop.address))
    return _TO.with_(where=_NOWHERE.with_(where=hop.address))


def _named(hop: Hop) -> Text:
    if hop.kind == "relay":
        return _ELSEWHERE.with_(to=hop.address, where=relay_name(hop.nexthop))
    return plain(hop.address)


def relay_name(nexthop: str) -> str:
    """`[192.168.12.34]:1025` as people write it; an IPv6 address keeps its brackets."""
    host, _, port = nexthop.rpartition(":")
    bare = host.removeprefix("[").removesuffix("]")
    return nexthop if ":" in bare else f"{bare}:{port}"
