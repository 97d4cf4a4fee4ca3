"""Why something was not done: said once, in both languages, for a terminal and for scripts alike."""

from __future__ import annotations

from collections.abc import Sequence

from fumibako.schema.finding import Finding
from fumibako.schema.text import Text


class Refused(Exception):
    """What was asked was not done and nothing was changed. `findings` say what is wrong and what would be right."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        assert findings
        super().__init__("; ".join(f"{finding.path}: {finding.message}" for finding in findings))
        self.findings = tuple(findings)


def refused(code: str, path: str, en: str, ja: str) -> Refused:
    """The refusal for one reason. `path` names the option of the command line, or the file, that it is about."""
    return Refused([Finding(code, path, Text(en, ja))])
