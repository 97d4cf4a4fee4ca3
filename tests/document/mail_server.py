"""A real Postfix and a real Dovecot in a scratch home, running what `render` wrote.

No applier and no agent: what is tested here is the text of the files, so this puts them there in the plainest way.
"""

from __future__ import annotations

import base64
import contextlib
import datetime
import itertools
import os
import pty
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from fumibako.assembly.facts import Certificate, Facts
from fumibako.channel.mail_filter import filter_answers
from fumibako.document.lookups import SCHEMA, statements
from fumibako.document.render import render, services
from fumibako.document.settings import defaults, parse
from fumibako.features.quotas.usage import USAGE_SCHEMA
from fumibako.home.certificates import self_signed
from fumibako.home.filter_key import ensure_filter_key
from fumibako.home.inside import command
from fumibako.home.tree import make_tree
from fumibako.home.users import ensure_users
from fumibako.layout import FILTER_USER, Home
from fumibako.schema.edit import Edit
from fumibako.schema.place import planted
from tests.document.conversation import Conversation, secured
from tests.homes import taken_base

HOSTNAME = "mail.example.test"
DOMAIN = "example.test"
PASSWORD = "secret of the box"
ACCOUNT = f"hanako@{DOMAIN}"
_CLIENTS = itertools.count()
STRANGER = "XCLIENT ADDR=198.51.100.9 NAME=stranger.test"  # a clone then answers as it would answer a stranger


