"""One DNS record, and the ways in which people type it into a name server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from fumibako.schema.text import Text

Type = Literal["MX", "TXT", "SRV"]

# A string of a TXT record holds 255 octets; a longer value is several strings without anything between them
# (RFC 1035 §3.3.14, RFC 7208 §3.3, RFC 6376 §3.6.2.2).
_STRING: Final = 255


@dataclass(frozen=True, slots=True)
class Record:
    """`name` is absolute, without the dot at its end, as an A-label form. `value` is the presentation form of an MX or
    SRV record (`10 mail.example.jp.`), or the whole text of a TXT record, unsplit. `why` says what it is for."""

    name: str
    type: Type
    value: str
    why: Text

    def zone_line(self) -> str:
        """The record as a line of a zone file (RFC 1035 §5.1)."""
        return f"{self.name}. IN {self.type} {self.data()}"

    def data(self) -> str:
        """The record's data as a zone file has it: a text in quoted strings."""
        if self.type != "TXT":
            return self.value
        return " ".join(f'"{_quoted(part)}"' for part in self.strings())

    def strings(self) -> tuple[str, ...]:
        """A TXT record's text in strings of at most 255 octets, as some web forms want them one by one."""
        text = self.value
        return tuple(text[start : start + _STRING] for start in range(0, len(text), _STRING)) or ("",)

    def relative_name(self, zone: str) -> str:
        """The name as a zone's web form wants it: without the zone, `@` for the zone itself."""
        if self.name == zone:
            return "@"
        return self.name.removesuffix(f".{zone}")

    def as_json(self, language: str) -> dict[str, str]:
        return {"name": self.name, "type": self.type, "value": self.value, "why": self.why.in_(language)}


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
