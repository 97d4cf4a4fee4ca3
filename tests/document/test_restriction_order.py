"""The page on the order of rules is what the program says."""

from pathlib import Path

import pytest

from fumibako.document.restriction_order import restriction_order
from fumibako.schema.text import LANGUAGES, Language

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_is_up_to_date(language: Language) -> None:
    page = (DOCS / language / "restrictions.md").read_text(encoding="utf-8")
    assert page == restriction_order(language), "run script/docs"
