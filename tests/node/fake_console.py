"""A console that fits in one file: the real wire (HTTPS over a Unix socket), a few rows, no pages, no Django.

It keeps a revision, its settings and its rows, hands out one run at a time, and takes progress and outcomes as the
console does. `away` makes it hang up on everybody.
"""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from urllib.parse import parse_qs, urlsplit

from fumibako.document.settings import applied
from fumibako.schema.edit import Edit
from fumibako.schema.place import is_row
from fumibako.wire.console import Run, RunKind
from fumibako.wire.frames import HEADER, body_length, decode, encode

Json = Any


class FakeConsole:
    def __init__(self, home: Path, settings: dict[str, Json]) -> None:
        self.home = home
        self.revision = 0
        self.settings = settings
        self.rows: dict[str, dict[str, dict[str, Json]]] = {"domains": {}, "accounts": {}, "aliases": {}}
        self.run: Run | None = None
        self.outcomes: list[tuple[int, dict[str, Json]]] = []
        self.progress: list[tuple[int, list[dict[str, Json]]]] = []
        self.away = False
        self.secrets: dict[str, str] = {}
        self.secrets_version = ""
        self.system_users: dict[str, tuple[int, str, str]] = {}
        self.usage: dict[str, tuple[int, int]] = {}
        self.log_ins: dict[str, int] = {}
        self.usage_position = {"epoch": "", "last": 0}
        self.asked = 0  # how often an agent has asked for work
        self._next = 1
        self._pending: dict[int, list[Edit]] = {}
        self._unconfirmed: int | None = None
        self._server: _Server | None = None

    # --- what a test does --------------------------------------------------------------------------------------------

    def start(self) -> None:
        path = self.home / "run" / "console.sock"
        path.unlink(missing_ok=True)
        self._server = _Server(path, self, self.home / "console" / "tls")
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def stop(self) -> None:
        """Nobody listens any more."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    def submit(self, kind: RunKind, *edits: Edit, confirm_within: int | None = None, try_: bool = True) -> int:
        """Open a run with these edits on top of what serves, and wake the agent."""
        after = applied(self.settings, [edit for edit in edits if not is_row(edit.place)])
        rows = tuple(edit for edit in edits if is_row(edit.place))
        number = self._next
        self._next += 1
        revision = self.revision + 1 if kind in ("apply", "plan") else self.revision
        self._pending[number] = list(edits)
        self.run = Run(number, kind, self.revision, revision, self.settings, after, rows, try_, confirm_within)
        self.wake()
        return number

    def outcome(self, run: int, seconds: float = 20.0, *, nth: int = 1) -> dict[str, Json]:
        """The `nth` outcome that was reported for the run."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = [outcome for number, outcome in list(self.outcomes) if number == run]
            if len(found) >= nth:
                return found[nth - 1]
            time.sleep(0.02)
        raise AssertionError(f"no outcome of run {run} in {seconds} s; steps: {self.progress[-1:]}")

    def perform(self, kind: RunKind, *edits: Edit, **options: Any) -> dict[str, Json]:
        return self.outcome(self.submit(kind, *edits, **options))

    def apply(self, *edits: Edit, **options: Any) -> dict[str, Json]:
        return self.perform("apply", *edits, **options)

    def edit(self, path: str, now: Json) -> Edit:
        """The edit of an option, with what stands there now."""
        place = tuple(path.split("."))
        value: Json = self.settings
        for key in place:
            value = value.get(key) if isinstance(value, dict) else None
        return Edit(place, value, now)

    def wake(self) -> None:
        with contextlib.suppress(OSError):  # it asks by itself, too
            self.ask_agent("wake")

    def ask_agent(self, verb: str, **more: Json) -> dict[str, Json]:
        """One verb on node.sock, as the console asks it."""
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(10)
            line.connect(str(self.home / "run" / "node.sock"))
            line.sendall(encode({"verb": verb, **more}))
            reader = line.makefile("rb")
            return decode(reader.read(body_length(reader.read(HEADER))))

    # --- what the agent sees -----------------------------------------------------------------------------------------

    def work(self) -> Json:
        return {
            "desired": {"revision": self.revision, "settings": self.settings},
            "run": self.run.as_json() if self.run else None,
            "secrets": self.secrets_version,
        }

    def directory(self, table: str, after: str, limit: int) -> Json:
        keys = [key for key in sorted(self.rows[table]) if key > after]
        page = keys[:limit]
        rows = [{"key": key, "row": self.rows[table][key]} for key in page]
        return {"rows": rows, "next": page[-1] if len(keys) > limit else None}

    def take_outcome(self, run: int, outcome: dict[str, Json]) -> None:
        """The same outcome may come twice; an unconfirmed one is followed by how it ended."""
        word = outcome["outcome"]
        said = [each["outcome"] for number, each in self.outcomes if number == run]
        if word in ("applied", "unconfirmed") and word not in said:
            self._commit(self._pending[run])
            self._unconfirmed = run if word == "unconfirmed" else None
        elif word == "confirmed":
            self._unconfirmed = None
        elif (
            word == "rolled_back"
            and self._unconfirmed is not None
            and (run == self._unconfirmed or not self._pending[run])
        ):
            self._commit([edit.inverse() for edit in reversed(self._pending[self._unconfirmed])], -1)
            self._unconfirmed = None
        if self.run is not None and self.run.id == run:
            self.run = None
        self.outcomes.append((run, outcome))

    def take_usage(self, said: dict[str, Json]) -> Json:
        if said["after"] == self.usage_position:
            self.usage |= {address: (octets, messages) for address, octets, messages in said["used"]}
            self.log_ins |= dict(said["logged_in"])
            self.usage_position = {"epoch": said["epoch"], "last": said["last"]}
        return self.usage_position

    def _commit(self, edits: list[Edit], step: int = 1) -> None:
        self.settings = applied(self.settings, [edit for edit in edits if not is_row(edit.place)])
        for edit in edits:
            if is_row(edit.place):
                table, key, *field = edit.place
                if field:
                    self.rows[table][key] = {**self.rows[table][key], field[0]: edit.now}
                elif edit.now is None:
                    self.rows[table].pop(key, None)
                else:
                    self.rows[table][key] = edit.now
        self.revision += step


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        query = {key: values[0] for key, values in parse_qs(url.query).items()}
        console = self.server.console
        if url.path == "/api/node/v1/work":
            console.asked += 1
            self._answer(200, console.work())
        elif url.path == "/api/node/v1/directory":
            self._answer(200, console.directory(query["table"], query.get("after", ""), int(query["limit"])))
        elif url.path == "/api/node/v1/secrets":
            self._answer(200, {"version": console.secrets_version, "secrets": console.secrets})
        else:
            self._answer(404, {"title": "Not found", "code": "not-found"})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        *_, number, what = self.path.split("/")
        if what == "system-users":
            self.server.console.system_users = {each[0]: tuple(each[1:]) for each in body["users"]}
            self._answer(204, None)
            return
        if what == "usage":
            self._answer(200, self.server.console.take_usage(body))
            return
        if what == "progress":
            self.server.console.progress.append((int(number), body["steps"]))
        else:
            self.server.console.take_outcome(int(number), body)
        self._answer(204, None)

    def _answer(self, status: int, value: Json) -> None:
        body = b"" if value is None else json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def address_string(self) -> str:
        return "agent"

    def log_message(self, *arguments: object) -> None:
        pass


class _Server(ThreadingMixIn, HTTPServer):
    address_family = socket.AF_UNIX
    daemon_threads = True

    def __init__(self, path: Path, console: FakeConsole, tls: Path) -> None:
        self.console = console
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(tls / "cert.pem", tls / "key.pem")
        super().__init__(str(path), _Handler)  # type: ignore[arg-type]  # a path is an address of AF_UNIX
        path.chmod(0o666)

    def server_bind(self) -> None:
        self.socket.bind(self.server_address)
        self.server_name, self.server_port = "localhost", 0

    def finish_request(self, request: Any, client_address: Any) -> None:
        if self.console.away:
            return
        try:
            with self._tls.wrap_socket(request, server_side=True) as line:
                super().finish_request(line, client_address)
        except OSError:
            pass  # the other side was killed
