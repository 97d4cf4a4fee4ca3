"""A resolver that answers from a dictionary, and a way to run a coroutine that waits for nothing."""

from __future__ import annotations

from collections.abc import Coroutine, Mapping, Sequence
from ipaddress import IPv4Address, IPv6Address
from typing import Any, TypeVar

from fumibako.mailauth.resolver import Answer

Value = TypeVar("Value")
Record = tuple[str, Any]

TIMEOUT = "TIMEOUT"


class Zone:
    """Names to records, a record being its type and its value; the string TIMEOUT among them times out.

    Text is str or bytes or a list of strings. `asked` lists the questions.
    """

    def __init__(self, names: Mapping[str, Sequence[Record | str]]) -> None:
        self.names = {name.lower().removesuffix("."): list(records) for name, records in names.items()}
        self.asked: list[tuple[str, str]] = []

    def records(self, name: str, kind: str) -> Answer[Any]:
        self.asked.append((kind, name))
        key = name.lower().removesuffix(".")
        for _ in range(8):
            records = self.names.get(key)
            if records is None:
                # a name exists as well when there are names below it (RFC 8020)
                below = any(other.endswith(f".{key}") for other in self.names)
                return Answer("nodata" if below else "nxdomain")
            found = tuple(record[1] for record in records if record[0] == kind and record != TIMEOUT)
            if found:
                return Answer("found", found)
            if TIMEOUT in records:
                return Answer("failed")
            alias = [record[1] for record in records if record[0] == "CNAME"]
            if not alias:
                return Answer("nodata")
            key = alias[0].lower().removesuffix(".")
        return Answer("failed")  # a loop

    async def txt(self, name: str) -> Answer[bytes]:
        answer = self.records(name, "TXT")
        return Answer(answer.outcome, tuple(octets(value) for value in answer.records))

    async def a(self, name: str) -> Answer[IPv4Address]:
        answer = self.records(name, "A")
        return Answer(answer.outcome, tuple(IPv4Address(value) for value in answer.records))

    async def aaaa(self, name: str) -> Answer[IPv6Address]:
        answer = self.records(name, "AAAA")
        return Answer(answer.outcome, tuple(IPv6Address(value) for value in answer.records))

    async def mx(self, name: str) -> Answer[tuple[int, str]]:
        answer = self.records(name, "MX")
        return Answer(answer.outcome, tuple((int(value[0]), str(value[1])) for value in answer.records))

    async def ptr(self, address: IPv4Address | IPv6Address) -> Answer[str]:
        return self.records(address.reverse_pointer, "PTR")


def octets(value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    text = value if isinstance(value, str) else "".join(value)
    return text.encode("latin-1") if text.isascii() else text.encode()


def run(coroutine: Coroutine[Any, Any, Value]) -> Value:
    """What a coroutine returns that only waits for a `Zone`, which never makes it wait."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        value: Value = stop.value
        return value
    raise AssertionError("it waits")
