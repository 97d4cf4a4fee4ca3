"""The applier's socket: who speaks is the kernel's word, what is said is read as strictly as it can be.

One thread a connection, requests of one connection in sequence. A peer that is neither root nor the node agent gets one
refusal and no hearing; a frame that is none ends its connection, a request that is none gets a refusal.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import socket
import struct
import sys
import threading
from pathlib import Path
from typing import Any, Final

from fumibako.applier.refused import Refused
from fumibako.applier.verbs import Verbs
from fumibako.layout import NODE_USER, Home
from fumibako.schema.text import Text
from fumibako.wire import frames
from fumibako.wire.applier import parse_request
from fumibako.wire.records import BadRecord, as_json

_IDLE: Final = 600.0
_MOST_CONNECTIONS: Final = 32
_FAREWELL: Final = 1.0
_PIECE: Final = 1 << 16


class Server:
    """Listens on `Home.applier_socket`."""

    def __init__(self, home: Home, verbs: Verbs) -> None:
        self._verbs = verbs
        self._places = threading.Semaphore(_MOST_CONNECTIONS)
        path = Path(home.applier_socket)
        path.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        before = os.umask(0o177)
        try:
            self._socket.bind(str(path))
        finally:
            os.umask(before)
        # The agent reaches the directory by its group; the socket is opened to that group, its peers are looked at below.
        self._socket.listen(128)
        with contextlib.suppress(KeyError):  # before `init` has made the users, root alone may ask
            os.chown(path, 0, pwd.getpwnam(NODE_USER).pw_gid)
            path.chmod(0o660)

    def serve(self) -> None:
        """Accept until the socket is closed."""
        while True:
            try:
                line, _ = self._socket.accept()
            except OSError:
                return
            if self._places.acquire(blocking=False):
                threading.Thread(target=self._converse, args=(line,), daemon=True).start()
            else:
                line.close()

    def close(self) -> None:
        self._socket.close()

    def _converse(self, line: socket.socket) -> None:
        try:
            with line:
                line.settimeout(_IDLE)
                if not is_allowed(peer_of(line)):
                    text = Text(
                        "Only root and the node agent may ask.", "root とノードエージェント以外は利用できません。"
                    )
                    _send(line, Refused("not_allowed", text).as_answer(), None)
                    # Closed with bytes unread, the line would break before the answer is read.
                    line.shutdown(socket.SHUT_WR)
                    line.settimeout(_FAREWELL)
                    line.recv(_PIECE)
                    return
                while (body := _receive(line)) is not None:
                    answer, passed = self._answer(body)
                    try:
                        _send(line, answer, passed)
                    finally:
                        if passed is not None:
                            passed.close()
        except (OSError, frames.BadFrame) as error:
            sys.stderr.write(f"connection: {error}\n")
        finally:
            self._places.release()

    def _answer(self, body: bytes) -> tuple[dict[str, Any], socket.socket | None]:
        try:
            request = parse_request(frames.decode(body))
            sys.stderr.write(f"{request.verb}\n" if request.verb not in ("observe", "connect") else "")
            answer, passed = self._verbs.do(request)
        except BadRecord as error:
            return Refused(
                "bad_request", Text("Not a request.", "要求の形式が正しくありません。"), str(error)
            ).as_answer(), None
        except Refused as refused:
            sys.stderr.write(f"refused: {refused}\n")
            return refused.as_answer(), None
        except OSError as error:
            sys.stderr.write(f"system: {error}\n")
            text = Text(f"The system refused: {error.strerror}", f"システムエラーです: {error.strerror}")
            return Refused("system", text, str(error)).as_answer(), None
        return {"ok": True, **as_json(answer)}, passed


def peer_of(line: socket.socket) -> int:
    """The user id of the process at the other end."""
    credentials = line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    user = struct.unpack("3i", credentials)[1]
    assert isinstance(user, int)
    return user


def is_allowed(user: int) -> bool:
    """Root, or the node agent where its user exists."""
    if user == 0:
        return True
    try:
        return user == pwd.getpwnam(NODE_USER).pw_uid
    except KeyError:
        return False


def _receive(line: socket.socket) -> bytes | None:
    """The next frame's body; None at the end of the stream."""
    header = _read(line, frames.HEADER)
    return None if header is None else _read(line, frames.body_length(header))


def _read(line: socket.socket, count: int) -> bytes | None:
    data = bytearray()
    while len(data) < count:
        piece = line.recv(min(count - len(data), _PIECE))
        if not piece:
            if data:
                raise frames.BadFrame("the stream ends in the middle of a frame")
            return None
        data += piece
    return bytes(data)


def _send(line: socket.socket, answer: dict[str, Any], passed: socket.socket | None) -> None:
    """A frame; a descriptor rides on its first byte."""
    frame = frames.encode(answer)
    if passed is not None:
        socket.send_fds(line, [frame[:1]], [passed.fileno()])
        frame = frame[1:]
    line.sendall(frame)
