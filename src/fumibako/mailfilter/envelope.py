"""What is known of a message beside its content, and the message as it arrives."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from fumibako.formats.filter_json import FilterConf
from fumibako.mail.header import HeaderField, HeaderSection
from fumibako.mailauth.body import BodyHasher
from fumibako.mailfilter.standing import Client, Standing

# Postfix bounds one field, not their number.
_MOST_FIELDS: Final = 20_000
_MOST_OCTETS: Final = 4 * 1024 * 1024


@dataclass
class Message:
    """One transaction. `mail_from` is without angle brackets, `recipients` too. `conf` is the configuration it began with."""

    conf: FilterConf
    client: Client
    helo: str
    mail_from: str
    login: str
    standing: Standing
    recipients: list[str] = field(default_factory=list)
    fields: list[HeaderField] = field(default_factory=list)
    header_octets: int = 0
    queue_id: str = ""
    body: BodyHasher = field(default_factory=BodyHasher)

    def add_field(self, name: bytes, value: bytes) -> None:
        self.header_octets += len(name) + len(value)
        if not self.too_large:
            self.fields.append(HeaderField(name, value))

    @property
    def too_large(self) -> bool:
        """The header is larger than is read."""
        return self.header_octets > _MOST_OCTETS or len(self.fields) > _MOST_FIELDS

    @property
    def is_notice(self) -> bool:
        """A bounce, or what a program of this machine sends from nobody: it comes without SMTP."""
        return self.standing == "local" and not self.mail_from

    @cached_property
    def header(self) -> HeaderSection:
        """The header; it must be complete."""
        return HeaderSection(self.fields)


def address_in(path: bytes) -> str:
    """The address between the angle brackets of MAIL and RCPT."""
    return path.decode("utf-8", "replace").strip().removeprefix("<").removesuffix(">")
