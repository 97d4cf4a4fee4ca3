"""What a format cannot say, or what a text says that is not that format."""

from __future__ import annotations


class Malformed(ValueError):
    """A value that cannot be written, or a line that is not in the canonical spelling.

    `code` is stable, `line` counts from 1 (0 where there is no text yet), `name` is the setting, if one is known. The
    sentence is in both languages; `fumibako.schema.text.Text(error.en, error.ja)` makes it a text.
    """

    def __init__(self, code: str, en: str, ja: str, *, line: int = 0, name: str = "") -> None:
        super().__init__(f"line {line}: {en}" if line else en)
        self.code = code
        self.en = en
        self.ja = ja
        self.line = line
        self.name = name

    def at(self, line: int, name: str = "") -> Malformed:
        """The same, with its place."""
        return Malformed(self.code, self.en, self.ja, line=line, name=name or self.name)


def not_canonical(line: int, name: str = "") -> Malformed:
    """A line that the server might understand, but not in the one spelling that we write and read."""
    return Malformed(
        "not_canonical",
        "The line is not in the spelling that Fumibako writes.",
        "この行は Fumibako が書き出す形式ではありません。",
        line=line,
        name=name,
    )


def first_difference(text: str, canonical: str) -> int:
    """The number of the first line in which two texts differ; 0 where they do not."""
    ours, theirs = text.split("\n"), canonical.split("\n")
    for number, (one, other) in enumerate(zip(ours, theirs, strict=False), start=1):
        if one != other:
            return number
    return 0 if len(ours) == len(theirs) else min(len(ours), len(theirs)) + 1
