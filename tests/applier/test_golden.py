"""What the renderers write is what the applier accepts: every golden case, through the grammar."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

import pytest

from fumibako.applier.grammar import offences_of
from fumibako.layout import Home

_CASES = sorted(path for path in (Path(__file__).resolve().parents[1] / "golden").iterdir() if path.is_dir())


@pytest.mark.parametrize("case", _CASES, ids=lambda case: case.name)
def test_a_rendered_generation_is_accepted(case: Path) -> None:
    top = case / "expected"
    files = {str(path.relative_to(top)): path.read_text() for path in top.rglob("*") if path.is_file()}
    found = re.search(r"^queue_directory = (.+)/server/queue$", files["postfix/main.cf"], re.MULTILINE)
    assert found
    assert offences_of(files, Home(PurePosixPath(found[1]))) == []


def test_there_are_golden_cases() -> None:
    assert len(_CASES) >= 5
