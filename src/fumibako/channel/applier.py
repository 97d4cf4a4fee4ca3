"""The root process's socket, from the agent's side: blocking calls, usable from any number of threads.

Each call opens its own connection, so calls do not wait for each other here (the applier itself lines up those that
change something), and a restarted applier is found again without ado. `connect` receives an open socket.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any, Final, Literal, TypeVar

from fumibako.wire import applier as verbs
from fumibako.wire import frames
from fumibako.wire.records import BadRecord, from_json

_T = TypeVar("_T")
_PIECE: Final = 1 << 20


class ApplierError(Exception):
    """Something between us and the applier went wrong; `code` is stable."""

    code = "applier"


class ApplierAway(ApplierError):
    """Nobody answers, or the connection broke: what was asked may or may not have been done. Observe, then go on."""

    code = "applier-away"


class ApplierFailed(ApplierError):
    """The answer is not one that we know."""

    code = "applier-failed"


class ApplierRefused(ApplierError):
    """The applier says no and has changed nothing that it does not name.

    `en` and `ja` say why, `detail` has the programs' own lines, `offences` what is not accepted in which file.
    """

    def __init__(self, code: str, en: str, ja: str, detail: str, offences: tuple[verbs.Offence, ...]) -> None:
        super().__init__(f"{en}\n{detail}" if detail else en)
        self.code = code
        self.en = en
        self.ja = ja
        self.detail = detail
        self.offences = offences


class ApplierChannel:
    """The verbs of the applier as methods. Every one raises `ApplierRefused`, `ApplierAway` or `ApplierFailed`."""

    def __init__(self, path: str | PurePath, *, timeout: float = 60.0) -> None:
        self._path = str(path)
        self._timeout = timeout

    def observe(self) -> verbs.Observed:
        return self._call(verbs.Observe(), verbs.Observed)

    def write(self, generation: int, files: Mapping[str, str]) -> verbs.Written:
        """Write a generation; the digest is made here, so that a broken line is noticed there."""
        return self._call(verbs.Write(generation, files, verbs.files_digest(files)), verbs.Written)

    def check(self, generation: int) -> verbs.Checked:
        return self._call(verbs.Check(generation), verbs.Checked)

    def ports(self, generation: int) -> verbs.PortsSeen:
        return self._call(verbs.Ports(generation), verbs.PortsSeen)

    def try_(self, generation: int, addresses: tuple[str, ...] = ()) -> verbs.Tried:
        return self._call(verbs.Try(generation, addresses), verbs.Tried)

    def connect(self, where: Literal["live", "trial"], to: str, source: str | None = None) -> socket.socket:
        """A connected socket to `tcp:ADDRESS:PORT` or `clone:NAME`; the caller closes it."""
        answer, descriptor = self._exchange(verbs.Connect(where, to, source))
        if descriptor is None:
            raise ApplierFailed(f"connect {to}: no descriptor in {answer!r}")
        return socket.socket(fileno=descriptor)

    def trial_log(self) -> tuple[str, ...]:
        return self._call(verbs.TrialLog(), verbs.LogLines).lines

    def end_trial(self) -> None:
        self._call(verbs.EndTrial(), verbs.Done)

    def install(self, generation: int, expect: int | None) -> verbs.Installed:
        return self._call(verbs.Install(generation, expect), verbs.Installed)

    def reload(self, postfix: verbs.PostfixAction = "none", dovecot: verbs.DovecotAction = "none") -> verbs.Reloaded:
        return self._call(verbs.Reload(postfix, dovecot), verbs.Reloaded)

    def start(self) -> verbs.Reloaded:
        return self._call(verbs.Start(), verbs.Reloaded)

    def stop(self) -> None:
        self._call(verbs.Stop(), verbs.Done)

    def certificate(self, certificate: str, key: str, hostname: str) -> verbs.CertificateSeen:
        return self._call(verbs.Certificate(certificate, key, hostname), verbs.CertificateSeen)

    def prune(self, keep: tuple[int, ...]) -> verbs.Pruned:
        return self._call(verbs.Prune(keep), verbs.Pruned)

    def count_usage(self, accounts: tuple[str, ...]) -> tuple[verbs.Counted, ...]:
        return self._call(verbs.CountUsage(accounts), verbs.UsageSeen).counted

    def queue(self, action: verbs.QueueAction) -> None:
        self._call(verbs.Queue(action), verbs.Done)

    def discard_mailboxes(self, names: tuple[str, ...]) -> tuple[str, ...]:
        return self._call(verbs.DiscardMailboxes(names), verbs.Discarded).gone

    def _call(self, request: verbs.Request, kind: type[_T]) -> _T:
        answer, descriptor = self._exchange(request)
        if descriptor is not None:
            socket.close(descriptor)
        try:
            return from_json(kind, answer)
        except BadRecord as error:
            raise ApplierFailed(f"{request.verb}: {error}") from error

    def _connect(self, line: socket.socket) -> None:
        """Connect; a full queue of callers is waited for, which a Unix socket with a time limit does not do by itself."""
        deadline = time.monotonic() + self._timeout
        line.settimeout(self._timeout)
        while True:
            try:
                line.connect(self._path)
                return
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.01)

    def _exchange(self, request: verbs.Request) -> tuple[dict[str, Any], int | None]:
        """The answer without its `ok`, and the descriptor that came with it."""
        descriptors: list[int] = []
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
                self._connect(line)
                line.sendall(frames.encode(verbs.request_json(request)))
                answer = frames.decode(_read(line, frames.body_length(_read(line, frames.HEADER, descriptors))))
        except OSError as error:
            _close(descriptors)
            raise ApplierAway(f"{self._path}: {error}") from error
        except frames.BadFrame as error:
            _close(descriptors)
            raise ApplierFailed(f"{request.verb}: {error}") from error
        if answer.pop("ok", None) is not True:
            _close(descriptors)
            raise _refusal(request.verb, answer)
        return answer, descriptors[0] if descriptors else None


def _read(line: socket.socket, count: int, descriptors: list[int] | None = None) -> bytes:
    """Exactly `count` bytes; a descriptor that rides on the first of them is put into `descriptors`."""
    data = bytearray()
    while len(data) < count:
        if descriptors is not None and not data:
            piece, found, _, _ = socket.recv_fds(line, count, 1)
            descriptors.extend(found)
        else:
            piece = line.recv(min(count - len(data), _PIECE))
        if not piece:
            raise ConnectionResetError("the applier closed the connection")
        data += piece
    return bytes(data)


def _close(descriptors: list[int]) -> None:
    for descriptor in descriptors:
        socket.close(descriptor)


def _refusal(verb: str, answer: Mapping[str, Any]) -> ApplierError:
    words = [answer.get(name, "") for name in ("code", "en", "ja", "detail")]
    offences = answer.get("offences", [])
    if not all(isinstance(word, str) for word in words) or not words[0] or not isinstance(offences, list):
        return ApplierFailed(f"{verb}: {answer!r}")
    try:
        return ApplierRefused(
            words[0], words[1], words[2], words[3], tuple(from_json(verbs.Offence, offence) for offence in offences)
        )
    except BadRecord as error:
        return ApplierFailed(f"{verb}: {error}")
