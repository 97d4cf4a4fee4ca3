"""One connection from the server: octets in, commands out; answers in, octets out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from fumibako.milter.answers import Answer, Change, Reply, Verdict, encode_change
from fumibako.milter.commands import Command, EndOfMessage, Negotiate, parse_command
from fumibako.milter.frames import Splitter, Violation
from fumibako.milter.negotiation import Agreement, Step, Wanted, agree
from fumibako.milter.tables import ANSWERS, CHANGES, COMMANDS, MACROS, MAIL, SILENT, SILENT_KINDS, State

HELD_LIMIT = 64 * 1024  # octets


class Session:
    """The protocol's state. Whoever owns the socket calls `receive` with what arrives and sends what `answer` gives."""

    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted
        self._splitter = Splitter()
        self._silent: frozenset[int] = frozenset()  # the kinds of packets that need no answer
        self._held: list[tuple[int, bytes]] = []
        self._held_octets = 0
        self.state: State = "new"
        self.agreement: Agreement | None = None

    def receive(self, data: bytes) -> Iterator[Command]:
        """The commands that are now complete, in order. Raises `Violation`; then the connection is to be closed.

        `Negotiate` is among them and must be answered with `negotiate` before anything else. What needs no answer is held until
        something comes that does, or much has come: a short message is told in one go, however many pieces it came in.
        """
        packets = self._splitter.feed(data)
        self._held += packets
        self._held_octets += len(data)
        if self._held_octets < HELD_LIMIT and all(kind in self._silent for kind, _ in packets):
            return
        packets, self._held, self._held_octets = self._held, [], 0
        for kind, payload in packets:
            command = parse_command(kind, payload)
            following = COMMANDS[self.state].get(type(command))
            if following is None:
                raise Violation("milter-command-unexpected", f"{type(command).__name__} when {self.state}")
            self.state = following
            yield command

    def negotiate(self, offer: Negotiate) -> bytes:
        """The packet that states what both agree on. Raises `Violation` when that is too little."""
        self.agreement, octets = agree(offer, self._wanted)
        steps = self.agreement.steps
        self._silent = frozenset({MACROS, *(kind for kind, step in SILENT_KINDS.items() if steps & step)})
        return octets

    @property
    def in_message(self) -> bool:
        """A message has begun of which nothing was told yet."""
        return any(kind == MAIL for kind, _ in self._held)

    def expects_answer(self, command: Command) -> bool:
        """Whether the server waits after this command."""
        assert self.agreement is not None
        kind = type(command)
        return kind in ANSWERS and not self.agreement.steps & SILENT.get(kind, Step(0))

    def answer(self, command: Command, answer: Answer, changes: Iterable[Change] = ()) -> bytes:
        """The octets that answer a command; changes only at the end of the message, before an answer that lets it pass."""
        assert self.agreement is not None
        assert self.expects_answer(command), f"{type(command).__name__} is not answered"
        allowed = ANSWERS[type(command)]
        assert (Verdict.REJECT if isinstance(answer, Reply) else answer) in allowed, answer
        if answer is Verdict.SKIP:
            assert self.agreement.steps & Step.SKIP, "skip was not agreed"
        out = []
        for change in changes:
            assert isinstance(command, EndOfMessage), "changes are for the end of a message"
            assert self.agreement.actions & CHANGES[type(change)], f"{type(change).__name__} was not agreed"
            out.append(encode_change(change, leading_space=bool(self.agreement.steps & Step.LEADING_SPACE)))
        out.append(answer.octets)
        return b"".join(out)
