"""Postfix's master.cf: the services that master(8) listens for and the daemons that it starts (master(5)).

The canonical spelling: eight columns a service, then one line a `-o` override, two blanks deep. An override with blanks
or braces in its value is written `-o { name = value }`, others `-o name=value`. Only overrides can be said: no other
argument of a daemon (a user, a command line, `-v`) exists in this value, so none can be written or read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from fumibako.formats.main_cf import Comment, check_expression
from fumibako.formats.malformed import Malformed, first_difference, not_canonical
from fumibako.formats.text_rules import check_comment

Kind = Literal["inet", "unix", "unix-dgram", "fifo", "pass"]
Flag = Literal["y", "n", "-"]

_KINDS: Final = ("inet", "unix", "unix-dgram", "fifo", "pass")
# `25`, `smtp`, `192.0.2.1:25`, `[2001:db8::1]:25`, `private-name`
_SERVICE: Final = re.compile(r"\[[0-9A-Fa-f:.]+\]:[A-Za-z0-9]+|[A-Za-z0-9][A-Za-z0-9_.:/-]*")
_PROGRAM: Final = re.compile(r"[a-z][a-z-]*")
_WAKEUP: Final = re.compile(r"-|[0-9]+\??")
_LIMIT: Final = re.compile(r"-|[0-9]+")
_OPTION_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


@dataclass(frozen=True, slots=True)
class Service:
    """One line of master.cf. `wakeup` is seconds with an optional `?`, `limit` the number of processes; `-` is the default."""

    name: str
    kind: Kind
    program: str
    private: Flag = "-"
    unprivileged: Flag = "-"
    chroot: Flag = "n"
    wakeup: str = "-"
    limit: str = "-"
    options: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class MasterCf:
    """A whole master.cf. No name and kind stands twice: Postfix would take the last and only warn."""

    entries: tuple[Service | Comment, ...]

    def services(self) -> tuple[Service, ...]:
        return tuple(entry for entry in self.entries if isinstance(entry, Service))


def format(master: MasterCf) -> str:  # noqa: A001  # see main_cf
    """The text of the file."""
    lines: list[str] = []
    seen: set[tuple[str, str]] = set()
    for entry in master.entries:
        if isinstance(entry, Comment):
            check_comment(entry.text)
            lines.append(f"# {entry.text}" if entry.text else "")
            continue
        _check_service(entry)
        if (entry.name, entry.kind) in seen:
            raise Malformed("duplicate", "The service stands twice.", "サービスが重複しています。", name=entry.name)
        seen.add((entry.name, entry.kind))
        lines.extend(_spelt(entry))
    return "".join(f"{line}\n" for line in lines)


def parse(text: str) -> MasterCf:
    """The file that `text` is; `Malformed` with the line where it is not in the canonical spelling."""
    entries: list[Service | Comment] = []
    lines = text.split("\n")
    if lines.pop() != "":
        raise not_canonical(len(lines) + 1)
    places: dict[str, int] = {}
    for number, line in enumerate(lines, start=1):
        last = entries[-1] if entries else None
        if line == "" or line.startswith("#"):
            entries.append(Comment(line[2:]))
        elif line.startswith("  -o "):
            if not isinstance(last, Service):
                raise not_canonical(number)
            entries[-1] = _with_option(last, line[5:], number)
        else:
            service = _service(line, number)
            places[service.name] = number
            entries.append(service)
    parsed = MasterCf(tuple(entries))
    try:
        canonical = format(parsed)
    except Malformed as error:
        raise error.at(places.get(error.name, 1), error.name) from None
    if canonical != text:
        raise not_canonical(first_difference(text, canonical))
    return parsed


def _check_service(service: Service) -> None:
    columns = (
        (service.name, _SERVICE),
        (service.program, _PROGRAM),
        (service.wakeup, _WAKEUP),
        (service.limit, _LIMIT),
    )
    flags = (service.private, service.unprivileged, service.chroot)
    if not all(pattern.fullmatch(column) for column, pattern in columns) or any(flag not in "yn-" for flag in flags):
        raise Malformed(
            "bad_service", "Not a service of master.cf.", "master.cf のサービスではありません。", name=service.name
        )
    seen: set[str] = set()
    for name, value in service.options:
        if not _OPTION_NAME.fullmatch(name):
            raise Malformed(
                "bad_name",
                f"Not a parameter's name: {name!r}.",
                f"パラメーター名ではありません: {name!r}",
                name=service.name,
            )
        if name in seen:
            raise Malformed("duplicate", f"{name} stands twice.", f"{name} が重複しています。", name=service.name)
        seen.add(name)
        try:
            check_expression(value, name)
        except Malformed as error:
            raise error.at(0, service.name) from None


def _spelt(service: Service) -> list[str]:
    columns = (service.private, service.unprivileged, service.chroot, service.wakeup, service.limit)
    head = (
        f"{service.name:<20} {service.kind:<10} "
        + " ".join(f"{column:<6}" for column in columns)
        + f" {service.program}"
    )
    lines = [head]
    for name, value in service.options:
        lines.append(f"  -o {{ {name} = {value} }}" if re.search(r"[ {}]", value) else f"  -o {name}={value}")
    return lines


def _service(line: str, number: int) -> Service:
    columns = line.split()
    if len(columns) != 8 or columns[1] not in _KINDS or line[0].isspace():
        raise not_canonical(number)
    name, kind, private, unprivileged, chroot, wakeup, limit, program = columns
    if any(flag not in ("y", "n", "-") for flag in (private, unprivileged, chroot)):
        raise not_canonical(number, name)
    return Service(name, kind, program, private, unprivileged, chroot, wakeup, limit)  # type: ignore[arg-type]  # just checked


def _with_option(service: Service, option: str, number: int) -> Service:
    if option.startswith("{ ") and option.endswith(" }"):
        name, equals, value = option[2:-2].partition(" = ")
    else:
        name, equals, value = option.partition("=")
    if not equals:
        raise not_canonical(number, service.name)
    return Service(
        service.name,
        service.kind,
        service.program,
        service.private,
        service.unprivileged,
        service.chroot,
        service.wakeup,
        service.limit,
        (*service.options, (name, value)),
    )
