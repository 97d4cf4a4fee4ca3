"""Real sessions: a script of questions asked over a connected socket, and what was answered.

Speaks as much of SMTP (RFC 5321), IMAP (RFC 3501) and POP3 (RFC 1939) as asking takes. A server that hangs up, keeps
silent or breaks TLS is not an error here but what the transcript says.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Awaitable, Sequence
from typing import Final

from fumibako.plan.inquiry import FIRST, Inquiry, Name, envelope, introduction
from fumibako.plan.questions import OUTSIDER, RESET, Command, after_starttls, implicit_tls, opening, outsider, protocol
from fumibako.plan.transcript import Exchange, Stage, Transcript, ehlo_keywords

PATIENCE: Final = 4.0  # for one reply
_LONGEST: Final = 200  # lines of one reply
_CLOSING: Final = 421  # "shutting down the channel" (RFC 5321 §4.2.2): no answer to what was asked


async def interview(service: str, line: socket.socket) -> Transcript:
    """The session with a service's listener: its greeting, the script, the script again within TLS."""
    session = _Session(service, line)
    return await session.told(session.interview())


async def greet(service: str, line: socket.socket) -> Transcript:
    """Only the greeting, within TLS where that comes first."""
    session = _Session(service, line)
    return await session.told(session.greet())


async def stranger(service: str, line: socket.socket, recipients: Sequence[str], address: str = OUTSIDER) -> Transcript:
    """A stranger's session with a service's clone, over XCLIENT."""
    session = _Session(service, line, clone=True)
    return await session.told(session.outsider(recipients, address))


async def inquire(service: str, line: socket.socket, commands: Sequence[Command]) -> Transcript:
    """A session with a service's clone that ends at the first refusal."""
    session = _Session(service, line, clone=True)
    return await session.told(session.until_refused(commands))


async def inquire_all(
    service: str, line: socket.socket, asked: Sequence[tuple[Inquiry, Name]]
) -> tuple[list[Transcript], Transcript]:
    """As many inquiries as one session with a clone answers, in their order, each as a session of its own would answer it;
    and the whole session, which says why where it answered none. Either all or none of them have logged in."""
    session = _Session(service, line, clone=True)
    told: list[Transcript] = []
    return told, await session.told(session.inquiries(asked, told))


async def converse(service: str, line: socket.socket, commands: Sequence[Command]) -> Transcript:
    """A session in clear text, whatever is answered."""
    session = _Session(service, line)
    return await session.told(session.script(commands))


