"""A home of its own with real processes: the applier as root, agent and mail filter as their users, a fake console.

The processes are watched as the supervisor watches them: one that ends is started again after a moment.
"""

from __future__ import annotations

import datetime
import os
import pwd
import shutil
import signal
import smtplib
import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack, closing
from pathlib import Path, PurePosixPath
from typing import Any

from fumibako.channel.applier import ApplierChannel, ApplierError
from fumibako.document.settings import defaults
from fumibako.home.certificates import self_signed
from fumibako.home.tree import make_tree
from fumibako.home.users import ensure_users
from fumibako.layout import FILTER_USER, NODE_USER, Home
from fumibako.node.lookups import Lookups
from fumibako.schema.edit import Edit
from tests.homes import taken_base
from tests.node.fake_console import FakeConsole

HOSTNAME = "mail.example.jp"
RESTART_AFTER = 0.5
ACCOUNT: dict[str, Any] = {"name": "", "password_hash": None, "quota_mb": None, "enabled": True}


class Watched:
    """One process that comes back when it ends."""

    def __init__(self, module: str, home: Path, log: Path, *, user: str | None, environment: dict[str, str]) -> None:
        self._module = module
        self._home = home
        self._log = log
        self._user = user
        self.environment = environment
        self.before: list[str] = []  # a program that runs ours, with fewer powers
        self._stopped = threading.Event()
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._stopped = threading.Event()
        self.process = self._spawn()
        threading.Thread(target=self._watch, args=(self._stopped,), daemon=True).start()

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        self._stopped.set()
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def _watch(self, stopped: threading.Event) -> None:
        while not stopped.is_set():
            assert self.process is not None
            if self.process.poll() is None:
                time.sleep(0.02)
                continue
            if stopped.wait(RESTART_AFTER):
                return
            self.process = self._spawn()

    def _spawn(self) -> subprocess.Popen[bytes]:
        options: dict[str, Any] = {}
        if self._user is not None:
            entry = pwd.getpwnam(self._user)
            groups = os.getgrouplist(self._user, entry.pw_gid)
            options = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": groups}
        with self._log.open("ab") as log:
            return subprocess.Popen(
                [*self.before, sys.executable, "-m", self._module, "--home", str(self._home)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env={**os.environ, **self.environment},
                **options,
            )


class Station:
    def __init__(self) -> None:
        ensure_users()
        # Postfix and the agent have to be able to walk there, and the paths of sockets are short.
        self.root = Path(tempfile.mkdtemp(prefix="fn-", dir="/tmp"))
        self.home = Home(PurePosixPath(self.root))
        make_tree(self.root)
        self._taken = ExitStack()
        self.port_base = self._taken.enter_context(taken_base())
        _furnish(self.root)
        self.console = FakeConsole(
            self.root, defaults(hostname=HOSTNAME, listen=["127.0.0.1"], port_base=self.port_base)
        )
        self.applier = Watched("fumibako.applier", self.root, self.root / "log/applier.log", user=None, environment={})
        self.filter = Watched(
            "fumibako.mailfilter", self.root, self.root / "log/filter.log", user=FILTER_USER, environment={}
        )
        self.agent = Watched("fumibako.node", self.root, self.root / "log/node.log", user=NODE_USER, environment={})

    def up(self) -> None:
        self.console.start()
        self.filter.start()
        self.applier.start()
        self.agent.start()
        deadline = time.monotonic() + 10
        while not Path(self.home.node_socket).exists():
            assert time.monotonic() < deadline, "the agent does not listen"
            time.sleep(0.02)

    def serve(self, *edits: Edit) -> dict[str, Any]:
        """The first apply: what `up` does on a new home."""
        outcome = self.console.apply(*edits)
        assert outcome["outcome"] == "applied", self.story(outcome)
        return outcome

    def down(self) -> None:
        self.agent.stop()
        try:
            ApplierChannel(self.home.applier_socket).stop()
        except ApplierError:
            subprocess.run(
                [sys.executable, "-m", "fumibako.applier", "--home", str(self.root), "--stop-mail"],
                check=False,
                timeout=30,
            )
        self.applier.stop()
        self.filter.stop()
        self.console.stop()
        self._taken.close()
        shutil.rmtree(self.root, ignore_errors=True)

    # --- what is true on the wire and on the disk --------------------------------------------------------------------

    def connect(self, service: str, timeout: float = 10.0) -> smtplib.SMTP:
        return smtplib.SMTP("127.0.0.1", self.port(service), local_hostname="client.example.net", timeout=timeout)

    def size_limit(self) -> str:
        """What EHLO announces."""
        with self.connect("smtp") as line:
            line.ehlo()
            return line.esmtp_features["size"]

    def knows(self, address: str) -> bool:
        """Whether a message for the address is accepted at RCPT, when a stranger asks."""
        with closing(ApplierChannel(self.home.applier_socket).connect("live", "clone:smtp")) as line:
            reader = line.makefile("rb")
            reader.readline()
            for command in ("XCLIENT ADDR=198.51.100.9 NAME=[UNAVAILABLE]", "HELO x.example", "MAIL FROM:<>"):
                line.sendall(f"{command}\r\n".encode())
                reader.readline()
            line.sendall(f"RCPT TO:<{address}>\r\n".encode())
            return bool(reader.readline().startswith(b"250"))

    def listens(self, service: str) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port(service)), 2).close()
        except OSError:
            return False
        return True

    def generation(self) -> str:
        return Path(self.home.current).resolve().name

    def revision(self) -> int | None:
        return Lookups(self.home).revision()

    def mails(self, account: str) -> int:
        """How many messages lie in the account's inbox."""
        status = subprocess.run(
            ["doveadm", "-c", str(self.home.dovecot_conf), "mailbox", "status", "-u", account, "messages", "INBOX"],
            capture_output=True,
            text=True,
            check=True,
        )
        return int(status.stdout.partition("messages=")[2])

    def subjects(self, account: str) -> set[str]:
        """The subjects of the messages in the account's inbox."""
        fetched = subprocess.run(
            ["doveadm", "-c", str(self.home.dovecot_conf), "fetch", "-u", account, "hdr.subject", "mailbox", "INBOX"],
            capture_output=True,
            text=True,
            check=True,
        )
        lines = [line.partition("hdr.subject:") for line in fetched.stdout.splitlines()]
        return {subject.strip() for _, found, subject in lines if found}

    def has_journal(self) -> bool:
        return (self.root / "node/journal.json").exists()

    def port(self, service: str) -> int:
        return int(self.console.settings["basics"]["services"][service]["port"])

    def story(self, outcome: dict[str, Any]) -> str:
        """What happened, for a failing test."""
        lines = [f"outcome: {outcome['outcome']}"]
        lines += [
            f"  {each['name']}: {each['outcome']} {each['seconds']} {each['text']['en']} {each['detail']}"
            for each in outcome["steps"]
        ]
        lines += [f"  finding {each['code']} {each['path']}: {each['message']['en']}" for each in outcome["findings"]]
        for log in sorted((self.root / "log").glob("*.log")):
            lines += [f"--- {log.name}", *log.read_text(errors="replace").splitlines()[-40:]]
        return "\n".join(lines)


def _furnish(root: Path) -> None:
    now = datetime.datetime.now(datetime.UTC)
    own = self_signed(HOSTNAME, ["127.0.0.1"], now)
    directory = root / "tls" / own.fingerprint
    directory.mkdir(mode=0o755)
    (directory / "certificate.pem").write_bytes(own.certificate)
    (directory / "key.pem").write_bytes(own.key)
    (directory / "key.pem").chmod(0o600)
    (root / "tls" / "own").symlink_to(own.fingerprint)
    (root / "console/tls/cert.pem").write_bytes(own.certificate)
    (root / "console/tls/key.pem").write_bytes(own.key)
