"""Leaving a check early: a status word and its reason, caught by the check that began."""

from __future__ import annotations

from typing import Literal, TypeAlias

from fumibako.mailauth.reason import Reason

SignatureStatus: TypeAlias = Literal["none", "pass", "fail", "policy", "neutral", "temperror", "permerror"]
"""What DKIM and DomainKeys say in Authentication-Results (RFC 8601 §2.7.1)."""


class Refused(Exception):
    """A signature does not pass. Only for use between the modules of this package: it never leaves a verifier."""

    def __init__(self, status: SignatureStatus, reason: Reason) -> None:
        super().__init__(status, reason)
        self.status: SignatureStatus = status
        self.reason = reason
