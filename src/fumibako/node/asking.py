"""Asking a whole server, the live one or the candidate in its trial: every listener and every clone, at once."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Sequence
from typing import Final, Literal, TypeVar

from fumibako.channel.applier import ApplierError, ApplierRefused
from fumibako.document.render import services
from fumibako.document.settings import Settings
from fumibako.features.basics.services import SERVICE_NAMES
from fumibako.node.link import Link
from fumibako.node.session import converse, greet, interview, stranger
from fumibako.plan.behaviour import Answers, Listener
from fumibako.plan.questions import OUTSIDER, Command, protocol
from fumibako.plan.scanners import Doors, Passed, through_scanner
from fumibako.plan.transcript import Transcript

Where = Literal["live", "trial"]
_T = TypeVar("_T")

# Dovecot takes a client whose address equals the server's for a secured one, 127.0.0.1 above all: ask from another.
SOURCE: Final = "127.0.0.2"
_WILDCARDS: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # that is what is looked for
_FAR: Final = "2001:db8::9"  # documentation (RFC 3849): any address that is elsewhere
_AT_ONCE: Final = 6
_A_SESSION: Final = 6  # questions at least
_CONNECT_PATIENCE: Final = 2.0


def listeners(settings: Settings) -> tuple[Listener, ...]:
    """The services of the table on their addresses, those that are off too."""
    return tuple(
        Listener(each.name, SERVICE_NAMES[each.name], each.address, each.port, each.enabled)
        for each in services(settings)
    )


def reachable(address: str) -> str:
    """An address at which a listener on `address` can be spoken to."""
    return _WILDCARDS.get(address, address)


def source(address: str) -> str | None:
    """Where to come from to a listener on `address`; None: from wherever the kernel says. A listener on ::1 alone is reached
    by nobody but ::1, and what that is told is true of everybody who can come."""
    if ":" not in address:
        return SOURCE
    if address == "::":
        return own_ipv6()
    return None if address == "::1" else "::1"


def own_ipv6() -> str | None:
    """An IPv6 address of this machine beside ::1, if it has one; a datagram socket that is connected sends nothing."""
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as line:
        try:
            line.connect((_FAR, 9))
        except OSError:
            return None
        found = str(line.getsockname()[0])
    return None if found == "::1" else found


async def ask(
    link: Link,
    where: Where,
    asked: Sequence[Listener],
    recipients: Sequence[str],
    outsider: str = OUTSIDER,
    *,
    clones_only: bool = False,
) -> Answers:
    """Everything that the server says: sessions with all enabled listeners, and with the clones those of a stranger, who
    comes from `outsider`."""
    gate = asyncio.Semaphore(_AT_ONCE)
    enabled = [] if clones_only else [each for each in asked if each.enabled]
    clones = list(dict.fromkeys(each.service for each in asked if each.enabled and protocol(each.service) == "smtp"))
    sessions = [_gated(gate, _session(link, where, each)) for each in enabled]
    strangers = [_strangers(gate, link, where, name, outsider, recipients if name == "smtp" else ()) for name in clones]
    told = await asyncio.gather(*sessions, *strangers)
    if where == "live" and recipients:
        await asked_enough(link)
    return Answers(
        tuple(asked),
        {each.at: said for each, said in zip(enabled, told, strict=False)},
        dict(zip(clones, told[len(enabled) :], strict=True)),
    )


async def ask_doors(link: Link, where: Where, doors: Doors, outsider: str = OUTSIDER) -> Passed:
    """What a scanner meets at its doors when a stranger is behind it."""

    async def one(listener: Listener, commands: Sequence[Command]) -> Transcript:
        try:
            line = await _dial(listener) if where == "live" else await _through(link, where, _tcp(listener), listener)
        except (OSError, ApplierError) as error:
            return Transcript(listener.service, (), _why(error))
        return await converse(listener.service, line, commands)

    fronts = await asyncio.gather(*(one(each, through_scanner(outsider)) for each in doors.fronts))
    return Passed(doors, tuple(fronts), await one(doors.back, ()) if doors.back else None)


async def answers(listener: Listener) -> bool:
    """Whether the live service greets, in two seconds at most."""
    try:
        async with asyncio.timeout(_CONNECT_PATIENCE):
            return (await greet(listener.service, await _dial(listener))).answers
    except OSError:  # TimeoutError is one
        return False


async def asked_enough(link: Link) -> None:
    """After questions to the live server: each recipient that was accepted counts as a message that comes in, and where a
    hundred come that nobody delivers, the next one that is real would be made to wait (`in_flow_delay`). qmgr(8) makes up for
    them when it looks for mail."""
    with contextlib.suppress(ApplierError):
        await link.ask(lambda applier: applier.queue("scan"))


async def clone(link: Link, where: Where, service: str) -> socket.socket:
    """A line to a service's clone. Raises what the link raises."""
    return await _through(link, where, f"clone:{service}")


async def _session(link: Link, where: Where, listener: Listener) -> Transcript:
    try:
        line = await _dial(listener) if where == "live" else await _through(link, where, _tcp(listener), listener)
    except (OSError, ApplierError) as error:
        return Transcript(listener.service, (), _why(error))
    return await interview(listener.service, line)


async def _strangers(
    gate: asyncio.Semaphore, link: Link, where: Where, service: str, outsider: str, recipients: Sequence[str]
) -> Transcript:
    """A stranger's questions, in a few sessions at once."""
    size = max(_A_SESSION, -(-len(recipients) // _AT_ONCE))
    batches = [recipients[start : start + size] for start in range(0, len(recipients), size)] or [()]
    told = await asyncio.gather(*(_gated(gate, _stranger(link, where, service, outsider, batch)) for batch in batches))
    trouble = next((each.trouble for each in told if each.trouble), None)
    return Transcript(service, tuple(exchange for each in told for exchange in each.exchanges), trouble)


async def _stranger(link: Link, where: Where, service: str, outsider: str, recipients: Sequence[str]) -> Transcript:
    try:
        line = await clone(link, where, service)
    except (OSError, ApplierError) as error:
        return Transcript(service, (), _why(error))
    return await stranger(service, line, recipients, outsider)


async def _dial(listener: Listener) -> socket.socket:
    """A connection of our own to a live listener."""
    address = reachable(listener.address)
    line = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    try:
        line.setblocking(False)
        if (origin := source(listener.address)) is not None:
            line.bind((origin, 0))
        async with asyncio.timeout(_CONNECT_PATIENCE):
            await asyncio.get_running_loop().sock_connect(line, (address, listener.port))
    except BaseException:
        line.close()
        raise
    return line


async def _through(link: Link, where: Where, to: str, listener: Listener | None = None) -> socket.socket:
    """A connection that the applier makes for us: into the trial's namespace, or to a socket that only root reaches."""
    origin = source(listener.address) if listener else None
    return await asyncio.to_thread(link.channel.connect, where, to, origin)


def _tcp(listener: Listener) -> str:
    address = reachable(listener.address)
    return f"tcp:[{address}]:{listener.port}" if ":" in address else f"tcp:{address}:{listener.port}"


def _why(error: Exception) -> str:
    if isinstance(error, ApplierRefused):
        return error.detail or error.en
    if isinstance(error, TimeoutError):
        return "timeout"
    return "refused" if isinstance(error, ConnectionRefusedError) else str(error)


async def _gated(gate: asyncio.Semaphore, work: Awaitable[_T]) -> _T:
    async with gate:
        return await work
