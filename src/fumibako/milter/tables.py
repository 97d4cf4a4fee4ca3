"""What may come when, and what may answer it. The session knows no other rule; tests and documentation read these too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

from fumibako.milter.answers import (
    AddHeader,
    AddRecipient,
    ChangeHeader,
    ChangeSender,
    DeleteHeader,
    DeleteRecipient,
    InsertHeader,
    Quarantine,
    ReplaceBody,
    Verdict,
)
from fumibako.milter.commands import (
    Abort,
    Body,
    Connect,
    Data,
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
    Unknown,
)
from fumibako.milter.negotiation import Action, Step

State: TypeAlias = Literal["new", "agreed", "connected", "mail", "rcpt", "data", "header", "body", "closed"]

# From each state, the commands that may come and the state after them. Steps may have been agreed away, so every later
# one may come. A message that the filter refused ends without a word: MAIL may come in its midst, and HELO (again) too.
_BETWEEN: Mapping[type, State] = {
    Macros: "connected",
    Unknown: "connected",
    Helo: "connected",
    MailFrom: "mail",
    Abort: "connected",
    Quit: "closed",
    QuitForNext: "agreed",
}


def _within(here: State, further: Mapping[type, State]) -> Mapping[type, State]:
    return {**_BETWEEN, Macros: here, Unknown: here, **further}


_CONTENT: Mapping[type, State] = {Header: "header", EndOfHeaders: "body", Body: "body", EndOfMessage: "connected"}

COMMANDS: Mapping[State, Mapping[type, State]] = {
    "new": {Negotiate: "agreed", Quit: "closed"},
    "agreed": {**_BETWEEN, Macros: "agreed", Connect: "connected"},
    "connected": {**_BETWEEN, RcptTo: "rcpt", Data: "data", **_CONTENT},
    "mail": _within("mail", {RcptTo: "rcpt", Data: "data", **_CONTENT}),
    "rcpt": _within("rcpt", {RcptTo: "rcpt", Data: "data", **_CONTENT}),
    "data": _within("data", _CONTENT),
    "header": _within("header", _CONTENT),
    "body": _within("body", {Body: "body", EndOfMessage: "connected"}),
    "closed": {},
}

_SESSION = frozenset({
    Verdict.CONTINUE, Verdict.ACCEPT, Verdict.REJECT, Verdict.TEMPFAIL, Verdict.SHUTDOWN, Verdict.CONNECTION_FAILED,
})  # fmt: skip
_MESSAGE = frozenset({
    Verdict.CONTINUE, Verdict.ACCEPT, Verdict.REJECT, Verdict.TEMPFAIL, Verdict.SHUTDOWN, Verdict.DISCARD,
})  # fmt: skip

# What may answer each command; `Reply` may wherever REJECT may. Commands that are not here are not answered.
ANSWERS: Mapping[type, frozenset[Verdict]] = {
    Connect: _SESSION,
    Helo: _SESSION,
    Unknown: _SESSION,
    MailFrom: _MESSAGE,
    RcptTo: _MESSAGE,
    Data: _MESSAGE,
    Header: _MESSAGE,
    EndOfHeaders: _MESSAGE,
    Body: _MESSAGE | {Verdict.SKIP},
    EndOfMessage: _MESSAGE | {Verdict.PROGRESS},
}

# The step flag by which both may have agreed that a command is not answered.
SILENT: Mapping[type, Step] = {
    Connect: Step.SILENT_CONNECT,
    Helo: Step.SILENT_HELO,
    MailFrom: Step.SILENT_MAIL,
    RcptTo: Step.SILENT_RCPT,
    Data: Step.SILENT_DATA,
    Unknown: Step.SILENT_UNKNOWN,
    Header: Step.SILENT_HEADER,
    EndOfHeaders: Step.SILENT_END_OF_HEADERS,
    Body: Step.SILENT_BODY,
}

_LETTERS: Mapping[type, str] = {
    Connect: "C",
    Helo: "H",
    MailFrom: "M",
    RcptTo: "R",
    Data: "T",
    Unknown: "U",
    Header: "L",
    EndOfHeaders: "N",
    Body: "B",
}
# The same by the letters of their packets; and those of two more.
SILENT_KINDS: Mapping[int, Step] = {ord(_LETTERS[command]): step for command, step in SILENT.items()}
MACROS, MAIL = ord("D"), ord("M")

# What must have been agreed for each change.
CHANGES: Mapping[type, Action] = {
    AddHeader: Action.ADD_HEADERS,
    InsertHeader: Action.ADD_HEADERS,
    ChangeHeader: Action.CHANGE_HEADERS,
    DeleteHeader: Action.CHANGE_HEADERS,
    ReplaceBody: Action.CHANGE_BODY,
    AddRecipient: Action.ADD_RECIPIENTS,
    DeleteRecipient: Action.DELETE_RECIPIENTS,
    ChangeSender: Action.CHANGE_SENDER,
    Quarantine: Action.QUARANTINE,
}
