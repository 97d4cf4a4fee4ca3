"""Both ends of a mail protocol, line by line: a client for tests and a scanner that takes everything."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from typing import Any


class Conversation:
    """Lines out, replies in: SMTP, POP3 and the first words of IMAP."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.pending = b""
        self.greeting = self.reply()

    def line(self) -> str:
        while b"\n" not in self.pending:
            data = self.connection.recv(65536)
            if not data:
                raise ConnectionError("closed")
            self.pending += data
        line, _, self.pending = self.pending.partition(b"\n")
        return line.decode().rstrip("\r")

    def reply(self) -> str:
        """One reply: an SMTP reply of several lines is joined by newlines."""
        lines = [self.line()]
        while lines[-1][:3].isdigit() and lines[-1][3:4] == "-":
            lines.append(self.line())
        return "\n".join(lines)

    def say(self, line: str) -> str:
        self.connection.sendall(line.encode() + b"\r\n")
        return self.reply()

    def tagged(self, command: str) -> str:
        """An IMAP command and everything up to its answer."""
        self.connection.sendall(f"a {command}\r\n".encode())
        lines = [self.line()]
        while not lines[-1].startswith("a "):
            lines.append(self.line())
        return "\n".join(lines)

    def secure(self) -> None:
        """TLS from here on; what the server said before does not count (RFC 3207 §4.2)."""
        self.connection = secured(self.connection)
        self.pending = b""

    def close(self) -> None:
        self.connection.close()


def secured(connection: socket.socket) -> socket.socket:
    """The connection with TLS; whose certificate it is is not what is tested."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context.wrap_socket(connection)


class Scanner:
    """An SMTP server that takes everything and gives nothing back."""

    def __init__(self, host: str, port: int = 0) -> None:
        self.messages: list[str] = []
        self.commands: list[str] = []
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.listener = socket.create_server((host, port), family=family)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        # A close alone would leave it listening for as long as a thread waits in accept.
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):  # until it is closed
            while True:
                connection, _ = self.listener.accept()
                # Who goes away in the middle, as one who only looks whether somebody is there, ends nobody else's session.
                with contextlib.suppress(OSError), connection, connection.makefile("rwb") as file:
                    self._session(file)

    def _session(self, file: Any) -> None:
        def say(line: str) -> None:
            file.write(line.encode() + b"\r\n")
            file.flush()

        say("220 scanner.test ESMTP")
        while line := file.readline():
            word = line[:4].upper()
            self.commands.append(line.decode(errors="replace").rstrip())
            if word == b"DATA":
                say("354 go on")
                body = b""
                while (line := file.readline()) not in (b".\r\n", b""):
                    body += line
                self.messages.append(body.decode())
                say("250 taken")
            elif word == b"QUIT":
                say("221 bye")
                return
            else:
                say("250 ok")
