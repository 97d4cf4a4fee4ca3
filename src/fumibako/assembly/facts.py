"""What a renderer may know beside the settings: the machine, said as a value."""

from __future__ import annotations

import re
from dataclasses import dataclass

from fumibako.layout import Home


@dataclass(frozen=True, slots=True)
class Certificate:
    """Where the certificate and its key lie, as the applier imported them: absolute paths below `Home.tls`."""

    certificate: str
    key: str


@dataclass(frozen=True, slots=True)
class Facts:
    """The home's layout, the certificate in force and the versions that choose between configuration dialects.

    `first_domain` is the first hosted domain (by name), None while there is none: names without a domain belong to it
    where the settings name no primary domain.
    """

    home: Home
    certificate: Certificate
    first_domain: str | None = None
    postfix_version: str = "3.7.11"
    dovecot_version: str = "2.3.19.1"

    def postfix_has(self, since: tuple[int, int], *backports: tuple[int, int, int]) -> bool:
        """Whether the Postfix has what came with release `since`, or with a patch level of an older release."""
        own = version(self.postfix_version)
        return own[:2] >= since or any(own[:2] == patch[:2] and own >= patch for patch in backports)

    @property
    def dovecot_dialect(self) -> str:
        """`2.3` or `2.4`: the two configuration languages of Dovecot."""
        return "2.3" if version(self.dovecot_version) < (2, 4) else "2.4"


def version(text: str) -> tuple[int, ...]:
    """`3.7.11` as numbers, as far as it is numbers."""
    numbers = re.match(r"[0-9]+(?:\.[0-9]+)*", text)
    return tuple(int(part) for part in numbers[0].split(".")) if numbers else ()
