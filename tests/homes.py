"""Real homes for tests: made, started, driven by the public command, stopped, removed.

`running_home` (tests/conftest.py) is one home for a whole session of tests, on loopback, with ports of its own; what a
test adds to it gets names of its own. `new_home` makes others. Whoever runs tests beside these, in another worker or
another checkout, gets other ports: a base is taken by locking its file.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, Any

from fumibako.features.basics.services import STANDARD_PORTS
from fumibako.home.ports import port_findings
from fumibako.home.processes import Process, end, processes_of
from fumibako.home.registry import REGISTRY, Registry
from fumibako.layout import Home

# Below the ports that the kernel gives to outgoing connections, and off ./run's own base.
BASES = [base for base in range(11000, 32000, 1000) if base != 20000]
LOCKS = Path(tempfile.gettempdir()) / "fumibako-test-ports"
NOWHERE = Home(PurePosixPath("/nowhere"))
PASSWORD = "correct horse battery staple"


@dataclass(frozen=True)
class Answer:
    """How a command ended. `json` is its standard output read as JSON, None where that is none."""

    exit: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:
        try:
            return json.loads(self.stdout)
        except ValueError:
            return None

    @property
    def codes(self) -> list[str]:
        """The codes of its findings."""
        return [finding["code"] for finding in (self.json or {}).get("findings", [])]


def fumibako(
    *arguments: str | Path | int,
    stdin: str = "",
    language: str = "C.UTF-8",
    home: Path | None = None,
    timeout: float = 180,
    variables: Mapping[str, str] | None = None,
) -> Answer:
    """Run the public command as a script would: no terminal, an environment with nothing in it but a language."""
    argv = [str(Path(sys.executable).with_name("fumibako")), *(["--home", str(home)] if home else [])]
    environment = {"PATH": os.defpath, "LANG": language, "HOME": "/root", **(variables or {})}
    done = subprocess.run(
        [*argv, *(str(argument) for argument in arguments)],
        input=stdin,
        env=environment,
        capture_output=True,
        text=True,
        timeout=timeout,
        cwd="/",
    )
    return Answer(done.returncode, done.stdout, done.stderr)


@contextmanager
def taken_base(root: Path = Path()) -> Iterator[int]:
    """A port base that nobody else has until this ends, for a home at `root`.

    Where the last one who had it was killed and has left a home, that is removed first: the lock says that its owner is
    dead, the lock's file says where the home is.
    """
    LOCKS.mkdir(exist_ok=True)
    for base in BASES:
        lock: IO[str] = (LOCKS / str(base)).open("a+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            continue
        with lock:
            lock.seek(0)
            left = Path(lock.read() or "/")
            lock.truncate(0)
            if left.parent.name.startswith("fumi") and (left / "home.json").exists():
                TestedHome(left, base).remove()
                left.parent.rmdir()
            addresses = ["127.0.0.1", "127.0.0.2"]
            if not Registry(REGISTRY).collisions(NOWHERE, base, addresses) and not port_findings(base, addresses):
                lock.write(str(root))
                lock.flush()
                try:
                    yield base
                finally:
                    lock.truncate(0)
                return
    raise AssertionError("no free ports for a home")


@dataclass
class TestedHome:
    """A home that exists. Everything is done through the public command."""

    __test__ = False

    root: Path
    port_base: int
    accounts: dict[str, str] = field(default_factory=dict)

    @property
    def layout(self) -> Home:
        return Home(PurePosixPath(self.root))

    def cli(self, *arguments: str | Path | int, stdin: str = "", **more: Any) -> Answer:
        return fumibako(*arguments, stdin=stdin, home=self.root, **more)

    def port(self, service: str) -> int:
        """The port a service has by default: smtp, submission, smtps, pop3, pop3s, imap, imaps, console."""
        return self.port_base + (443 if service == "console" else STANDARD_PORTS[service])

    def add_domain(self, name: str) -> None:
        answer = self.cli("domain", "add", name, "--json")
        assert answer.exit == 0, answer

    def add_account(self, address: str, password: str = PASSWORD) -> str:
        """Make an account, and its domain where there is none; the password."""
        domain = address.rpartition("@")[2]
        known = self.cli("domain", "list", "--json")
        if domain not in [row["name"] for row in known.json["domains"]]:
            self.add_domain(domain)
        answer = self.cli("account", "add", address, "--password-file", "-", "--json", stdin=password + "\n")
        assert answer.exit == 0, answer
        self.accounts[address] = password
        return password

    def apply(self, text: str, *options: str) -> Answer:
        """Apply a YAML text without asking."""
        return self.cli("apply", "-", "--yes", "--json", *options, stdin=text)

    def up(self, *, expect: int = 0) -> Answer:
        answer = self.cli("up", "--detach", "--json")
        assert answer.exit == expect, f"{answer}\n{self.logs()}"
        return answer

    def down(self) -> Answer:
        answer = self.cli("down", "--json")
        assert answer.exit == 0, answer
        assert processes_of(self.layout) == []
        return answer

    def status(self) -> dict[str, Any]:
        document = self.cli("status", "--json").json
        assert isinstance(document, dict)
        return document

    def of_kind(self, *kinds: str) -> list[Process]:
        """Its processes of these kinds."""
        return [process for process in processes_of(self.layout) if process.kind in kinds]

    def logs(self) -> str:
        """The end of every log, for a failure's message."""
        shown = []
        for log in sorted([*self.root.glob("log/*.log"), *self.root.glob("server/log/*.log")]):
            lines = log.read_text(errors="replace").splitlines()[-15:]
            shown.append("\n".join([f"--- {log.name}", *lines]))
        return "\n".join(shown)

    def remove(self) -> None:
        """Whatever state it is in: nothing of it stays."""
        self.cli("down")
        end(processes_of(self.layout), 0.5)
        shutil.rmtree(self.root, ignore_errors=True)


@contextmanager
def new_home(*options: str, parent: Path | None = None, listen: Sequence[str] = ("127.0.0.1",)) -> Iterator[TestedHome]:
    """A home that was made and not started. Its path is short, and open to all users unless `parent` is not."""
    directory = Path(tempfile.mkdtemp(prefix="fumi", dir=parent))
    directory.chmod(0o755)
    with taken_base(directory / "home") as base:
        home = TestedHome(directory / "home", base)
        try:
            addresses = [word for address in listen for word in ("--listen", address)]
            made = home.cli(
                "init", "--port-base", str(base), "--hostname", "mail.example.jp", *addresses, *options, "--json"
            )
            assert made.exit == 0, made
            yield home
        finally:
            home.remove()
            shutil.rmtree(directory, ignore_errors=True)
