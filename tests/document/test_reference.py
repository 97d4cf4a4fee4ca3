"""The reference pages are what the program says: no option without a heading, none that is gone."""

from pathlib import Path

import pytest

from fumibako.document.reference import reference
from fumibako.document.settings import options
from fumibako.schema.place import written
from fumibako.schema.text import LANGUAGES, Language

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_reference_page_is_up_to_date(language: Language) -> None:
    page = (DOCS / language / "reference.md").read_text(encoding="utf-8")
    assert page == reference(language), "run script/docs"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_option_has_a_heading(language: Language) -> None:
    page = reference(language)
    for place in options():
        assert f"`{written(place)}`" in page
