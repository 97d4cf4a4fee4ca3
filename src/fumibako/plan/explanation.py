"""What the server would do with a message, and why: the answer to an inquiry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from fumibako.plan.inquiry import Inquiry
from fumibako.plan.route import Hop
from fumibako.plan.walk import Fate
from fumibako.schema.text import Text

Verdict = Literal["accept", "reject", "defer"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What becomes of a message: the server's own last word, and the way it takes where it is accepted."""

    verdict: Verdict
    reply: str
    route: tuple[Hop, ...] = ()


@dataclass(frozen=True, slots=True)
class Deciding:
    """The rule that decided: where it is set, which entry, what it says. Section and entry are empty where only the reply
    says why."""

    section: str
    entry: str
    text: Text


@dataclass(frozen=True, slots=True)
class Step:
    """One check on the way, as a person sees it."""

    title: Text
    section: str
    fate: Fate


@dataclass(frozen=True, slots=True)
class Explanation:
    """`reply` is the server's own last word. `unknown` names what cannot be known before the message itself is seen."""

    inquiry: Inquiry
    verdict: Verdict
    reply: str
    rule: Deciding
    steps: tuple[Step, ...] = ()
    route: tuple[Hop, ...] = ()
    unknown: tuple[Text, ...] = ()
    client_name: str = ""

    def as_wire(self) -> dict[str, Any]:
        return {
            "inquiry": self.inquiry.as_json(),
            "verdict": self.verdict,
            "reply": self.reply,
            "rule": {"section": self.rule.section, "entry": self.rule.entry, "text": self.rule.text.as_json()},
            "steps": [
                {"title": each.title.as_json(), "section": each.section, "fate": each.fate} for each in self.steps
            ],
            "route": [hop.as_json() for hop in self.route],
            "unknown": [each.as_json() for each in self.unknown],
            "client_name": self.client_name,
        }

    @classmethod
    def from_wire(cls, value: Mapping[str, Any]) -> Explanation:
        rule = value["rule"]
        return cls(
            Inquiry.from_json(value["inquiry"]),
            value["verdict"],
            value["reply"],
            Deciding(rule["section"], rule["entry"], Text(**rule["text"])),
            tuple(Step(Text(**each["title"]), each["section"], each["fate"]) for each in value["steps"]),
            tuple(Hop(**each) for each in value["route"]),
            tuple(Text(**each) for each in value["unknown"]),
            value["client_name"],
        )

    def in_(self, language: str) -> dict[str, Any]:
        """As JSON for a reader of that language."""
        told = self.as_wire()
        return told | {
            "rule": told["rule"] | {"text": self.rule.text.in_(language)},
            "steps": [
                {"title": each.title.in_(language), "section": each.section, "fate": each.fate} for each in self.steps
            ],
            "unknown": [each.in_(language) for each in self.unknown],
        }


def verdict_of(code: int | None) -> Verdict:
    """What a reply code means (RFC 5321 §4.2.1); no reply is a deferral, since the client comes again."""
    if code is None or 400 <= code < 500:
        return "defer"
    return "accept" if code < 300 else "reject"
