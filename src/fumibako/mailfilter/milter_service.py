"""Connections that speak the milter protocol: each tells of one SMTP session at a time, with any number of messages.

Only the end of a message is answered; all else was agreed to need no answer, so Postfix sends a whole message in one go.
What goes wrong here makes the answer a 451: mail waits, it is neither lost nor let through unsigned or unchecked.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from functools import partial
from typing import Any, Final, cast

from fumibako.mailfilter.checking import BUDGET, OutsideMail
from fumibako.mailfilter.domain_notes import DomainNotes
from fumibako.mailfilter.eager import begun, when_ended
from fumibako.mailfilter.envelope import Message, address_in
from fumibako.mailfilter.instance import Instance
from fumibako.mailfilter.keys import KeyUnusable
from fumibako.mailfilter.lookups import LookupsAway
from fumibako.mailfilter.outcome import Outcome
from fumibako.mailfilter.policy import printable
from fumibako.mailfilter.signing import OwnMail
from fumibako.mailfilter.standing import Client, client_of, standing
from fumibako.milter.answers import Reply, Verdict
from fumibako.milter.commands import (
    Abort,
    Body,
    Command,
    Connect,
    EndOfHeaders,
    EndOfMessage,
    Header,
    Helo,
    Macros,
    MailFrom,
    Negotiate,
    Quit,
    QuitForNext,
    RcptTo,
)
from fumibako.milter.frames import Violation
from fumibako.milter.negotiation import Action, MacroStage, Step, Wanted
from fumibako.milter.session import Session

_log = logging.getLogger(__name__)

_WANTED: Final = Wanted(
    Action.ADD_HEADERS | Action.CHANGE_HEADERS | Action.SET_MACROS,
    Step.NO_UNKNOWN
    | Step.NO_DATA
    | Step.SILENT_CONNECT
    | Step.SILENT_HELO
    | Step.SILENT_MAIL
    | Step.SILENT_RCPT
    | Step.SILENT_HEADER
    | Step.SILENT_END_OF_HEADERS
    | Step.SILENT_BODY
    | Step.LEADING_SPACE,
    {
        MacroStage.CONNECT: "{daemon_name}",
        MacroStage.HELO: "",
        MacroStage.MAIL: "{auth_authen}",
        MacroStage.RCPT: "",
        MacroStage.DATA: "",
        MacroStage.END_OF_HEADERS: "",
        MacroStage.END_OF_MESSAGE: "i",
    },
)
# Who is not sealing what is forwarded asks nobody where it goes.
_WANTED_WITHOUT_RECIPIENTS: Final = replace(_WANTED, steps=_WANTED.steps | Step.NO_RCPT)
# The look-ups have their own, shorter time; this is for what must not happen.
_LONGEST: Final = BUDGET + 5.0
_TROUBLE: Final = Outcome(Reply("451", "4.3.0", ("Temporary trouble in the mail filter, try again later",)))
_UNSIGNED: Final = Outcome(Verdict.ACCEPT, log="a notice, let through unsigned")
_TOO_LARGE: Final = Outcome(Reply("552", "5.3.4", ("The header of the message is too large",)))
_MOST_RECIPIENTS: Final = 1_000  # that are looked at for forwarding


class MilterConnection(asyncio.Protocol):
    def __init__(self, instance: Instance, connections: set[Any]) -> None:
        self._instance = instance
        self._connections = connections
        instance.refresh()
        self._session = Session(_WANTED if instance.conf.arc_seal else _WANTED_WITHOUT_RECIPIENTS)
        self._transport: asyncio.Transport | None = None
        self._macros: dict[bytes, bytes] = {}
        self._connect: Connect | None = None
        self._helo = ""
        self._message: Message | None = None
        self._work: OwnMail | OutsideMail | None = None
        self._ending: asyncio.Future[Outcome] | None = None
        self._finishing = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are none of asyncio's classes.
        self._transport = cast("asyncio.Transport", transport)
        self._connections.add(self)

    def connection_lost(self, _error: Exception | None) -> None:
        self._connections.discard(self)
        self._transport = None
        self._forget()

    def data_received(self, data: bytes) -> None:
        try:
            for command in self._session.receive(data):
                self._take(command)
        except Violation as violation:
            _log.warning("milter: %s %s", violation.code, violation.detail)
            self._close()
        except Exception:  # noqa: BLE001  # Postfix hears no answer and defers the message
            _log.exception("milter: a message could not be read")
            self._close()

    def finish(self) -> None:
        self._finishing = True
        if self._message is None and not self._session.in_message:
            self._close()

    def _close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def _take(self, command: Command) -> None:
        match command:
            case Body(chunk):
                if self._message is not None:
                    self._message.body.feed(chunk)
            case Header(name, value):
                if self._message is not None:
                    self._message.add_field(name, value)
            case Macros(_, values):
                self._macros.update(values)
            case RcptTo(path, _):
                if self._message is not None and len(self._message.recipients) < _MOST_RECIPIENTS:
                    self._message.recipients.append(address_in(path))
            case MailFrom(path, _):
                self._begin(address_in(path))
            case EndOfHeaders():
                self._header_ended()
            case EndOfMessage(chunk):
                self._message_ended(command, chunk)
            case Helo(name):
                self._helo = name.decode("utf-8", "replace")
            case Connect():
                self._macros_of_session()
                self._connect = command
            case Negotiate():
                assert self._transport is not None
                self._transport.write(self._session.negotiate(command))
            case Abort():
                self._forget()
            case Quit():
                self._close()
            case QuitForNext():
                self._forget()
                self._connect, self._helo, self._macros = None, "", {}
            case _:
                pass

    def _macros_of_session(self) -> None:
        """What was told of an earlier session on this connection is over."""
        self._macros = {name: value for name, value in self._macros.items() if name == b"daemon_name"}

    def _begin(self, mail_from: str) -> None:
        self._forget()
        self._instance.refresh()
        conf = self._instance.conf
        door = self._macros.get(b"daemon_name", b"").decode("ascii", "replace")
        client = client_of(self._connect, door, conf) if self._connect is not None else Client(None)
        login = self._macros.pop(b"auth_authen", b"").decode("utf-8", "replace")
        self._message = Message(conf, client, self._helo, mail_from, login, "outside")

    def _header_ended(self) -> None:
        """From here on look-ups go on beside the body."""
        message = self._message
        if message is None or message.too_large:
            return
        try:
            message.standing = standing(message.client, message.login, self._instance.lookups)
            own = message.standing != "outside"
            self._work = OwnMail(message, self._instance) if own else OutsideMail(message, self._instance)
        except LookupsAway as error:
            _log.error("milter: %s", error)
        except KeyUnusable as error:
            _log.error("milter: %s", error)
            DomainNotes.of(self._instance).note(error.domain, "deferred", {"selector": error.selector})

    def _message_ended(self, command: EndOfMessage, chunk: bytes) -> None:
        message, work = self._message, self._work
        if message is not None and work is None and message.is_notice and not message.too_large:
            # A bounce that is not taken is made again and again, and the sender hears nothing; unsigned it does no harm.
            self._answer(command, _UNSIGNED)
            return
        if message is None or work is None:
            too_large = message is not None and message.too_large
            self._answer(command, _TOO_LARGE if too_large else _TROUBLE)
            return
        message.body.feed(chunk)
        if isinstance(work, OwnMail):
            self._answer(command, work.outcome())
            return
        self._ending = begun(work.outcome())
        if self._ending.done():
            self._ended(command, self._ending)
        else:
            when_ended(self._ending, _LONGEST, partial(self._ended, command))

    def _ended(self, command: EndOfMessage, ending: asyncio.Future[Outcome]) -> None:
        """Whatever mail makes us stumble over: it waits, and the log says why."""
        if self._ending is not ending:  # it was forgotten meanwhile
            return
        if ending.cancelled():
            _log.error("milter: checking a message took longer than %d s", _LONGEST)
        elif error := ending.exception():
            _log.error("milter: a message could not be checked", exc_info=error)
        else:
            self._answer(command, ending.result())
            return
        self._answer(command, _TROUBLE)

    def _answer(self, command: EndOfMessage, outcome: Outcome) -> None:
        message = self._message
        self._message = self._work = self._ending = None
        if self._transport is None:
            return
        queue_id = self._macros.pop(b"i", b"").decode("ascii", "replace")
        if outcome.log or outcome is _TROUBLE:
            sender = message.mail_from if message else ""
            _log.info("%s: from=<%s>, %s", queue_id, printable(sender), printable(outcome.log or "deferred"))
        self._transport.write(self._session.answer(command, outcome.answer, outcome.changes))
        if self._finishing:
            self._close()

    def _forget(self) -> None:
        """The message that was told of will not come to its end."""
        ending, self._ending = self._ending, None
        if ending is not None:
            ending.cancel()
        if isinstance(self._work, OutsideMail):
            self._work.cancel()
        self._message = self._work = None
