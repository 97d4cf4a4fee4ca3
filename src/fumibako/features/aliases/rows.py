"""The row of an alias, and its one spelling."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Final

from fumibako.mail.address import Address
from fumibako.mail.domain import DomainName
from fumibako.mail.malformed import Malformed
from fumibako.mail.target import Target
from fumibako.schema.option import Option, Section
from fumibako.schema.text import Text

# What is promised is one alias of ten thousand targets; a list that is much larger wants a mailing list.
MOST_TARGETS: Final = 10_000


class Alias(Section):
    """An address that leads to others; it is the row's key, `@domain` for a catch-all."""

    targets: Annotated[
        tuple[str, ...],
        Option(
            Text("Targets", "エイリアス値"),
            Text(
                "One a line: an account's name or any address.",
                "1 行に 1 つ。アカウント名、または任意のメールアドレス。",
            ),
        ),
    ] = ()


def spelled_key(written: str, primary_domain: DomainName | None = None) -> str:
    """The key as it is stored; a bare name belongs to the primary domain. Raises `Malformed`."""
    text = written.strip()
    if text.startswith("@"):
        return f"@{DomainName.parse(text[1:])}"
    return str(Address.parse(written, primary_domain=primary_domain))


def spelled_targets(written: Iterable[str], primary_domain: DomainName | None = None) -> tuple[list[str], list[str]]:
    """The targets as they are stored, each once, and those that were written again. What can be no target stays as it
    is, for the checks to speak of."""
    targets: dict[str, str] = {}
    again: list[str] = []
    for text in written:
        try:
            target = Target.parse(text, primary_domain=primary_domain)
            folded, spelling = target.folded, str(target)
        except Malformed:
            folded = spelling = text.strip()
        if folded in targets:
            again.append(spelling)
        else:
            targets[folded] = spelling
    return list(targets.values()), again


def folded(address: str) -> str:
    """A stored target as a key of the directory: the domain is lower case already."""
    return address.lower()


def domain_of(address: str) -> str:
    return address.rpartition("@")[2]


def is_catch_all(key: str) -> bool:
    return key.startswith("@")
