"""The reader's language, from the environment as every Unix program takes it."""

from __future__ import annotations

import os
from typing import Final

from fumibako.schema.text import Language, preferred_language


def language_of(environment: dict[str, str]) -> Language:
    """LC_ALL, else LC_MESSAGES, else LANG: the first that is set (POSIX.1, chapter 8.2)."""
    chosen = next((environment[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environment.get(name)), None)
    return preferred_language(chosen)


LANGUAGE: Final[Language] = language_of(dict(os.environ))


def say(en: str, ja: str) -> str:
    """The sentence in the reader's language."""
    return ja if LANGUAGE == "ja" else en
