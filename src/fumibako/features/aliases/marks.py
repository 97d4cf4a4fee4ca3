"""Domains that nobody has (RFC 6761 §6.4), by which recipients are known inside this server.

`user=far.example@forward.invalid` is an alias's target elsewhere, `srs0=…=ours.example@return.invalid` a bounce to a sender
that was rewritten: both go through a cleanup of their own. What turns out not to be ours ends at `refused.invalid`.
"""

from __future__ import annotations

from typing import Final

FORWARD: Final = "forward.invalid"
RETURN: Final = "return.invalid"
REFUSED: Final = "refused.invalid"
MARKS: Final = frozenset({FORWARD, RETURN, REFUSED})


def unmarked(local_part: str) -> str:
    """The address that a marked local part stands for: no domain has an equals sign."""
    user, _, domain = local_part.rpartition("=")
    return f"{user}@{domain}"
