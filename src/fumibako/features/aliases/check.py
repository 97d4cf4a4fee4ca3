"""What is wrong with one alias, looked at alone; where its targets lead is seen in `expansion`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from fumibako.features.aliases.marks import MARKS
from fumibako.features.aliases.rows import MOST_TARGETS, spelled_key
from fumibako.mail.malformed import Malformed
from fumibako.mail.target import Target
from fumibako.schema.codec import shown
from fumibako.schema.finding import Finding
from fumibako.schema.malformed import words
from fumibako.schema.place import Json
from fumibako.schema.text import Text

# A pasted list of another kind would otherwise be said of line by line, ten thousand times.
_SAID: Final = 20


def check_alias(key: str, row: Mapping[str, Json]) -> list[Finding]:
    """Findings about an alias's name and its targets; both may be as somebody typed them."""
    path = f"aliases/{shown(key)}"
    try:
        spelled_key(key)
    except Malformed as wrong:
        return [Finding(wrong.code, path, words(wrong))]
    return _targets(f"{path}/targets", row.get("targets") or ())


def repeated(key: str, again: Sequence[str]) -> list[Finding]:
    """That targets were written twice: each was taken once."""
    message = Text("{target} was written twice; it is taken once.", "{target} が重複していたため、1 つにまとめました。")
    return [
        Finding("duplicate-target", f"aliases/{shown(key)}/targets", message.with_(target=shown(target)), "warning")
        for target in again[:_SAID]
    ]


def _targets(path: str, targets: Sequence[str]) -> list[Finding]:
    if not targets:
        message = Text("Write at least one target.", "エイリアス値を 1 つ以上書いてください。")
        return [Finding("no-targets", path, message)]
    return check_targets(path, targets)


def check_targets(path: str, targets: Sequence[str]) -> list[Finding]:
    """What is wrong with addresses that mail goes on to, each looked at alone."""
    if len(targets) > MOST_TARGETS:
        message = Text(
            "These are {number} targets; an alias leads to at most {most}. Part it into several that one alias leads to.",
            "エイリアス値が {number} 件あります。上限は {most} 件です。複数のエイリアスに分け、1 つのエイリアスにまとめてください。",
        )
        return [Finding("too-many-targets", path, message.with_(number=len(targets), most=MOST_TARGETS))]
    findings: list[Finding] = []
    for target in targets:
        try:
            domain = Target.parse(target).domain.ascii
        except Malformed as wrong:
            findings.append(Finding(wrong.code, path, words(wrong)))
        else:
            findings += reserved(path, domain)
        if len(findings) == _SAID:
            break
    return findings


def reserved(path: str, domain: str) -> list[Finding]:
    """That a domain means something inside this server."""
    message = Text(
        "{domain} is a name that this server uses inside; it can be nobody's.",
        "{domain} はこのサーバーが内部で使う名前のため、指定できません。",
    )
    return [Finding("domain-reserved", path, message.with_(domain=domain))] if domain in MARKS else []
