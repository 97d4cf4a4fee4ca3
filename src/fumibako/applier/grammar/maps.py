"""Look-up tables that a Postfix parameter may name: SQLite files of the same generation, and fixed replies.

Postfix opens tables as root before it drops its powers, so `texthash:/etc/shadow` reads a file that nobody may read, and
`tcp:` or `socketmap:` asks a stranger. Only `proxy:sqlite:HOME/server/current/postfix/NAME.cf` is left, plus `static:` and
`inline:`, whose answer stands in the file itself and must be a plain reply.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from fumibako.applier.grammar.words import is_domain, is_network, not_allowed
from fumibako.formats.values import Problem
from fumibako.layout import Home

# An access(5) reply of our own: refuse, defer, or go on. Nothing that permits, redirects, prepends, holds or filters.
REPLY: Final = re.compile(
    r"(?:DUNNO|REJECT|DEFER|DEFER_IF_PERMIT|[45][0-9]{2}(?: [45]\.[0-9]{1,3}\.[0-9]{1,3})?)(?: [A-Za-z0-9 .,:;()\[\]/@_+*?!'&=<>#%-]{0,300})?"
)
_ENTRY: Final = re.compile(r"\{ ?([A-Za-z0-9@._:-]+) = ([^{}]*?) ?\}|([A-Za-z0-9@._:-]+)=([A-Za-z0-9]+)")


def words_of(value: str) -> list[str]:
    """The words of a value: parted by commas and blanks, but not inside braces."""
    words: list[str] = []
    depth, word = 0, ""
    for char in value:
        depth += (char == "{") - (char == "}")
        if depth == 0 and char in " ,":
            words.append(word)
            word = ""
        else:
            word += char
    return [word for word in [*words, word] if word]


@dataclass(frozen=True, slots=True)
class Maps:
    """Any number of look-up tables; beside them domains or networks, where Postfix takes both."""

    home: Home
    domains: bool = False
    networks: bool = False

    def problem(self, value: str) -> Problem | None:
        return next((not_allowed(word) for word in words_of(value) if not self.accepts(word)), None)

    def accepts(self, word: str) -> bool:
        """Whether one word is a table (or a domain, or a network, where such may stand beside tables)."""
        if self.domains and (is_domain(word) or word in ("$myhostname", "$mydomain")):
            return True
        return (self.networks and is_network(word)) or self.is_table(word)

    def is_table(self, word: str) -> bool:
        table = rf"proxy:sqlite:{re.escape(str(self.home.postfix))}/[a-z0-9-]+\.cf"
        return re.fullmatch(table, word) is not None or self.is_fixed_reply(word)

    @staticmethod
    def is_fixed_reply(word: str) -> bool:
        """`static:{530 5.7.0 Log in first}`, `static:DUNNO`, `inline:{ {a.example = 554 No}, b=DUNNO }`."""
        if word.startswith("static:"):
            reply = word.removeprefix("static:")
            if reply.startswith("{") and reply.endswith("}"):
                reply = reply[1:-1].strip()
            return REPLY.fullmatch(reply) is not None
        if word.startswith("inline:{") and word.endswith("}"):
            entries = words_of(word.removeprefix("inline:{")[:-1])
            found = [_ENTRY.fullmatch(entry) for entry in entries]
            return bool(found) and all(one and REPLY.fullmatch(one[2] or one[4] or "") for one in found)
        return False
