"""Reading structured header fields: comments, quoted strings, atoms (RFC 5322 §3.2).

The reader never goes back, so a hostile field costs in proportion to its length, and never raises: what is not there is
`None`. What is obsolete but legal is read (RFC 5322 §4), and UTF-8 wherever text may stand (RFC 6532 §3.2).
"""

from __future__ import annotations

import re

ATEXT = r"A-Za-z0-9!#$%&'*+/=?^_`{|}~-"  # what stands within the brackets of a pattern, RFC 5322 §3.2.3
DOT_ATOM = rf"[{ATEXT}]+(?:\.[{ATEXT}]+)*"
_WHITE = re.compile(rb"[ \t\r\n]*")
_COMMENT_PART = re.compile(rb"(?:[^()\\]++|\\.)++", re.DOTALL)
_QUOTED = re.compile(rb'"((?:[^"\\]++|\\.)*+)"', re.DOTALL)
_QUOTED_PAIR = re.compile(rb"\\(.)", re.DOTALL)


class Lexer:
    """A place in a field's value that moves on as things are read."""

    __slots__ = ("comments", "octets", "position")

    def __init__(self, octets: bytes) -> None:
        self.octets = octets
        self.position = 0
        self.comments: list[bytes] = []  # those skipped, without their parentheses

    @property
    def at_end(self) -> bool:
        return self.position >= len(self.octets)

    def skip_cfws(self) -> bool:
        """Goes past white space and comments, which nest (RFC 5322 §3.2.2). False for a comment that never ends."""
        while True:
            match = _WHITE.match(self.octets, self.position)
            assert match is not None
            self.position = match.end()
            if not self.octets.startswith(b"(", self.position):
                return True
            start, depth = self.position + 1, 0
            while True:
                if self.octets.startswith(b"(", self.position):
                    depth += 1
                    self.position += 1
                elif self.octets.startswith(b")", self.position):
                    depth -= 1
                    self.position += 1
                    if not depth:
                        break
                else:
                    part = _COMMENT_PART.match(self.octets, self.position)
                    if part is None:
                        self.position = len(self.octets)
                        return False
                    self.position = part.end()
            self.comments.append(self.octets[start : self.position - 1])

    def take(self, literal: bytes) -> bool:
        """Reads exactly that, if it comes next."""
        if self.octets.startswith(literal, self.position):
            self.position += len(literal)
            return True
        return False

    def match(self, pattern: re.Pattern[bytes]) -> bytes | None:
        """Reads what the pattern matches here, if it matches something."""
        found = pattern.match(self.octets, self.position)
        if found is None or found.end() == self.position:
            return None
        self.position = found.end()
        return found.group()

    def quoted_string(self) -> bytes | None:
        """Reads a quoted string and gives its content: pairs resolved, folds undone (RFC 5322 §3.2.4)."""
        found = _QUOTED.match(self.octets, self.position)
        if found is None:
            return None
        self.position = found.end()
        return _QUOTED_PAIR.sub(rb"\1", found.group(1).replace(b"\r\n", b""))
