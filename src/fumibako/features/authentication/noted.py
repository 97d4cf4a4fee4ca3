"""What the mail filter notes of a hosted domain: the last time its mail was signed, waited for a key, or failed here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from fumibako.schema.text import Text

_DEFERRED: Final = Text(
    "Mail waits: the mail filter cannot open the key {selector}.",
    "鍵 {selector} を開けないため、メールの送信を保留しました。",
)
_FAILED: Final = Text("DMARC failed ({results}), sent by {client}", "DMARC に失敗 ({results})、送信元 {client}")
_FAILED_SOMEWHERE: Final = Text("DMARC failed ({results})", "DMARC に失敗 ({results})")


@dataclass(frozen=True, slots=True)
class Failure:
    """`details` as the filter noted them: the `selector` of a key; the `client` and the `results` of SPF and DKIM."""

    at: datetime
    said: Text
    details: Mapping[str, str]

    def as_json(self, language: str) -> dict[str, Any]:
        return {"at": self.at.isoformat(), "reason": self.said.in_(language), **self.details}


@dataclass(frozen=True, slots=True)
class Noted:
    """None what has not happened. `deferred`: mail of the domain could not be signed and waits. `failed`: mail in its name
    came from outside and failed DMARC, forged or sent by a server that SPF and DKIM do not know of."""

    signed: datetime | None = None
    deferred: Failure | None = None
    failed: Failure | None = None

    @classmethod
    def from_wire(cls, told: Mapping[str, Any]) -> Noted:
        """`told`: by what happened, `at` in Unix time and the details."""
        signed = told.get("signed")
        return cls(
            datetime.fromtimestamp(signed["at"], UTC) if signed else None,
            _failure(told.get("deferred"), "selector"),
            _failure(told.get("failed"), "client", "results"),
        )

    @property
    def failures(self) -> list[Failure]:
        """The latest first."""
        found = [each for each in (self.deferred, self.failed) if each is not None]
        return sorted(found, key=lambda each: each.at, reverse=True)

    def as_json(self, language: str) -> dict[str, Any]:
        return {
            "signed": self.signed.isoformat() if self.signed else None,
            "deferred": self.deferred.as_json(language) if self.deferred else None,
            "failed": self.failed.as_json(language) if self.failed else None,
        }


def _failure(told: Mapping[str, Any] | None, *names: str) -> Failure | None:
    if told is None:
        return None
    details = {name: str(told.get(name, "")) for name in names}
    sentence = _DEFERRED if "selector" in details else _FAILED if details["client"] else _FAILED_SOMEWHERE
    return Failure(datetime.fromtimestamp(told["at"], UTC), sentence.with_(**details), details)
