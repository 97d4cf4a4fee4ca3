"""The form of one route of the smart relay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from fumibako.console.pages.fields import Choice, Field, declared_field, typed_text
from fumibako.features.relay.routes import Kind, secret_name
from fumibako.features.relay.section import Route
from fumibako.schema.finding import Finding
from fumibako.schema.option import DeclaredOption, declared
from fumibako.schema.place import Json, Place
from fumibako.schema.text import Text

OPTIONS: Final[dict[str, DeclaredOption]] = {option.name: option for option in declared(Route)}
SEGMENTS: Final[dict[Kind, str]] = {"default": "default", "domain": "domains", "sender": "senders"}

_FOR: Final = Text("Which mail", "対象")
_KINDS: Final[dict[Kind, Text]] = {
    "default": Text("Everything else (the default)", "それ以外のすべて (既定)"),
    "domain": Text("Mail to a domain", "宛先のドメイン"),
    "sender": Text("Mail from a domain", "差出人のドメイン"),
}
_DOMAIN: Final = Text("Domain", "ドメイン")
_DOMAIN_HELP: Final = Text(
    "example.com for that domain alone, .example.com for every domain under it. Not for the default.",
    "example.com はそのドメインだけ、.example.com はその下のすべて。既定では空欄にします。",
)
_AUTOMATIC: Final = Text("Automatic", "自動")
_PASSWORD: Final = Text("Password", "パスワード")
_SET: Final = Text(
    "One is set. Empty: it stays. A new one counts at once.",
    "設定済みです。空欄なら変更しません。新しい値はすぐに有効になります。",
)
_UNSET: Final = Text(
    "Kept sealed, shown nowhere. It counts at once.", "封をして保管し、どこにも表示しません。すぐに有効になります。"
)


@dataclass(frozen=True, slots=True)
class Named:
    """Which route: what decides it, and the domain (empty for the default)."""

    kind: Kind
    key: str

    @classmethod
    def read(cls, text: str) -> Named | None:
        """From an address: `default`, `to:DOMAIN`, `from:DOMAIN`."""
        if text == "default":
            return cls("default", "")
        word, colon, key = text.partition(":")
        if not colon or not key or word not in ("to", "from"):
            return None
        return cls("domain" if word == "to" else "sender", key)

    @property
    def written(self) -> str:
        return "default" if self.kind == "default" else f"{'to' if self.kind == 'domain' else 'from'}:{self.key}"

    @property
    def place(self) -> Place:
        return ("relay", SEGMENTS[self.kind], *([self.key] if self.kind != "default" else []))

    @property
    def secret(self) -> str:
        return secret_name(self.kind, self.key)


def posted_name(posted: Mapping[str, str]) -> Named:
    kind: Kind = next((each for each in SEGMENTS if each == posted.get("kind")), "domain")
    return Named(kind, "" if kind == "default" else posted.get("domain", "").strip())


def values(posted: Mapping[str, str]) -> dict[str, Json]:
    """The route as the form gives it."""
    return {name: posted.get(name, "").strip() for name in OPTIONS}


def typed_values(route: Mapping[str, Json]) -> dict[str, str]:
    return {name: typed_text(OPTIONS[name], route[name]) for name in OPTIONS}


def fields(
    typed: Mapping[str, str], findings: Sequence[Finding] = (), *, adding: bool, password_set: bool
) -> list[Field]:
    placed: dict[str, list[Finding]] = {}
    for finding in findings:
        placed.setdefault(field_of(finding, adding=adding), []).append(finding)
    shown = [*_which(typed, placed)] if adding else []
    for name, option in OPTIONS.items():
        text = typed.get(name, "")
        field = declared_field(option, name, text, placed.get(name, ()))
        if name == "tls":
            field = replace(field, choices=(Choice("", _AUTOMATIC, not text), *field.choices[1:]))
        shown.append(replace(field, required=name == "host"))
    shown.append(
        Field(
            "password",
            _PASSWORD,
            "secret",
            help=_SET if password_set else _UNSET,
            findings=tuple(placed.get("password", ())),
            autocomplete="new-password",
        )
    )
    return shown


def field_of(finding: Finding, *, adding: bool) -> str:
    """The field that a finding belongs to; what is said of the whole route is about its domain."""
    name = finding.path.rpartition(".")[2]
    if finding.code.startswith("secret-"):
        return "password"
    return name if name in OPTIONS and "[" not in name else ("domain" if adding else "host")


def label(name: str) -> Text:
    own = {"password": _PASSWORD, "domain": _DOMAIN}
    return own.get(name) or OPTIONS[name].option.label


def _which(typed: Mapping[str, str], placed: Mapping[str, Sequence[Finding]]) -> tuple[Field, Field]:
    chosen = typed.get("kind") or "domain"
    choices = tuple(Choice(kind, words, kind == chosen) for kind, words in _KINDS.items())
    return (
        Field("kind", _FOR, "select", chosen, choices=choices),
        Field(
            "domain",
            _DOMAIN,
            "text",
            typed.get("domain", ""),
            help=_DOMAIN_HELP,
            findings=tuple(placed.get("domain", ())),
        ),
    )
