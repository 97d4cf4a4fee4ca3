"""Sieve scripts (RFC 5228): the strings in them, and the one script that stands before everybody's own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

# What the mail filter has marked goes to Junk, and no later script is asked: nobody's reply answers it.
QUARANTINE: Final = """\
# Mail that failed its sender's own policy
require "fileinto";
if exists "X-Fumibako-Quarantine" {
  fileinto "Junk";
  stop;
}
"""


def quoted(text: str) -> str:
    """A quoted string (RFC 5228 §2.4.2): two characters have a meaning in it, and lines end as in mail. NUL cannot stand
    in one."""
    assert "\0" not in text
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return '"' + "\r\n".join(lines).replace("\\", "\\\\").replace('"', '\\"') + '"'


def listed(texts: Iterable[str]) -> str:
    return "[" + ", ".join(map(quoted, texts)) + "]"
