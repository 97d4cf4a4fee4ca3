"""Small real scanners: one that gives mail back, one that takes port 25 for the server, one that is a milter."""

from __future__ import annotations

import contextlib
import smtplib
import socket
import struct
import threading
from typing import Any

from tests.document.conversation import Scanner


class GivingBack(Scanner):
    """Takes mail from the server and gives it back at `back`, with a line of its own. May come up after the server."""

    def __init__(self, back: int, port: int = 0) -> None:
        self.back = back
        super().__init__("127.0.0.1", port=port)

    def _session(self, file: Any) -> None:
        def say(line: str) -> None:
            file.write(line.encode() + b"\r\n")
            file.flush()

        sender, recipients = "", list[str]()
        say("220 scanner.test ESMTP")
        while line := file.readline():
            word = line[:4].upper()
            if word == b"MAIL":
                sender, recipients = line.decode().partition("<")[2].partition(">")[0], []
            elif word == b"RCPT":
                recipients.append(line.decode().partition("<")[2].partition(">")[0])
            elif word == b"DATA":
                say("354 go on")
                body = b""
                while (line := file.readline()) not in (b".\r\n", b""):
                    body += line
                self.messages.append(body.decode())
                with smtplib.SMTP("127.0.0.1", self.back, local_hostname="scanner.test") as giving:
                    giving.sendmail(sender, recipients, b"X-Scanned: clean\r\n" + body)
            elif word == b"QUIT":
                say("221 bye")
                return
            say("250 ok")


class InFront:
    """Takes connections in the server's place and passes on what is said; names the client by XCLIENT where told."""

    def __init__(self, server: int, client: str | None = None) -> None:
        self._server, self._client = server, client
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._pass_on, args=(client,), daemon=True).start()

    def _pass_on(self, client: socket.socket) -> None:
        server = socket.create_connection(("127.0.0.1", self._server))
        if self._client is not None:
            reader = server.makefile("rb")
            for line in (None, "EHLO scanner.test", f"XCLIENT ADDR={self._client} NAME=[UNAVAILABLE]"):
                if line is not None:
                    server.sendall(f"{line}\r\n".encode())
                if line is None or line.startswith("EHLO"):
                    while reader.readline()[3:4] == b"-":
                        pass
        threading.Thread(target=_copy, args=(client, server), daemon=True).start()
        _copy(server, client)


def _copy(one: socket.socket, other: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := one.recv(65536):
            other.sendall(data)
        other.shutdown(socket.SHUT_WR)


class MilterScanner:
    """A milter that refuses what holds the word EICAR (milter protocol version 6)."""

    def __init__(self, port: int = 0) -> None:
        self._listener = socket.create_server(("127.0.0.1", port))
        self.port = self._listener.getsockname()[1]
        self.scanned = 0
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                line, _ = self._listener.accept()
                threading.Thread(target=self._session, args=(line,), daemon=True).start()

    def _session(self, line: socket.socket) -> None:
        body = b""
        with line, contextlib.suppress(OSError, EOFError, struct.error), line.makefile("rwb") as file:
            while True:
                frame = file.read(struct.unpack("!I", file.read(4))[0])
                command, data = frame[:1], frame[1:]
                answer = b"c"
                if command == b"O":
                    answer = b"O" + struct.pack("!III", 6, 0, 0)
                elif command == b"B":
                    body += data
                elif command == b"E":
                    self.scanned += 1
                    answer = b"y550 5.7.1 A virus was found\0" if b"EICAR" in body + data else b"c"
                    body = b""
                elif command in (b"D", b"A"):
                    body = b"" if command == b"A" else body
                    continue
                elif command in (b"Q", b"K"):
                    if command == b"Q":
                        return
                    continue
                file.write(struct.pack("!I", len(answer)) + answer)
                file.flush()
