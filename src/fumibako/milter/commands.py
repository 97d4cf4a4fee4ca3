"""What the server says: one value a packet.

Text is octets, as it came over SMTP. Header values have CRLF at folds, whichever way the server wrote them (Postfix and Sendmail
send LF), and begin with their space where that was agreed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from struct import Struct
from typing import Literal, NamedTuple, TypeAlias

from fumibako.milter.frames import Violation

_THREE = Struct(">III")
_PORT = Struct(">H")

Family: TypeAlias = Literal["inet", "inet6", "unix", "unknown"]
_FAMILIES: dict[int, Family] = {0x34: "inet", 0x36: "inet6", 0x4C: "unix", 0x55: "unknown"}  # "4", "6", "L", "U"


class Negotiate(NamedTuple):
    """What the server offers: its version, the changes it can make, the steps that may be left out."""

    version: int
    actions: int
    protocol: int


class Macros(NamedTuple):
    """Values that belong to the command that follows, named by its letter; names without braces."""

    command: int
    values: Mapping[bytes, bytes]


class Connect(NamedTuple):
    """A client: its verified name or its address in brackets, and its address (a path for a Unix socket)."""

    host: bytes
    family: Family
    port: int
    address: bytes


class Helo(NamedTuple):
    name: bytes


class MailFrom(NamedTuple):
    """The sender as it was written, with its angle brackets, and the parameters of MAIL (SIZE=, SMTPUTF8 …)."""

    path: bytes
    parameters: tuple[bytes, ...]


class RcptTo(NamedTuple):
    path: bytes
    parameters: tuple[bytes, ...]


class Data(NamedTuple):
    pass


class Header(NamedTuple):
    name: bytes
    value: bytes


class EndOfHeaders(NamedTuple):
    pass


class Body(NamedTuple):
    """A piece of the body, up to 64 KB or what was agreed; lines end in CRLF."""

    chunk: bytes


class EndOfMessage(NamedTuple):
    """All was said; `chunk` may be the last piece of the body."""

    chunk: bytes


class Abort(NamedTuple):
    """The message will not be sent after all; the connection goes on."""


class Unknown(NamedTuple):
    """An SMTP command that the server does not know."""

    line: bytes


class Quit(NamedTuple):
    """The SMTP session is over and so is this connection."""


class QuitForNext(NamedTuple):
    """The SMTP session is over; another one follows on this connection."""


Command: TypeAlias = (
    Negotiate
    | Macros
    | Connect
    | Helo
    | MailFrom
    | RcptTo
    | Data
    | Header
    | EndOfHeaders
    | Body
    | EndOfMessage
    | Abort
    | Unknown
    | Quit
    | QuitForNext
)


def parse_command(kind: int, payload: bytes) -> Command:
    """The value of a packet; raises `Violation` when it is none."""
    parser = _PARSERS.get(kind)
    if parser is None:
        raise Violation("milter-command-unknown", repr(chr(kind)))
    return parser(payload)


def _strings(payload: bytes, least: int, what: str) -> list[bytes]:
    """Strings that each end in NUL."""
    parts = payload.split(b"\0")
    if parts.pop() or len(parts) < least:
        raise Violation("milter-command-malformed", what)
    return parts


def _negotiate(payload: bytes) -> Command:
    if len(payload) < 12:
        raise Violation("milter-command-malformed", "negotiate")
    return Negotiate(*_THREE.unpack_from(payload))


def _macros(payload: bytes) -> Command:
    if not payload:
        raise Violation("milter-command-malformed", "macros")
    parts = payload[1:].split(b"\0")
    if parts.pop() or len(parts) % 2:
        raise Violation("milter-command-malformed", "macros")
    values = {
        name[1:-1] if name.startswith(b"{") and name.endswith(b"}") else name: value
        for name, value in zip(parts[::2], parts[1::2], strict=True)
    }
    return Macros(payload[0], values)


def _connect(payload: bytes) -> Command:
    host, end, rest = payload.partition(b"\0")
    if not end or not rest:
        raise Violation("milter-command-malformed", "connect")
    family = _FAMILIES.get(rest[0])
    if family is None:
        raise Violation("milter-command-malformed", "connect")
    if family == "unknown":
        return Connect(host, family, 0, b"")
    if len(rest) < 3:
        raise Violation("milter-command-malformed", "connect")
    (port,) = _PORT.unpack_from(rest, 1)
    address = rest[3:].removesuffix(b"\0")
    if family == "inet6":
        address = address.removeprefix(b"IPv6:")  # Sendmail writes it so
    return Connect(host, family, port, address)


def _helo(payload: bytes) -> Command:
    return Helo(_strings(payload, 1, "helo")[0])


def _mail_from(payload: bytes) -> Command:
    path, *parameters = _strings(payload, 1, "mail")
    return MailFrom(path, tuple(parameters))


def _rcpt_to(payload: bytes) -> Command:
    path, *parameters = _strings(payload, 1, "rcpt")
    return RcptTo(path, tuple(parameters))


def _header(payload: bytes) -> Command:
    name, end, value = payload.partition(b"\0")
    if not end or not value.endswith(b"\0"):
        raise Violation("milter-command-malformed", "header")
    value = value[:-1]
    if b"\n" in value:
        value = value.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    return Header(name, value)


def _unknown(payload: bytes) -> Command:
    return Unknown(payload.removesuffix(b"\0"))


_PARSERS: dict[int, Callable[[bytes], Command]] = {
    ord("O"): _negotiate,
    ord("D"): _macros,
    ord("C"): _connect,
    ord("H"): _helo,
    ord("M"): _mail_from,
    ord("R"): _rcpt_to,
    ord("T"): lambda _payload: Data(),
    ord("L"): _header,
    ord("N"): lambda _payload: EndOfHeaders(),
    ord("B"): Body,
    ord("E"): EndOfMessage,
    ord("A"): lambda _payload: Abort(),
    ord("U"): _unknown,
    ord("Q"): lambda _payload: Quit(),
    ord("K"): lambda _payload: QuitForNext(),
}
