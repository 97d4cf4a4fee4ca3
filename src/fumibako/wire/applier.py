"""What the node agent asks of the root process, and what it answers. The list of verbs is closed.

A request is a frozen dataclass with the name of its verb and the type of its answer; `request_json` and `parse_request` take it
over the wire. An answer is `{"ok": true, …}` or a refusal, `{"ok": false, "code", "en", "ja", "detail", "offences"}`.
Generations are numbers that the agent chooses; files are named by their path inside a generation (`postfix/main.cf`).
Listeners are written `127.0.0.1:25`, `[::1]:25`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Literal, TypeAlias

from fumibako.wire.records import BadRecord, as_json, from_json

PostfixAction = Literal["none", "reload", "restart", "start"]
QueueAction = Literal["flush", "requeue", "scan"]
DovecotAction = Literal["none", "reload", "restart", "start"]


def files_digest(files: Mapping[str, str]) -> str:
    """The digest of a generation: SHA-256 over path, length and text of every file, by path."""
    digest = hashlib.sha256()
    for path in sorted(files):
        text = files[path].encode()
        digest.update(f"{path}\0{len(text)}\0".encode())
        digest.update(text)
    return digest.hexdigest()


# --- parts of answers ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Offence:
    """Why a file is not accepted: the setting or service `name` in `line` of the file `path`."""

    path: str
    line: int
    name: str
    code: str
    en: str
    ja: str


@dataclass(frozen=True, slots=True)
class Daemon:
    """Postfix or Dovecot as the keeper sees it. `restarts` are those since the applier started that nobody asked for;
    `looping` says that it dies as often as it is started, `last_error` is its own line."""

    wanted: bool
    running: bool
    pid: int | None
    restarts: int
    looping: bool
    last_error: str


@dataclass(frozen=True, slots=True)
class Drift:
    """A file of the serving generation that is not as it was written: a unified diff, or one sentence about its owner."""

    path: str
    diff: str


@dataclass(frozen=True, slots=True)
class Versions:
    postfix: str
    dovecot: str


@dataclass(frozen=True, slots=True)
class CheckFinding:
    program: Literal["postfix", "dovecot"]
    text: str


@dataclass(frozen=True, slots=True)
class Taken:
    """A listener that cannot be had. `reason`: in_use, no_such_address, not_permitted. `program` is its holder, if known."""

    address: str
    port: int
    reason: str
    program: str


# --- answers ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Done:
    """It is so."""


@dataclass(frozen=True, slots=True)
class Observed:
    serving: int | None
    generations: tuple[int, ...]
    trial: int | None
    postfix: Daemon
    dovecot: Daemon
    listening: tuple[str, ...]
    drift: tuple[Drift, ...]
    versions: Versions
    queue: int
    can_try: bool
    cannot_try: str


@dataclass(frozen=True, slots=True)
class Written:
    generation: int
    digest: str
    unchanged: bool


@dataclass(frozen=True, slots=True)
class Checked:
    findings: tuple[CheckFinding, ...]


@dataclass(frozen=True, slots=True)
class PortsSeen:
    taken: tuple[Taken, ...]


@dataclass(frozen=True, slots=True)
class Tried:
    """The candidate is up, in `seconds`; `missing` are listeners that did not appear, `log` what its log complains of."""

    seconds: float
    listening: tuple[str, ...]
    missing: tuple[str, ...]
    log: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LogLines:
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Installed:
    """`previous` is what served before."""

    previous: int | None


@dataclass(frozen=True, slots=True)
class Reloaded:
    """In force; `listening` is what the two masters hold now."""

    seconds: float
    listening: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CertificateSeen:
    """An inspected certificate. With `problems` other than `names_do_not_fit` it was not imported and `fingerprint` is
    None; else it lies in `Home.tls / fingerprint`. Times are seconds since 1970. Codes: not_absolute, no_such_file,
    not_a_file, too_large, not_pem, no_certificate, no_key, encrypted_key, weak_key, unsupported_key, key_mismatch,
    chain_order, expired, not_yet_valid, names_do_not_fit."""

    fingerprint: str | None
    names: tuple[str, ...]
    not_before: int
    not_after: int
    issuer: str
    self_signed: bool
    names_fit: bool
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pruned:
    removed: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Counted:
    """A mailbox as `doveadm quota get` sees it: kilobytes, rounded up, and messages."""

    address: str
    kilobytes: int
    messages: int


@dataclass(frozen=True, slots=True)
class UsageSeen:
    counted: tuple[Counted, ...]


# --- requests --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Observe:
    verb: ClassVar[str] = "observe"
    answer: ClassVar[type] = Observed


@dataclass(frozen=True, slots=True)
class Write:
    verb: ClassVar[str] = "write"
    answer: ClassVar[type] = Written
    generation: int
    files: Mapping[str, str]
    digest: str


@dataclass(frozen=True, slots=True)
class Check:
    verb: ClassVar[str] = "check"
    answer: ClassVar[type] = Checked
    generation: int


@dataclass(frozen=True, slots=True)
class Ports:
    verb: ClassVar[str] = "ports"
    answer: ClassVar[type] = PortsSeen
    generation: int


@dataclass(frozen=True, slots=True)
class Try:
    """`addresses` are given to the loopback interface of the trial's namespace beside 127.0.0.1 and ::1: those that
    the candidate listens on, and those that probes come from. Wildcards in it are passed over."""

    verb: ClassVar[str] = "try"
    answer: ClassVar[type] = Tried
    generation: int
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Connect:
    """The answer carries a connected socket. `to` is `tcp:ADDRESS:PORT` or `clone:NAME`; `source` the address to come
    from (`from` in the table of verbs, a word that Python keeps for itself)."""

    verb: ClassVar[str] = "connect"
    answer: ClassVar[type] = Done
    where: Literal["live", "trial"]
    to: str
    source: str | None = None


@dataclass(frozen=True, slots=True)
class TrialLog:
    verb: ClassVar[str] = "trial_log"
    answer: ClassVar[type] = LogLines


@dataclass(frozen=True, slots=True)
class EndTrial:
    verb: ClassVar[str] = "end_trial"
    answer: ClassVar[type] = Done


@dataclass(frozen=True, slots=True)
class Install:
    """`expect` is what the agent believes to serve now; if something else does, nothing is done."""

    verb: ClassVar[str] = "install"
    answer: ClassVar[type] = Installed
    generation: int
    expect: int | None


@dataclass(frozen=True, slots=True)
class Reload:
    verb: ClassVar[str] = "reload"
    answer: ClassVar[type] = Reloaded
    postfix: PostfixAction
    dovecot: DovecotAction


@dataclass(frozen=True, slots=True)
class Start:
    verb: ClassVar[str] = "start"
    answer: ClassVar[type] = Reloaded


@dataclass(frozen=True, slots=True)
class Stop:
    verb: ClassVar[str] = "stop"
    answer: ClassVar[type] = Done


@dataclass(frozen=True, slots=True)
class Certificate:
    verb: ClassVar[str] = "certificate"
    answer: ClassVar[type] = CertificateSeen
    certificate: str
    key: str
    hostname: str


@dataclass(frozen=True, slots=True)
class Prune:
    verb: ClassVar[str] = "prune"
    answer: ClassVar[type] = Pruned
    keep: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CountUsage:
    """Accounts without a mailbox are passed over; at most a thousand at once."""

    verb: ClassVar[str] = "count_usage"
    answer: ClassVar[type] = UsageSeen
    accounts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Queue:
    """`flush`: every message that waits is tried at once. `requeue`: every message goes through Postfix's entrance again
    and takes the content filter and the rewriting that are set now. `scan`: qmgr(8) looks for mail that has come."""

    verb: ClassVar[str] = "queue"
    answer: ClassVar[type] = Done
    action: QueueAction


@dataclass(frozen=True, slots=True)
class Discarded:
    gone: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DiscardMailboxes:
    """The mail of accounts that were removed, named as below `Home.mail` (`example.jp/hanako`); at most a hundred. One
    that was used of late stays."""

    verb: ClassVar[str] = "discard_mailboxes"
    answer: ClassVar[type] = Discarded
    names: tuple[str, ...]


Request: TypeAlias = (
    Observe
    | Write
    | Check
    | Ports
    | Try
    | Connect
    | TrialLog
    | EndTrial
    | Install
    | Reload
    | Start
    | Stop
    | Certificate
    | Prune
    | CountUsage
    | Queue
    | DiscardMailboxes
)
REQUESTS: Final[Mapping[str, type[Request]]] = {
    kind.verb: kind
    for kind in (
        Observe,
        Write,
        Check,
        Ports,
        Try,
        Connect,
        TrialLog,
        EndTrial,
        Install,
        Reload,
        Start,
        Stop,
        Certificate,
        Prune,
        CountUsage,
        Queue,
        DiscardMailboxes,
    )
}


def request_json(request: Request) -> dict[str, Any]:
    """The message that makes a request."""
    return {"verb": request.verb, **as_json(request)}


def parse_request(message: Mapping[str, Any]) -> Request:
    """The request that a message makes; `BadRecord` where it makes none."""
    members = dict(message)
    verb = members.pop("verb", None)
    kind = REQUESTS.get(verb) if isinstance(verb, str) else None
    if kind is None:
        raise BadRecord("verb: unknown")
    return from_json(kind, members)
