"""The verbs: what each request does, in terms of generations, trials and daemons.

Verbs that change something wait for one another (`changing`); those that only look, or speak to a server, do not.
"""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

from fumibako.applier import listeners, namespaces, queue
from fumibako.applier.certificates import absent_certificates
from fumibako.applier.daemons import Dovecot, MailDaemon, Postfix
from fumibako.applier.generations import Generations
from fumibako.applier.grammar import offences_of
from fumibako.applier.grammar.words import is_address
from fumibako.applier.mailboxes import discard
from fumibako.applier.programs import ENVIRONMENT
from fumibako.applier.refused import Refused
from fumibako.applier.trial import Trials, ask
from fumibako.applier.usage import counted
from fumibako.applier.wanted import Wanted
from fumibako.layout import Home
from fumibako.schema.text import Text
from fumibako.wire import applier as wire
from fumibako.wire.records import from_json

_T = TypeVar("_T")
# A trial that nobody speaks to ends by itself: an agent that was killed does not come back for it.
_TRIAL_IDLE: Final = 300.0
_TCP: Final = re.compile(r"tcp:(?:([0-9.]+)|\[([0-9A-Fa-f:.]+)\]):([1-9][0-9]{0,4})")
_QUEUES: Final = ("incoming", "active", "deferred", "hold", "maildrop")
_SHORTEST_CHECK: Final = 30.0


