"""A name server for tests: it answers over UDP from a dictionary, slowly where it is asked to."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

Records = Mapping[str, Sequence[tuple[str, str]]]


class NameServer:
    """Names to records (type and text as in a zone file). Names that are not there do not exist; those in `silent` get no
    answer. `asked` lists the questions."""

    def __init__(self, records: Records, *, delay: float = 0.0) -> None:
        self.records: dict[str, list[tuple[str, str]]] = {name: list(found) for name, found in records.items()}
        self.silent: set[str] = set()
        self.asked: list[tuple[str, str]] = []
        self.delay = delay
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """No thread is left that listens."""
        with contextlib.suppress(OSError):  # "not connected", and yet it wakes who waits
            self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join(5)
        self._socket.close()

    def _serve(self) -> None:
        while True:
            try:
                data, peer = self._socket.recvfrom(4096)
            except OSError:
                return
            if not data:
                return
            threading.Thread(target=self._answer, args=(data, peer), daemon=True).start()

    def _answer(self, data: bytes, peer: Any) -> None:
        query = dns.message.from_wire(data)
        question = query.question[0]
        name, kind = question.name.to_text(omit_final_dot=True).lower(), dns.rdatatype.to_text(question.rdtype)
        self.asked.append((name, kind))
        if name in self.silent:
            return
        time.sleep(self.delay)
        reply = dns.message.make_response(query, recursion_available=True)
        found = self.records.get(name)
        if found is None:
            reply.set_rcode(dns.rcode.NXDOMAIN)
        texts = [text for each, text in found or () if each == kind]
        if texts:
            reply.answer.append(dns.rrset.from_text(question.name, 300, "IN", kind, *texts))
        with contextlib.suppress(OSError):
            self._socket.sendto(reply.to_wire(max_size=4096), peer)


def txt(text: str) -> tuple[str, str]:
    """A text record, cut into strings of 255 octets."""
    return "TXT", " ".join(f'"{text[start : start + 255]}"' for start in range(0, len(text), 255))
