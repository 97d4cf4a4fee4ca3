"""The answers that change: what the live server says beside what the candidate says.

Both were asked the same questions in real sessions. Rows that are equal are left out, except one a service that always
stands there: a stranger may not send elsewhere through this server, before or after.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from fumibako.mail.domain import DomainName
from fumibako.plan.aspects import Aspect, aspects, question
from fumibako.plan.questions import OUTSIDE_RECIPIENT, UNKNOWN_USER
from fumibako.plan.report import Danger, Row
from fumibako.plan.transcript import Exchange, Transcript
from fumibako.schema.text import Text, plain


@dataclass(frozen=True, slots=True)
class Listener:
    """A service on one of its addresses. `label` is its name for people; one that is off is listed too."""

    service: str
    label: str
    address: str
    port: int
    enabled: bool

    @property
    def at(self) -> str:
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"


@dataclass(frozen=True)
class Answers:
    """What one server said: a session with each listener by its address, one as a stranger with each clone."""

    listeners: tuple[Listener, ...] = ()
    sessions: Mapping[str, Transcript] = field(default_factory=dict)
    strangers: Mapping[str, Transcript] = field(default_factory=dict)

    def services(self) -> dict[str, list[Listener]]:
        """The enabled listeners by service."""
        grouped: dict[str, list[Listener]] = {}
        for listener in self.listeners:
            grouped.setdefault(listener.service, [])
            if listener.enabled:
                grouped[listener.service].append(listener)
        return grouped

    def said(self, service: str) -> Transcript | None:
        """The first session with the service that came to something."""
        held = [self.sessions[each.at] for each in self.services().get(service, []) if each.at in self.sessions]
        return next((each for each in held if each.answers), held[0] if held else None)


_ANSWERS: Final = Text("answers", "応答")
_STOPPED: Final = Text("stopped", "停止")
_SILENT: Final = Text("does not answer ({why})", "応答なし ({why})")
_ABSENT: Final = plain("—")


def behaviour(before: Answers, after: Answers) -> list[Row]:
    """The rows of the behaviour view: what listens, what is said differently, then strangers."""
    rows: list[Row] = []
    old, new = before.services(), after.services()
    services = list(dict.fromkeys([*new, *old]))
    rows += _addresses(before, after)
    differences = [each for service in services for each in _differences(service, before, after)]
    rows += _as_rows(differences)
    rows += _strangers(before, after)
    return rows


def _addresses(before: Answers, after: Answers) -> Iterator[Row]:
    """Where services come or go: a row a service, or a row an address where there are several of them."""
    every = [each for each in (*before.listeners, *after.listeners) if each.enabled]
    several = len({each.address for each in every}) > 1
    alike: dict[object, list[tuple[Listener, Text, Text]]] = {}
    for listener in {(each.service, each.at): each for each in every}.values():
        was, now = _listening(listener, before), _listening(listener, after)
        if was != now:
            key = (listener.address, was, now) if several else listener
            alike.setdefault(key, []).append((listener, was, now))
    for group in alike.values():
        first, was, now = group[0]
        shown = ", ".join(f"{each.label} ({each.port})" for each, _, _ in group)
        danger: Danger = "none" if now == _ANSWERS else "notice"
        path = f"basics.services.{first.service}" if len(group) == 1 else "basics.listen"
        yield Row(first.service, plain(f"{first.address}: {shown}" if several else shown), was, now, True, danger, path)


def _listening(listener: Listener, answers: Answers) -> Text:
    """What the service's address and port are found to do; a wildcard listener answers for each address of its kind."""
    enabled = [each for each in answers.listeners if each.enabled and each.service == listener.service]
    at = next((each for each in enabled if each.at == listener.at), None)
    at = at or next((each for each in enabled if each.port == listener.port and _covers(each, listener)), None)
    if at is None:
        return _STOPPED
    session = answers.sessions.get(at.at)
    if session is None:
        return _ABSENT
    if session.answers:
        return _ANSWERS
    return _SILENT.with_(why=session.trouble or " / ".join(session.lines("greeting")) or "—")


def _covers(wildcard: Listener, listener: Listener) -> bool:
    return wildcard.address == ("::" if ":" in listener.address else "0.0.0.0")


@dataclass(frozen=True, slots=True)
class _Difference:
    """An aspect that is not the same on both sides; None on the side that has it not."""

    service: str
    label: str
    key: str
    left: Aspect | None
    right: Aspect | None

    @property
    def what(self) -> object:
        """Equal for services that change alike."""
        return self.key, self.left and self.left.value, self.right and self.right.value


