"""The golden cases: `tests/golden/CASE/` holds settings, facts where they matter, and the files that must come out.

After a wanted change, write them anew and read the difference before committing it:

    FUMIBAKO_GOLDEN=write .venv/bin/pytest tests/document/test_render.py
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final

from fumibako.assembly.facts import Certificate, Facts
from fumibako.document.settings import SECTIONS, Settings, defaults, parse
from fumibako.layout import Home
from fumibako.schema.codec import decode
from fumibako.schema.yaml import load

PLACE: Final = Path(__file__).resolve().parents[1] / "golden"
HOME: Final = Home(PurePosixPath("/srv/fumibako"))


@dataclass(frozen=True)
class Case:
    name: str

    @property
    def place(self) -> Path:
        return PLACE / self.name

    @property
    def settings(self) -> Settings:
        return settings((self.place / "settings.yaml").read_text(encoding="utf-8"))

    @property
    def facts(self) -> Facts:
        path = self.place / "facts.json"
        return facts(**(json.loads(path.read_text()) if path.exists() else {}))

    def expected(self) -> dict[str, str]:
        top = self.place / "expected"
        return {str(path.relative_to(top)): path.read_text() for path in sorted(top.rglob("*")) if path.is_file()}

    def write(self, files: dict[str, str]) -> None:
        for path, text in files.items():
            (self.place / "expected" / path).parent.mkdir(parents=True, exist_ok=True)
            (self.place / "expected" / path).write_text(text)
        for path in self.expected().keys() - files.keys():
            (self.place / "expected" / path).unlink()


def facts(fingerprint: str = "f00dfeed" * 8, **more: Any) -> Facts:
    certificate = Certificate(f"{HOME.tls}/{fingerprint}/certificate.pem", f"{HOME.tls}/{fingerprint}/key.pem")
    return Facts(HOME, certificate, **more)


def settings(text: str) -> Settings:
    """The settings of a YAML text whose options may be few; the others are as at first."""
    raw, found = load(text)
    assert raw is not None, found
    base = defaults(hostname="mail.example.jp", listen=("0.0.0.0", "::"), port_base=0)
    tree = {}
    for name, model in SECTIONS.items():
        tree[name], found = decode(model, raw.get(name, {}), base=base[name], at=(name,))
        assert not found, found
    return parse(tree)


CASES: Final = [Case(path.parent.name) for path in sorted(PLACE.glob("*/settings.yaml"))]
