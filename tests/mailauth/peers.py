"""Other programs that sign and verify: Perl's Mail::DKIM, dkimpy and OpenDKIM's library, behind one interface.

Each of them signs a message and gives the field, and says of a signed message whether the signature holds.
"""

from __future__ import annotations

import base64
import ctypes
import json
import subprocess
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import dkim as dkimpy  # type: ignore[import-untyped]

_CANONICALIZATIONS = {"simple": 0, "relaxed": 1}
HERE = Path(__file__).resolve().parent


class Peer(Protocol):
    name: str

    def sign(
        self,
        message: bytes,
        header_form: str,
        body_form: str,
        names: Sequence[str],
        pem: bytes,
        *,
        ed25519: bool = False,
    ) -> bytes: ...

    def verifies(self, message: bytes, zone: dict[str, str]) -> bool: ...


class MailDkim:
    """Perl's Mail::DKIM, which alone still knows DomainKeys."""

    name = "Mail::DKIM"

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            ["perl", str(HERE / "mail_dkim.pl")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=10)

    def _ask(self, **question: Any) -> dict[str, str]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        question["message"] = base64.b64encode(question["message"]).decode()
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        answer: dict[str, str] = json.loads(self._process.stdout.readline())
        return answer

    def sign(
        self,
        message: bytes,
        header_form: str,
        body_form: str,
        names: Sequence[str],
        pem: bytes,
        *,
        ed25519: bool = False,
    ) -> bytes:
        assert not ed25519
        return self._signed(
            message,
            pem,
            kind="dkim",
            form=f"{header_form}/{body_form}",
            headers=":".join(names),
            algorithm="rsa-sha256",
        )

    def sign_domainkeys(self, message: bytes, form: str, pem: bytes, *, with_names: bool) -> bytes:
        return self._signed(message, pem, kind="domainkeys", form=form, headers="yes" if with_names else "")

    def sign_historic(self, message: bytes, pem: bytes) -> bytes:
        return self._signed(
            message, pem, kind="dkim", form="relaxed/relaxed", headers="from:subject", algorithm="rsa-sha1"
        )

    def sealed(self, message: bytes, pem: bytes, zone: dict[str, str]) -> bytes:
        """The three fields of one more ARC set."""
        body = "".join(pem.decode().strip().splitlines()[1:-1])
        answer = self._ask(do="seal", message=message, key=body, domain="example.org", selector="r", zone=zone)
        assert "field" in answer, answer
        return base64.b64decode(answer["field"])

    def validates(self, message: bytes, zone: dict[str, str]) -> str:
        return self._ask(do="validate", message=message, zone=zone)["result"]

    def _signed(self, message: bytes, pem: bytes, **options: str) -> bytes:
        body = "".join(pem.decode().strip().splitlines()[1:-1])
        answer = self._ask(do="sign", message=message, key=body, domain="example.org", selector="r", **options)
        assert "field" in answer, answer
        return base64.b64decode(answer["field"])

    def verdict(self, message: bytes, zone: dict[str, str]) -> str:
        return self._ask(do="verify", message=message, zone=zone)["detail"]

    def verdicts(self, message: bytes, zone: dict[str, str]) -> list[tuple[str, str]]:
        """Algorithm and result of each signature, DKIM's and DomainKeys'."""
        each: Any = self._ask(do="verify", message=message, zone=zone)["each"]
        return sorted((algorithm, result) for algorithm, result in each)

    def verifies(self, message: bytes, zone: dict[str, str]) -> bool:
        return self._ask(do="verify", message=message, zone=zone)["result"] == "pass"