class Verbs:
    """All that the applier can do for one home."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.generations = Generations(home)
        self.trials = Trials(home, self.generations)
        self.postfix = Postfix(home)
        self.dovecot = Dovecot(home)
        self.wanted = Wanted(home)
        self.changing = threading.Lock()
        self._cannot_try = namespaces.why_not()
        self._versions = _versions(home)

    def do(self, request: wire.Request) -> tuple[Any, socket.socket | None]:
        """The answer to a request, and the socket that goes with it."""
        match request:
            case wire.Observe():
                return self.observe(), None
            case wire.TrialLog():
                return wire.LogLines(tuple(self.trials.complaints())), None
            case wire.Connect(where, to, source):
                return wire.Done(), self.connect(where, to, source)
            case wire.Certificate(certificate, key, hostname):
                return self._one_at_a_time(lambda: self.certificate(certificate, key, hostname)), None
            case wire.CountUsage(accounts):
                return wire.UsageSeen(counted(self.home, accounts)), None
            case wire.Ports(generation):
                return wire.PortsSeen(tuple(self.ports(generation))), None
            case _:
                return self._one_at_a_time(lambda: self._change(request)), None

    def observe(self) -> wire.Observed:
        serving = self.generations.serving()
        held = self.postfix.held() | self.dovecot.held()
        return wire.Observed(
            serving,
            self.generations.numbers(),
            self.trials.generation,
            self._daemon(self.postfix),
            self._daemon(self.dovecot),
            tuple(map(str, sorted(held))),
            tuple(self.generations.drift(serving)) if serving in self.generations.numbers() and serving else (),
            self._versions,
            _count_queue(Path(self.home.queue)),
            not self._cannot_try,
            self._cannot_try,
        )

    def ports(self, generation: int) -> list[wire.Taken]:
        """Listeners of a generation that neither our masters hold nor anyone could have."""
        files = self.generations.files(generation)
        ours = self.postfix.held() | self.dovecot.held()
        found = [listeners.pre_bind(one) for one in sorted(self._all_listeners(files) - ours)]
        # What only our own old listener blocks (another address, a wildcard) is given up by the very same reload.
        return [
            taken
            for taken in found
            if taken
            and not (
                taken.reason == "in_use"
                and any(listeners.Listener(taken.address, taken.port).overlaps(held) for held in ours)
            )
        ]

    def connect(self, where: str, to: str, source: str | None) -> socket.socket:
        if source is not None and not is_address(source):
            raise Refused("bad_source", Text("Not an address to come from.", "接続元のアドレスではありません。"))
        kind, _, name = to.partition(":")
        if kind == "clone":
            return self.trials.clone(name) if where == "trial" else ask(Path(self.home.queue), name)
        found = _TCP.fullmatch(to)
        if not found or where != "trial" or not is_address(found[1] or found[2]) or int(found[3]) > 65535:
            # On the live network the agent needs nobody's help.
            raise Refused("bad_target", Text(f"Not a place to connect to: {to}", f"接続先にできません: {to}"))
        return self.trials.connect(found[1] or found[2], int(found[3]), source)

    def certificate(self, certificate: str, key: str, hostname: str) -> wire.CertificateSeen:
        """Ask the child that knows certificates; it needs a library that this process is too small for."""
        done = subprocess.run(
            [sys.executable, "-I", "-m", "fumibako.applier.certificate", str(self.home.root)],
            input=json.dumps({"certificate": certificate, "key": key, "hostname": hostname}).encode(),
            capture_output=True,
            env=ENVIRONMENT,
            cwd="/",
            timeout=_SHORTEST_CHECK,
            check=False,
        )
        if done.returncode != 0:
            sys.stderr.write(f"certificate: status {done.returncode}\n")
            raise Refused("certificate", Text("The certificate could not be read.", "証明書を読み取れませんでした。"))
        return from_json(wire.CertificateSeen, json.loads(done.stdout))

    def start_daemon(self, daemon: MailDaemon) -> None:
        """Start one daemon on the serving generation (the keeper's way)."""
        daemon.start(self._serving_files())

    def end_idle_trial(self) -> None:
        if self.trials.generation is not None and time.monotonic() - self.trials.used > _TRIAL_IDLE:
            self.trials.end()

    def stop_mail(self) -> None:
        """Postfix first, so that no mail arrives for a Dovecot that is gone."""
        self.postfix.stop()
        self.dovecot.stop()

    def _one_at_a_time(self, action: Callable[[], _T]) -> _T:
        with self.changing:
            return action()

    def _change(self, request: wire.Request) -> Any:
        match request:
            case wire.Write(generation, files, digest):
                offences = [*offences_of(files, self.home), *absent_certificates(files, self.home)]
                if offences:
                    raise Refused(
                        "grammar",
                        Text(
                            "The files contain what may not be installed.",
                            "設置が許可されていない内容が含まれています。",
                        ),
                        offences=offences,
                    )
                return self.generations.write(generation, files, digest)
            case wire.Check(generation):
                return wire.Checked(self.trials.check(generation))
            case wire.Try(generation, addresses):
                if self._cannot_try:
                    raise Refused(
                        "cannot_try",
                        Text(
                            "This process may not make namespaces.", "名前空間を作成できないため、試験起動できません。"
                        ),
                        self._cannot_try,
                    )
                return self.trials.start(generation, addresses)
            case wire.EndTrial():
                self.trials.end()
                return wire.Done()
            case wire.Install(generation, expect):
                return self._install(generation, expect)
            case wire.Reload(postfix, dovecot):
                return self._in_force(postfix, dovecot)
            case wire.Start():
                self._serving_files()
                self.wanted.set(True)
                return self._in_force("start", "start")
            case wire.Stop():
                self.wanted.set(False)
                self.stop_mail()
                return wire.Done()
            case wire.Queue(action):
                queue.act(self.home, action)
                return wire.Done()
            case wire.DiscardMailboxes(names):
                return wire.Discarded(discard(self.home, names, time.time()))
            case wire.Prune(keep):
                return wire.Pruned(self._prune(keep))
            case _:
                raise AssertionError(request)

    def _install(self, generation: int, expect: int | None) -> wire.Installed:
        serving = self.generations.serving()
        if serving != expect:
            raise Refused(
                "moved",
                Text(
                    f"Generation {serving or '-'} serves, not {expect or '-'}.",
                    f"使用中の世代は {expect or '-'} ではなく {serving or '-'} です。",
                ),
            )
        self.generations.require_intact(generation)
        self.generations.point_to(generation)
        return wire.Installed(serving)

    def _in_force(self, postfix: wire.PostfixAction, dovecot: wire.DovecotAction) -> wire.Reloaded:
        """Dovecot before Postfix: without its authentication socket Postfix's listeners die."""
        begun = time.monotonic()
        files = self._serving_files()
        late: Refused | None = None
        try:
            _act(self.dovecot, dovecot, files)
        except Refused as refused:
            # A port that goes over from Postfix to Dovecot is free only after Postfix has reloaded.
            if refused.code != "listeners" or postfix == "none":
                raise
            late = refused
        _act(self.postfix, postfix, files)
        if late is not None:
            self.dovecot.reload(files)
        held = self.postfix.held() | self.dovecot.held()
        return wire.Reloaded(time.monotonic() - begun, tuple(map(str, sorted(held))))

    def _serving_files(self) -> dict[str, str]:
        serving = self.generations.serving()
        if serving is None:
            raise Refused("nothing_installed", Text("No generation is installed yet.", "まだ何も設置されていません。"))
        return self.generations.files(serving)

    def _all_listeners(self, files: dict[str, str]) -> set[listeners.Listener]:
        return listeners.of_postfix(files) | listeners.of_dovecot(files)

    def _prune(self, keep: tuple[int, ...]) -> tuple[int, ...]:
        spared = {*keep, self.generations.serving(), self.trials.generation, *_in_use(self.home)}
        gone = tuple(number for number in self.generations.numbers() if number not in spared)
        for number in gone:
            self.generations.remove(number)
        return gone

    def _daemon(self, daemon: MailDaemon) -> wire.Daemon:
        pid = daemon.pid()
        return wire.Daemon(self.wanted.value, pid is not None, pid, daemon.restarts, daemon.looping, daemon.last_error)


def _act(daemon: MailDaemon, action: str, files: dict[str, str]) -> None:
    if action == "start":
        daemon.start(files)
    elif action == "reload":
        daemon.reload(files)
    elif action == "restart":
        daemon.restart(files)


def _in_use(home: Home) -> set[int]:
    """Generations that some process stands in or has a file of open."""
    place = re.compile(rf"{re.escape(str(home.generations))}/([0-9]+)/")
    found: set[int] = set()
    for process in Path("/proc").iterdir():
        if not process.name.isdigit():
            continue
        try:
            links = [process / "cwd", *(process / "fd").iterdir()]
        except OSError:
            continue
        for link in links:
            try:
                seen = place.match(f"{link.readlink()}/")
            except OSError:
                continue
            if seen:
                found.add(int(seen[1]))
    return found


def _count_queue(queue: Path) -> int:
    """Messages in the queue: their files, in Postfix's hashed directories as well."""
    return sum(len(names) for name in _QUEUES for _, _, names in os.walk(queue / name))


def _versions(home: Home) -> wire.Versions:
    def first_word(argv: list[str]) -> str:
        try:
            done = subprocess.run(
                argv, stdin=subprocess.DEVNULL, capture_output=True, env=ENVIRONMENT, timeout=10, check=False
            )
        except (OSError, subprocess.TimeoutExpired):
            return ""
        words = done.stdout.decode(errors="replace").split()
        return words[0] if words else ""

    # Even for built-in values postconf wants a main.cf, and the system need not have one.
    folder = Path(home.applier) / "postconf"
    folder.mkdir(mode=0o700, exist_ok=True)
    (folder / "main.cf").touch()
    postfix = ["/usr/sbin/postconf", "-c", str(folder), "-dh", "mail_version"]
    return wire.Versions(first_word(postfix), first_word(["/usr/sbin/dovecot", "--version"]))