class _Session:
    """`clone`: the line leads to a service's clone, which speaks without TLS whatever the service does."""

    def __init__(self, service: str, line: socket.socket, *, clone: bool = False) -> None:
        self.service = service
        self._tls_first = implicit_tls(service) and not clone
        self.exchanges: list[Exchange] = []
        self._protocol = protocol(service)
        self._line = line
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._stage: Stage = "clear"
        self._tag = 0

    async def told(self, talk: Awaitable[None]) -> Transcript:
        """The transcript of a talk, wherever it ended."""
        trouble = None
        try:
            await talk
        except TimeoutError:
            trouble = "timeout"
        except ssl.SSLError as error:
            trouble = f"tls: {error.reason or error}"
        except (EOFError, ConnectionError):
            trouble = "closed"
        except (OSError, ValueError) as error:
            trouble = str(error)
        finally:
            await self._close()
        return Transcript(self.service, tuple(self.exchanges), trouble)

    async def greet(self) -> None:
        self._line.setblocking(False)
        self._reader, self._writer = await asyncio.open_connection(sock=self._line)
        if self._tls_first:
            await self._start_tls()
        self._note("greeting", await self._reply(greeting=True))

    async def interview(self) -> None:
        await self.greet()
        if not Transcript(self.service, tuple(self.exchanges)).answers:
            return
        await self._ask(opening(self.service))
        if self._stage == "clear" and self._offers_tls():
            word = {"smtp": "STARTTLS", "imap": "STARTTLS", "pop3": "STLS"}[self._protocol]
            await self._ask((Command("starttls", word, quiet=True),))
            if not self._put_off():
                await self._start_tls()
                await self._ask(after_starttls(self.service))
        await self._ask((Command("quit", "LOGOUT" if self._protocol == "imap" else "QUIT", quiet=True),))

    async def outsider(self, recipients: Sequence[str], address: str) -> None:
        await self.greet()
        await self._ask(outsider(recipients, address))
        await self._ask((Command("quit", "QUIT", quiet=True),))

    async def script(self, commands: Sequence[Command]) -> None:
        await self.greet()
        await self._ask(commands)
        await self._ask((Command("quit", "QUIT", quiet=True),))

    async def until_refused(self, commands: Sequence[Command]) -> None:
        await self.greet()
        await self._until_refused(commands)
        await self._ask((Command("quit", "QUIT", quiet=True),))

    async def inquiries(self, asked: Sequence[tuple[Inquiry, Name]], told: list[Transcript]) -> None:
        """Nothing of one inquiry is left when the next is put: a transaction ends with RSET, and XCLIENT, which is refused
        within a transaction, begins the session anew for another client."""
        await self.greet()
        await self._until_refused((FIRST,))
        introduced: tuple[Command, ...] = ()
        for inquiry, name in asked:
            who, begin = introduction(inquiry, name), len(self.exchanges)
            await self._until_refused((*(() if who == introduced else who), *envelope(inquiry)))
            said = self.exchanges[begin:]
            if said[-1].code == _CLOSING:
                return
            told.append(Transcript(self.service, tuple(said)))
            reached = [each.key for each in said]
            introduced = who if "mail" in reached else ()
            if "rcpt" in reached:
                await self._ask((RESET,))
        await self._ask((Command("quit", "QUIT", quiet=True),))

    async def _until_refused(self, commands: Sequence[Command]) -> None:
        for command in commands:
            await self._ask((command,))
            if (code := self.exchanges[-1].code) is None or code >= 400:
                break

    async def _close(self) -> None:
        if self._writer is not None:
            self._writer.close()
            with contextlib.suppress(OSError, TimeoutError, ssl.SSLError):
                await asyncio.wait_for(self._writer.wait_closed(), 0.5)
        self._line.close()

    async def _ask(self, commands: Sequence[Command]) -> None:
        for command in commands:
            if command.line == "RSET" and self._refused_last():
                continue  # nothing to clear up, and Postfix slows down a client with more than ten errors
            self._note(command.key, await self._command(command))

    async def _command(self, command: Command) -> tuple[str, ...]:
        assert self._writer is not None
        self._tag += 1
        prefix = f"p{self._tag} " if self._protocol == "imap" else ""
        self._writer.write(f"{prefix}{command.line}\r\n".encode())
        await self._writer.drain()
        return await self._reply(long=command.line == "CAPA")

    def _refused_last(self) -> bool:
        code = self.exchanges[-1].code if self.exchanges else None
        transaction = not self.exchanges or not self.exchanges[-1].key.startswith("rcpt")
        return code is not None and code >= 400 and transaction

    def _put_off(self) -> bool:
        """Whether the server wants to be asked again later (SMTP alone has such a reply)."""
        code = self.exchanges[-1].code
        return self._protocol == "smtp" and code is not None and 400 <= code < 500

    def _note(self, key: str, reply: tuple[str, ...]) -> None:
        self.exchanges.append(Exchange(self._stage, key, reply))

    async def _reply(self, *, greeting: bool = False, long: bool = False) -> tuple[str, ...]:
        """The lines of one reply, an IMAP tag replaced by `=`."""
        lines: list[str] = []
        while len(lines) < _LONGEST:
            line = await self._read()
            match self._protocol:
                case "smtp":
                    lines.append(line)
                    if line[3:4] != "-":
                        break
                case "imap":
                    tagged = line.startswith(f"p{self._tag} ")
                    lines.append(f"= {line.partition(' ')[2]}" if tagged else line)
                    if tagged or greeting:
                        break
                case "pop3":
                    lines.append(line)
                    if not long or line == "." or line.startswith("-ERR"):
                        break
        return tuple(lines)

    async def _read(self) -> str:
        assert self._reader is not None
        raw = await asyncio.wait_for(self._reader.readline(), PATIENCE)
        if not raw.endswith(b"\n"):
            raise EOFError
        return raw.decode("utf-8", "backslashreplace").rstrip("\r\n")

    async def _start_tls(self) -> None:
        assert self._writer is not None
        await asyncio.wait_for(self._writer.start_tls(_any_certificate()), PATIENCE)
        self._stage = "tls"

    def _offers_tls(self) -> bool:
        said = Transcript(self.service, tuple(self.exchanges))
        if self._protocol == "smtp":
            ehlo = said.find("ehlo")
            return ehlo is not None and "STARTTLS" in ehlo_keywords(ehlo.reply)
        words = " ".join(said.lines("capability")).upper().split()
        return ("STLS" if self._protocol == "pop3" else "STARTTLS") in words


def _any_certificate() -> ssl.SSLContext:
    """What is asked is what the server says, not who it is: its certificate may be self-signed."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