class Dkimpy:
    name = "dkimpy"

    def sign(
        self,
        message: bytes,
        header_form: str,
        body_form: str,
        names: Sequence[str],
        pem: bytes,
        *,
        ed25519: bool = False,
    ) -> bytes:
        field: bytes = dkimpy.sign(
            message,
            b"e" if ed25519 else b"r",
            b"example.org",
            pem,
            canonicalize=(header_form.encode(), body_form.encode()),
            include_headers=[name.encode() for name in names],
            signature_algorithm=b"ed25519-sha256" if ed25519 else b"rsa-sha256",
        )
        return field

    def verifies(self, message: bytes, zone: dict[str, str]) -> bool:
        return bool(dkimpy.verify(message, dnsfunc=partial(_text, zone)))

    def sealed(self, message: bytes, pem: bytes) -> bytes:
        """The three fields of one more ARC set; what the chain was, it takes from the results in the message."""
        fields: list[bytes] = dkimpy.arc_sign(message, b"r", b"example.org", pem, b"mx.example.org")
        return b"".join(fields)

    def validates(self, message: bytes, zone: dict[str, str]) -> str:
        status, _, _ = dkimpy.arc_verify(message, dnsfunc=partial(_text, zone))
        return str(status.decode())


def _text(zone: dict[str, str], name: bytes, timeout: int = 5) -> bytes | None:
    found = zone.get(name.decode().rstrip("."))
    return found.encode() if found else None


class OpenDkim:
    """libopendkim. Keys come from a file: the library has that for tests."""

    name = "OpenDKIM"

    def __init__(self, folder: Path) -> None:
        library = self._library = ctypes.CDLL("libopendkim.so.11")
        for name in ("dkim_init", "dkim_sign", "dkim_verify"):
            getattr(library, name).restype = ctypes.c_void_p
        self._keys = folder / "keys.txt"

    def _handle(self) -> ctypes.c_void_p:
        handle = ctypes.c_void_p(self._library.dkim_init(None, None))
        method, path = ctypes.c_int(1), ctypes.create_string_buffer(str(self._keys).encode())
        self._library.dkim_options(handle, 1, 6, ctypes.byref(method), ctypes.c_size_t(4))
        self._library.dkim_options(handle, 1, 7, path, ctypes.c_size_t(len(path.value)))
        return handle

    def _feed(self, context: ctypes.c_void_p, message: bytes) -> int:
        head, _, body = message.partition(b"\r\n\r\n")
        for field in head.replace(b"\r\n ", b"\0 ").replace(b"\r\n\t", b"\0\t").split(b"\r\n"):
            octets = field.replace(b"\0", b"\r\n")
            assert not self._library.dkim_header(context, octets, ctypes.c_size_t(len(octets)))
        status = int(self._library.dkim_eoh(context))
        if status:
            return status
        for start in range(0, len(body), 4096):
            piece = body[start : start + 4096]
            self._library.dkim_body(context, piece, ctypes.c_size_t(len(piece)))
        return int(self._library.dkim_eom(context, None))

    def sign(
        self,
        message: bytes,
        header_form: str,
        body_form: str,
        names: Sequence[str],
        pem: bytes,
        *,
        ed25519: bool = False,
    ) -> bytes:
        handle, status = self._handle(), ctypes.c_int()
        wanted = (ctypes.c_char_p * (len(names) + 1))(*[name.encode() for name in names], None)
        self._library.dkim_options(handle, 1, 4, wanted, ctypes.c_size_t(ctypes.sizeof(ctypes.c_void_p)))
        context = ctypes.c_void_p(
            self._library.dkim_sign(
                handle, b"test", None, pem, b"e" if ed25519 else b"r", b"example.org",
                _CANONICALIZATIONS[header_form], _CANONICALIZATIONS[body_form],
                2 if ed25519 else 1, ctypes.c_ssize_t(-1), ctypes.byref(status),
            )
        )  # fmt: skip
        assert context.value, status.value
        assert self._feed(context, message) == 0
        field = ctypes.create_string_buffer(16384)
        assert not self._library.dkim_getsighdr(context, field, ctypes.c_size_t(len(field)), ctypes.c_size_t(16))
        self._library.dkim_free(context)
        self._library.dkim_close(handle)
        return b"DKIM-Signature: " + field.value.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n") + b"\r\n"

    def verifies(self, message: bytes, zone: dict[str, str]) -> bool:
        self._keys.write_text("".join(f"{name} {text}\n" for name, text in zone.items()))
        handle, status = self._handle(), ctypes.c_int()
        context = ctypes.c_void_p(self._library.dkim_verify(handle, b"test", None, ctypes.byref(status)))
        outcome = self._feed(context, message)
        self._library.dkim_free(context)
        self._library.dkim_close(handle)
        return outcome == 0
