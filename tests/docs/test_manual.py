"""The manual: both languages have every chapter, links lead somewhere, and the commands that it shows exist."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer

from fumibako.cli.app import _lifted, app
from fumibako.schema.text import LANGUAGES

DOCS = Path(__file__).parents[2] / "docs"
PAGES = sorted(page for language in LANGUAGES for page in (DOCS / language).glob("*.md"))


def commands(page: Path) -> list[str]:
    """The lines of a page's shell blocks that call fumibako."""
    blocks = re.findall(r"^ *```sh\n(.*?)^ *```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    return [line.strip() for block in blocks for line in block.splitlines() if line.strip().startswith("fumibako ")]


def test_both_languages_have_the_same_chapters() -> None:
    english, japanese = ({page.name for page in (DOCS / language).glob("*.md")} for language in ("en", "ja"))
    assert english == japanese


@pytest.mark.parametrize("name", sorted(page.name for page in (DOCS / "en").glob("*.md")))
def test_both_languages_show_the_same_commands(name: str) -> None:
    assert commands(DOCS / "en" / name) == commands(DOCS / "ja" / name)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.parent.name}/{page.name}")
def test_links_lead_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)#:\s]+)\)", page.read_text(encoding="utf-8")):
        assert (page.parent / link).exists(), link


@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.parent.name}/{page.name}")
def test_commands_parse(page: Path) -> None:
    for line in commands(page):
        words = shlex.split(re.split(r" [<>] ", line)[0])[1:]
        parse(typer.main.get_command(app), "fumibako", _lifted(words)[2])


def parse(command: Any, name: str, words: list[str], parent: Any = None) -> None:
    """Raises a usage error where a command, an option or an argument is unknown or missing."""
    context = command.make_context(name, list(words), parent=parent)
    if hasattr(command, "resolve_command"):
        called, below, rest = command.resolve_command(context, [*context._protected_args, *context.args])
        assert below is not None
        parse(below, called, rest, context)