def _differences(service: str, before: Answers, after: Answers) -> Iterator[_Difference]:
    """What a service says differently, aspect by aspect; nothing where it does not answer on both sides, or
    waits for a scanner there."""
    was, now = before.said(service), after.said(service)
    if was is None or now is None or not was.answers or not now.answers or was.deferred or now.deferred:
        return
    label = _label(service, before, after)
    old, new = aspects(was), aspects(now)
    for key in dict.fromkeys([*old, *new]):
        left, right = old.get(key), new.get(key)
        if left is None or right is None or left.value != right.value:
            yield _Difference(service, label, key, left, right)


def _as_rows(differences: Sequence[_Difference]) -> Iterator[Row]:
    """A row a difference; services that change alike share one."""
    alike: dict[object, list[_Difference]] = {}
    for each in differences:
        alike.setdefault(each.what, []).append(each)
    for group in alike.values():
        first = group[0]
        left, right = first.left, first.right
        if first.key == "capabilities" and left and right:
            was, now = _only_there(left, right), _only_there(right, left)
        else:
            was, now = left.said if left else _ABSENT, right.said if right else _ABSENT
        asked = question(first.key, ", ".join(each.label for each in group))
        yield Row(first.service, asked, was, now, True, right.danger if right else "none")


def _only_there(one: Aspect, other: Aspect) -> Text:
    """Of a long list of words only those that the other has not."""
    return plain(", ".join(word for word in one.value if word not in other.value) or "—")


_RELAY: Final = Text("A stranger sends elsewhere through {service}", "外部から {service} で他のサーバー宛てに中継")
_UNKNOWN: Final = Text("Mail for {domain}, a name that nobody has", "{domain} の存在しない宛先へのメール")
_MAIL_FOR: Final = Text("Mail for {address}", "{address} 宛てのメール")
_ACCEPTED: Final = Text("accepted", "受け付ける")
_REFUSED: Final = Text("refused {code}", "拒否 {code}")
_DEFERRED: Final = Text("deferred {code}", "一時的に拒否 {code}")
_NO_SUCH_USER: Final = Text("domain accepted, name refused {code}", "ドメインは受け付け、宛先は拒否 {code}")


def _strangers(before: Answers, after: Answers) -> Iterator[Row]:
    for service in dict.fromkeys([*after.strangers, *before.strangers]):
        was, now = before.strangers.get(service), after.strangers.get(service)
        if now is None:
            continue
        label = _label(service, before, after)
        old, new = _verdict(was, OUTSIDE_RECIPIENT), _verdict(now, OUTSIDE_RECIPIENT)
        danger: Danger = "danger" if relays(now) else "none"
        yield Row("relay", _RELAY.with_(service=label), old, new, old != new, danger)
    # Whom the server knows is the same on every port; it is asked of one, SMTP's, which is never off.
    was, now = before.strangers.get("smtp"), after.strangers.get("smtp")
    if now is None:
        return
    for exchange in now.exchanges:
        recipient = exchange.key.removeprefix("rcpt:")
        if recipient in (exchange.key, OUTSIDE_RECIPIENT):
            continue
        old, new = _verdict(was, recipient), _verdict(now, recipient)
        name, _, domain = recipient.rpartition("@")
        unknown, shown = name == UNKNOWN_USER, DomainName.parse(domain).unicode
        question = _UNKNOWN.with_(domain=shown) if unknown else _MAIL_FOR.with_(address=f"{name}@{shown}")
        path = f"domains/{domain}" if unknown else f"accounts/{recipient}"
        if old != new:
            yield Row(f"domain:{domain}", question, old, new, True, "none", path)


def relays(stranger: Transcript) -> bool:
    """Whether a stranger may send elsewhere: only a 2xx to RCPT says so."""
    answer = stranger.find(f"rcpt:{OUTSIDE_RECIPIENT}")
    return answer is not None and answer.code is not None and answer.code < 300


def _verdict(stranger: Transcript | None, recipient: str) -> Text:
    """What became of one recipient; a refusal at MAIL stands for the recipients that then cannot be named."""
    if stranger is None:
        return _ABSENT
    exchange = _last_word(stranger, recipient)
    if exchange is None or exchange.code is None:
        return _SILENT.with_(why=stranger.trouble or "—")
    code = exchange.code
    if code < 300:
        return _ACCEPTED
    if code < 500:
        return _DEFERRED.with_(code=code)
    # X.1.1 is "bad destination mailbox address": the domain is ours, the name is not (RFC 3463 §3.2).
    known = " 5.1.1 " in f"{exchange.reply[-1]} "
    return (_NO_SUCH_USER if known else _REFUSED).with_(code=code)


def _last_word(stranger: Transcript, recipient: str) -> Exchange | None:
    mail = stranger.find(f"mail:{recipient}")
    if mail is not None and mail.code is not None and mail.code >= 400:
        return mail
    return stranger.find(f"rcpt:{recipient}")


def _label(service: str, before: Answers, after: Answers) -> str:
    found = next((each for each in [*after.listeners, *before.listeners] if each.service == service), None)
    return found.label if found else service
