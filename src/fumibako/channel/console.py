"""The console's API over its Unix socket: HTTPS, JSON, the standard library alone.

The agent and the command line speak to the console here. Who is speaking is settled by the socket (SO_PEERCRED), so
nothing secret is sent to prove it; TLS is there because the console's listener has it, and its certificate proves
nothing that the socket's place in the home has not proved already.
"""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import PurePath
from typing import Any, Final
from urllib.parse import urlencode

Json = Any
LARGEST_ANSWER: Final = 64 * 1024 * 1024


class ConsoleError(Exception):
    """Something between us and the console went wrong; `code` is stable."""

    code = "console"


class ConsoleAway(ConsoleError):
    """Nobody answers: the console is stopped, starting or too busy. What was asked may or may not have been done."""

    code = "console-away"


class ConsoleRefused(ConsoleError):
    """The console answered 4xx. `document` is its problem document (RFC 9457) with our `code` and `findings`."""

    def __init__(self, status: int, document: Mapping[str, Json]) -> None:
        super().__init__(str(document.get("detail") or document.get("title") or f"HTTP {status}"))
        self.status = status
        self.document = dict(document)
        self.code = str(document.get("code") or f"http-{status}")

    @property
    def findings(self) -> list[Json]:
        return list(self.document.get("findings") or [])


class ConsoleFailed(ConsoleError):
    """The console answered 5xx, or something that is not our API."""

    code = "console-failed"


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        plain = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            plain.settimeout(self.timeout)
            plain.connect(self._path)
            self.sock = _unverified().wrap_socket(plain)
        except BaseException:
            plain.close()
            raise


def _unverified() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class ConsoleChannel:
    """One connection a request: the console may restart between any two."""

    def __init__(self, path: str | PurePath, *, timeout: float = 60.0) -> None:
        self._path = str(path)
        self._timeout = timeout

    def request(
        self,
        verb: str,
        path: str,
        body: Json = None,
        *,
        query: Mapping[str, str | int | Sequence[str]] | None = None,
        language: str = "en",
        timeout: float | None = None,
        as_text: bool = False,
    ) -> Json:
        """The decoded answer of `verb path`, None where the answer is empty; with `as_text` a good answer as it came.

        `body` is sent as JSON unless it is None; a list in `query` becomes the name once for each of its values. Raises `ConsoleAway`, `ConsoleRefused` (4xx) or `ConsoleFailed`.
        """
        headers = {"Accept": "application/json", "Accept-Language": language, "Connection": "close"}
        content = None
        if body is not None:
            content = json.dumps(body, ensure_ascii=False).encode()
            headers["Content-Type"] = "application/json"
        target = f"{path}?{urlencode(query, doseq=True)}" if query else path
        connection = _UnixConnection(self._path, timeout or self._timeout)
        try:
            connection.request(verb, target, body=content, headers=headers)
            answer = connection.getresponse()
            raw = answer.read(LARGEST_ANSWER + 1)
        except (OSError, http.client.HTTPException) as error:
            raise ConsoleAway(f"{self._path}: {error}") from error
        finally:
            connection.close()
        if as_text and answer.status < 300:
            return raw.decode("utf-8")
        return _decoded(verb, path, answer.status, raw)

    def wait(
        self,
        path: str,
        done: Callable[[Json], bool],
        *,
        seconds: float,
        pause: float = 0.2,
        seen: Callable[[Json], None] | None = None,
        language: str = "en",
    ) -> Json:
        """Ask `GET path` again and again until `done(answer)`; each answer is also given to `seen`.

        A console that is away meanwhile (it may be restarting) is asked again. Raises `ConsoleAway` when the time is
        over before the answer was good.
        """
        deadline = time.monotonic() + seconds
        while True:
            last: ConsoleAway | None = None
            try:
                answer = self.request("GET", path, language=language, timeout=min(self._timeout, max(seconds, 1.0)))
                if seen is not None:
                    seen(answer)
                if done(answer):
                    return answer
            except ConsoleAway as error:
                last = error
            if time.monotonic() >= deadline:
                raise ConsoleAway(f"{path}: no answer in {seconds:.0f} s") from last
            time.sleep(pause)


def _decoded(verb: str, path: str, status: int, raw: bytes) -> Json:
    if len(raw) > LARGEST_ANSWER:
        raise ConsoleFailed(f"{verb} {path}: the answer is too large")
    try:
        value = json.loads(raw) if raw.strip() else None
    except ValueError:
        value = None
        if status < 400:
            raise ConsoleFailed(f"{verb} {path}: HTTP {status}, not JSON") from None
    if status < 300:
        return value
    if 400 <= status < 500:
        raise ConsoleRefused(status, value if isinstance(value, dict) else {})
    said = value.get("detail") if isinstance(value, dict) else None
    raise ConsoleFailed(f"{verb} {path}: HTTP {status}{f', {said}' if said else ''}")
