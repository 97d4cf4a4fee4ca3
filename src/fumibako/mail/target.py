"""Where an alias leads: any address of any server, an account's bare name among them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from fumibako.mail.address import LOCAL_PART_LIMIT
from fumibako.mail.domain import DomainName
from fumibako.mail.malformed import Malformed

# RFC 5321's dot-string (§4.1.2) of RFC 5322's atext (§3.2.3) without the bar, which begins a command elsewhere, and the
# grave accent. A quoted string is not taken: nothing in an alias needs a second reading.
_DOT_STRING: Final = re.compile(r"[a-z0-9!#$%&'*+/=?^_{}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_{}~-]+)*\Z", re.IGNORECASE)

# What aliases(5) would run, append to or read names from.
_COMMAND: Final = re.compile(r'"?\s*\|')
_FILE: Final = re.compile(r'"?\s*/')
_INCLUDE: Final = re.compile(r'"?\s*:\s*include\s*:', re.IGNORECASE)


@dataclass(frozen=True, slots=True, order=True)
class Target:
    """An address that mail goes on to. Another server's local part keeps its case (RFC 5321 §2.4)."""

    domain: DomainName
    local_part: str

    @classmethod
    def parse(cls, text: str, *, primary_domain: DomainName | None = None) -> Target:
        """The target that a person wrote; a bare name belongs to `primary_domain`.

        Raises `Malformed` with code `target-command`, `target-file`, `target-include`, `target-quoted`, `target-domain`
        (a whole domain), `target-characters`, `target-dots`, `local-part-empty`, `local-part-too-long`,
        `address-no-domain`, or a domain's code.
        """
        bare = text.strip()
        for code, shape in (("command", _COMMAND), ("file", _FILE), ("include", _INCLUDE)):
            if shape.match(bare):
                raise Malformed(f"target-{code}", text=bare)
        if '"' in bare or "\\" in bare:
            raise Malformed("target-quoted", text=bare)
        local_part, at, domain_text = bare.rpartition("@")
        if not at:
            local_part = bare
        elif not local_part:
            raise Malformed("target-domain", text=bare)
        _check_local_part(local_part)
        if at:
            return cls(DomainName.parse(domain_text), local_part)
        if primary_domain is None:
            raise Malformed("address-no-domain", text=bare)
        return cls(primary_domain, local_part)

    def __str__(self) -> str:
        return f"{self.local_part}@{self.domain.ascii}"

    @property
    def folded(self) -> str:
        """The spelling by which addresses of this server are one: accounts' names have no case."""
        return f"{self.local_part.lower()}@{self.domain.ascii}"


def _check_local_part(text: str) -> None:
    if not text:
        raise Malformed("local-part-empty")
    if len(text.encode()) > LOCAL_PART_LIMIT:
        raise Malformed("local-part-too-long", text=text[:40] + "…")
    if not _DOT_STRING.match(text):
        plain = _DOT_STRING.match(text.replace(".", ""))
        raise Malformed("target-dots" if plain else "target-characters", text=text)
