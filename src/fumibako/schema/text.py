"""A sentence in the languages that Fumibako speaks.

Both languages stand side by side where the sentence is made, so that neither can be forgotten and a reader of the code
sees both. `docs/decisions/0002-two-languages.md` says why this is not a gettext catalogue.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Language = Literal["en", "ja"]
LANGUAGES: Final[tuple[Language, ...]] = ("en", "ja")


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence, in English and in Japanese."""

    en: str
    ja: str

    def in_(self, language: str) -> str:
        """The sentence in `language` (a tag such as `ja`, `ja_JP.UTF-8` or `en-GB`); English where it is unknown."""
        return self.ja if language.lower().startswith("ja") else self.en

    def __str__(self) -> str:
        return self.en

    def with_(self, **values: object) -> Text:
        """The sentence with its `{placeholders}` filled in; values are inserted as plain text, or each in its own
        language where a value is a `Text` itself."""
        return Text(
            self.en.format(**{name: _spoken(value, "en") for name, value in values.items()}),
            self.ja.format(**{name: _spoken(value, "ja") for name, value in values.items()}),
        )

    def as_json(self) -> dict[str, str]:
        return {"en": self.en, "ja": self.ja}


def plain(text: str) -> Text:
    """A text that is the same in every language: a name, an address, a server's reply."""
    return Text(text, text)


def preferred_language(tag: str | None) -> Language:
    """The language of a locale or language tag (`ja_JP.UTF-8`, `ja-JP,en;q=0.8`), English where it is none of ours."""
    first = (tag or "").split(",")[0].strip().lower()
    return "ja" if first.startswith("ja") else "en"


def _spoken(value: object, language: Language) -> str:
    return value.in_(language) if isinstance(value, Text) else str(value)