@dataclass
class MailServer:
    root: Path
    port_base: int
    listen: tuple[str, ...]
    generation: int = 0
    tree: dict[str, Any] = field(default_factory=dict)
    mail_filter: subprocess.Popen[bytes] | None = None

    @property
    def home(self) -> Home:
        return Home(PurePosixPath(self.root))

    def port(self, service: str) -> int:
        return int(self.tree["basics"]["services"][service]["port"])

    def settings(self, **changes: object) -> dict[str, Any]:
        """The default settings with `changes` by their path below `basics`, `__` for a dot."""
        tree = defaults(hostname=HOSTNAME, listen=self.listen, port_base=self.port_base)
        for path, value in changes.items():
            tree = planted(tree, ("basics", *path.split("__")), value)
        return tree

    def install(self, tree: dict[str, Any]) -> None:
        """Write the files, swing the link, start or reload; returns when the listeners are those of the settings."""
        self.generation += 1
        self.tree = tree
        settings = parse(tree)
        certificate = Certificate(f"{self.home.tls}/own/certificate.pem", f"{self.home.tls}/own/key.pem")
        place = self.root / "generations" / str(self.generation)
        for path, text in render(settings, Facts(self.home, certificate, first_domain=DOMAIN)).items():
            (place / path).parent.mkdir(parents=True, exist_ok=True)
            (place / path).write_text(text)
        link = self.root / "server" / "new"
        link.symlink_to(f"../generations/{self.generation}")
        link.replace(self.root / "server" / "current")
        # `postfix check` walks over the whole installation: once is enough. `postconf` names unknown parameters too.
        postfix, dovecot = str(self.home.postfix), str(self.home.dovecot_conf)
        check(["postfix", "-c", postfix, "check"] if self.generation == 1 else ["postconf", "-c", postfix, "-n"])
        check(["postconf", "-c", postfix, "-M"])
        check(["doveconf", "-n", "-c", dovecot])
        if self.generation == 1:
            self.start_filter()
            check(["dovecot", "-c", dovecot])
            check(["postfix", "-c", postfix, "start"], quiet=False)
        else:
            check(["doveadm", "-c", dovecot, "reload"])
            check(["postfix", "-c", postfix, "reload"], quiet=False)
        wanted = {each.port: each.enabled for each in services(settings)}
        until(lambda: all(answers(port) == enabled for port, enabled in wanted.items()))
        time.sleep(0.3)

    def start_filter(self) -> None:
        """The mail filter, without which Postfix takes no message."""
        argv = [sys.executable, "-I", "-m", "fumibako.mailfilter", "--home", str(self.root), "--workers", "2"]
        with (self.root / "filter.log").open("ab") as log:
            self.mail_filter = subprocess.Popen(command(self.root, *argv, user=FILTER_USER), stderr=log)
        until(lambda: filter_answers(self.home))

    def stop_filter(self) -> None:
        if self.mail_filter is not None:
            self.mail_filter.terminate()
            self.mail_filter.wait(timeout=30)

    def stop(self) -> None:
        for pid_file in (self.root / "server/queue/pid/master.pid", self.root / "server/dovecot/master.pid"):
            if pid_file.exists():
                pid = int(pid_file.read_text())
                os.kill(pid, signal.SIGTERM)
                until(lambda pid=pid: not Path(f"/proc/{pid}").exists())  # type: ignore[misc]
        self.stop_filter()

    def edit(self, *edits: Edit) -> None:
        """Make the edits of the directory in the look-ups, and the domains known at once."""
        for database, path in (("lookup", self.home.lookup_db), ("passwords", self.home.passwords_db)):
            connection = sqlite3.connect(str(path), timeout=5, isolation_level=None)
            connection.execute("BEGIN IMMEDIATE")
            for statement in (each for edit in edits for each in statements(edit) if each.database == database):
                connection.execute(statement.sql, statement.parameters)
            connection.execute("COMMIT")
            connection.close()

    def look_up(self, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Ask or change the look-ups, as the agent does."""
        with contextlib.closing(sqlite3.connect(str(self.home.lookup_db), timeout=5)) as connection, connection:
            return connection.execute(sql, parameters).fetchall()

    def make_databases(self) -> None:
        for database, path in (("lookup", self.home.lookup_db), ("passwords", self.home.passwords_db)):
            connection = sqlite3.connect(str(path))
            connection.executescript(SCHEMA[database])  # type: ignore[index]
            connection.close()
            self._share(Path(path))
        connection = sqlite3.connect(str(self.home.usage_db))
        connection.executescript(USAGE_SCHEMA)
        connection.close()
        self._share(Path(self.home.usage_db))

    def _share(self, path: Path) -> None:
        owner = path.parent.stat()
        os.chown(path, owner.st_uid, owner.st_gid)
        path.chmod(0o660)

    def usage(self, address: str) -> tuple[int, int] | None:
        """Bytes and messages of a mailbox, as Dovecot has written them down."""
        connection = sqlite3.connect(str(self.home.usage_db))
        row = connection.execute("SELECT bytes, messages FROM usage WHERE username = ?", (address,)).fetchone()
        connection.close()
        return (int(row[0]), int(row[1])) if row else None

    def log(self) -> str:
        return (self.root / "server/log/postfix.log").read_text()

    def dovecot_log(self) -> str:
        return (self.root / "server/log/dovecot.log").read_text()

    def ask(self, name: str) -> Conversation:
        """A conversation with a clone for asking."""
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(20)
        connection.connect(str(self.root / f"server/queue/private/ask-{name}"))
        return Conversation(connection)

    def talk(self, service: str, *, source: str = "127.0.0.1", secure: bool = False) -> Conversation:
        connection = socket.create_connection(("127.0.0.1", self.port(service)), timeout=20, source_address=(source, 0))
        return Conversation(secured(connection) if secure else connection)

    def send(self, recipient: str, subject: str, *, body: str = "body\r\n", times: int = 1) -> None:
        """A message from this machine through port 25; its Message-ID is the subject with hyphens."""
        talk = self.talk("smtp")
        lines = (f"Subject: {subject}", f"Message-ID: <{subject.replace(' ', '-')}@b.test>", "", body * times + ".")
        for line in ("EHLO x.test", "MAIL FROM:<a@b.test>", f"RCPT TO:<{recipient}>", "DATA", "\r\n".join(lines)):
            reply = talk.say(line)
            assert reply.startswith(("2", "3")), reply
        talk.close()


def check(argv: list[str], *, quiet: bool = True) -> None:
    """Run a program with a terminal as its standard error, where Postfix says what is wrong."""
    leader, follower = pty.openpty()
    done = subprocess.run(
        argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=follower, timeout=30, check=False
    )
    # A daemon may keep the terminal open: read what is there, not up to its end.
    os.set_blocking(leader, False)
    said = b""
    with contextlib.suppress(OSError):
        while chunk := os.read(leader, 65536):
            said += chunk
    os.close(follower)
    os.close(leader)
    text = said.decode(errors="replace")
    assert done.returncode == 0, f"{argv}: {text}"
    if quiet:
        assert not text.strip(), f"{argv}: {text}"


def until(condition: Callable[[], bool], seconds: float = 15) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come true in time"
        time.sleep(0.05)


def answers(port: int, address: str = "127.0.0.1") -> bool:
    try:
        socket.create_connection((address, port), timeout=2).close()
    except OSError:
        return False
    return True


def new_client() -> str:
    """An address on this machine that nobody has called from before: Dovecot lets each wait longer for every wrong
    password, which would be most of a test's time."""
    number = next(_CLIENTS)
    return f"127.9.{number // 250}.{number % 250 + 1}"


def plain(name: str, password: str = PASSWORD) -> str:
    """The initial response of AUTH PLAIN (RFC 4616)."""
    return base64.b64encode(f"\0{name}\0{password}".encode()).decode()


def password_hash() -> str:
    done = subprocess.run(
        ["doveadm", "-c", "/dev/null", "pw", "-s", "SHA512-CRYPT", "-p", PASSWORD],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


@contextmanager
def scratch(listen: tuple[str, ...] = ("127.0.0.1", "::1")) -> Iterator[MailServer]:
    """A server with one domain and the accounts hanako (who may log in), taro (switched off) and a+b."""
    ensure_users()
    root = Path(tempfile.mkdtemp(prefix="fumibako-", dir="/var/tmp"))
    taken = contextlib.ExitStack()
    server = MailServer(root, taken.enter_context(taken_base()), listen)
    try:
        make_tree(root)
        ensure_filter_key(root)
        own = self_signed(HOSTNAME, listen, datetime.datetime.now(datetime.UTC))
        (root / "tls/own").mkdir()
        (root / "tls/own/certificate.pem").write_bytes(own.certificate)
        (root / "tls/own/key.pem").write_bytes(own.key)
        (root / "tls/own/key.pem").chmod(0o600)
        server.make_databases()
        hashed = password_hash()
        row = {"name": "", "password_hash": hashed, "quota_mb": 10, "enabled": True}
        server.edit(
            Edit(("domains", DOMAIN), None, {}),
            Edit(("accounts", f"hanako@{DOMAIN}"), None, row),
            Edit(("accounts", f"taro@{DOMAIN}"), None, {**row, "enabled": False}),
            Edit(("accounts", f"a+b@{DOMAIN}"), None, {**row, "quota_mb": None}),
        )
        server.install(server.settings())
        yield server
    finally:
        server.stop()
        taken.close()
        shutil.rmtree(root, ignore_errors=True)
