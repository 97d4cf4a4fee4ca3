"""What is wrong, where, and what would be right."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from fumibako.schema.text import Text

Severity = Literal["error", "danger", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that an administrator should know about a value.

    `code` is stable (scripts depend on it), `path` names the option or row (`basics.services.smtp.port`,
    `accounts/hanako@example.jp`), `message` says what is wrong and what would be right. An error stops an edit or an
    apply. A danger can be staged, and applied by who says once more that it is meant. A warning stops nothing.
    `suggestion` is a value that could be offered as a button, when it is known.
    """

    code: str
    path: str
    message: Text
    severity: Severity = "error"
    suggestion: str | None = None

    def as_json(self, language: str) -> dict[str, Any]:
        """The finding as scripts see it: `message` in the reader's language, `suggestion` only where there is one."""
        shown: dict[str, Any] = {
            "code": self.code,
            "path": self.path,
            "message": self.message.in_(language),
            "severity": self.severity,
        }
        if self.suggestion is not None:
            shown["suggestion"] = self.suggestion
        return shown

    def as_wire(self) -> dict[str, Any]:
        """The finding as processes pass it on: in both languages."""
        return {
            "code": self.code,
            "path": self.path,
            "message": self.message.as_json(),
            "severity": self.severity,
            "suggestion": self.suggestion,
        }

    @classmethod
    def from_wire(cls, value: Mapping[str, Any]) -> Finding:
        message = value["message"]
        return cls(
            value["code"],
            value["path"],
            Text(message["en"], message["ja"]),
            value.get("severity", "error"),
            value.get("suggestion"),
        )


def dangers(findings: Iterable[Finding]) -> list[Finding]:
    """Those that an apply asks about once more."""
    return [finding for finding in findings if finding.severity == "danger"]


def errors(findings: Iterable[Finding]) -> list[Finding]:
    """Those that stop an edit or an apply."""
    return [finding for finding in findings if finding.severity == "error"]
