"""What verifying and signing cost, beside other Python programs on the same messages in the same run.

    .venv/bin/python -m bench.mailauth

Times are CPU microseconds of one message, the least of several rounds; ratios are firmer than times. DNS answers come from a
dictionary. A budget that is missed makes the exit status 1.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from functools import partial
from ipaddress import ip_address

import dkim as dkimpy
import spf as pyspf

from fumibako.mail.header import parse_message
from fumibako.mailauth.arc import verify as arc
from fumibako.mailauth.author import find_author
from fumibako.mailauth.body import BodyHasher
from fumibako.mailauth.dkim import verify as dkim
from fumibako.mailauth.dkim.sign import Signer
from fumibako.mailauth.dmarc.evaluate import Identifier, evaluate
from fumibako.mailauth.results.authentication_results import (
    AuthenticationResults,
    format_authentication_results,
)
from fumibako.mailauth.results.compose import arc_entry, dkim_entries, dmarc_entry, spf_entry
from fumibako.mailauth.spf.check import check_mail_from
from fumibako.mailauth.spf.result import SpfResult
from fumibako.milter.frames import frame
from fumibako.milter.negotiation import Action, Step, Wanted
from fumibako.milter.session import Session
from tests.mailauth.signed import DOMAIN, HEADER, LATER, Keys, dkim_fields
from tests.mailauth.zone import Zone, run

SPF = "v=spf1 ip4:198.51.100.0/24 mx include:_spf.example.org ip4:192.0.2.0/24 -all"
VERIFY_BUDGET = 500  # microseconds for 4 KB with one RSA-2048 signature


def cost(work: Callable[[], object], seconds: float = 0.4) -> float:
    """CPU microseconds of one call: the least of five rounds."""
    work()
    start = time.process_time()
    work()
    count = max(1, int(seconds / 5 / max(time.process_time() - start, 1e-6)))
    rounds = []
    for _ in range(5):
        start = time.process_time()
        for _ in range(count):
            work()
        rounds.append((time.process_time() - start) / count)
    return min(rounds) * 1e6


class Bench:
    """Keys, a zone that publishes them and everything else that the checks ask for, and the work to be measured."""

    def __init__(self) -> None:
        self.keys = Keys()
        self.zone = Zone(
            {
                **{name: [("TXT", text)] for name, text in self.keys.records.items()},
                "_dmarc.example.org": [("TXT", "v=DMARC1; p=reject; rua=mailto:d@example.org")],
                "example.org": [("TXT", SPF), ("MX", (10, "mx.example.org"))],
                "mx.example.org": [("A", "198.51.100.9")],
                "_spf.example.org": [("TXT", "v=spf1 ip4:203.0.113.0/24 -all")],
            }
        )
        self.texts = {name: text.encode() for name, text in self.keys.records.items()}
        self.rsa = Signer(DOMAIN, "r", self.keys.signing["r"])
        self.both = [self.rsa, Signer(DOMAIN, "e", self.keys.signing["e"])]
        pyspf.DNSLookup = self._pyspf_lookup

    def verify(self, message: bytes) -> list[dkim.DkimResult]:
        header, body = parse_message(message)
        hasher = BodyHasher()
        verification = dkim.Verification(header, hasher, now=LATER)
        hasher.feed(body)
        hasher.finish()
        return run(verification.results(self.zone))

    def verify_dkimpy(self, message: bytes) -> bool:
        return bool(dkimpy.verify(message, dnsfunc=lambda name, timeout=5: self.texts.get(name.decode().rstrip("."))))  # noqa: ARG005

    def sign_dkimpy(self, message: bytes) -> bytes:
        signed: bytes = dkimpy.sign(
            message, b"r", b"example.org", self.keys.rsa_pem, canonicalize=(b"relaxed", b"relaxed")
        )
        return signed

    def everything(self, message: bytes) -> bytes:
        """SPF, DKIM, DMARC and ARC, and the field about them."""
        header, body = parse_message(message)
        hasher = BodyHasher()
        signatures = dkim.Verification(header, hasher, now=LATER)
        chain = arc.Verification(header, hasher)
        hasher.feed(body)
        hasher.finish()
        spf = self.spf()
        found = run(signatures.results(self.zone))
        identifiers = [Identifier("spf", spf.domain, spf.status)]
        identifiers += [Identifier("dkim", result.domain, result.status) for result in found]
        dmarc = run(evaluate(find_author(header), identifiers, self.zone))
        sealed = run(chain.result(self.zone))
        assert (spf.status, found[0].status, dmarc.status, sealed.status) == ("pass", "pass", "pass", "none")
        entries = (spf_entry(spf), *dkim_entries(found), dmarc_entry(dmarc), arc_entry(sealed))
        return format_authentication_results(AuthenticationResults("mx.example.jp", entries))

    def spf(self) -> SpfResult:
        client = ip_address("192.0.2.1")
        return run(check_mail_from(client, "a@example.org", "h", self.zone, receiver="mx", now=LATER))

    def spf_pyspf(self) -> object:
        return pyspf.check2(i="192.0.2.1", s="a@example.org", h="h")

    def _pyspf_lookup(self, name: str, kind: str, *_more: object) -> list[tuple[tuple[str, str], object]]:
        found = self.zone.records(name, kind).records
        return [((name, kind), (value.encode(),) if kind == "TXT" else value) for value in found]


def line(what: str, ours: float, peer: str = "", theirs: float = 0) -> None:
    beside = f"   {peer} {theirs:8.0f} µs   {theirs / ours:5.1f} ×" if peer else ""
    print(f"{what:36}{ours:8.0f} µs{beside}")


def main() -> int:
    bench = Bench()
    status = 0
    signed = b""
    for size in (4, 100):
        message = HEADER + b"This is a line of text, as people write them to each other.\r\n" * (size * 1024 // 61)
        signed = dkim_fields(message, [bench.rsa])[0].octets + message
        assert bench.verify(signed)[0].passed
        assert bench.verify_dkimpy(signed)
        verified = cost(partial(bench.verify, signed))
        line(f"{size} KB, verify DKIM (RSA-2048)", verified, "dkimpy", cost(partial(bench.verify_dkimpy, signed)))
        made = cost(partial(dkim_fields, message, [bench.rsa]))
        line(f"{size} KB, sign DKIM (RSA-2048)", made, "dkimpy", cost(partial(bench.sign_dkimpy, message)))
        line(f"{size} KB, sign DKIM with both keys", cost(partial(dkim_fields, message, bench.both)))
        line(f"{size} KB, SPF, DKIM, DMARC, ARC", cost(partial(bench.everything, signed)))
        if size == 4 and verified > VERIFY_BUDGET:
            print(f"Verifying 4 KB took more than {VERIFY_BUDGET} µs.", file=sys.stderr)
            status = 1
    line("SPF, one mx and one include", cost(bench.spf), "pyspf ", cost(bench.spf_pyspf))
    line("milter, hearing a message of 100 KB", cost(partial(heard, milter_stream(signed))))
    return status


def milter_stream(message: bytes) -> bytes:
    header, body = parse_message(message)
    packets = [
        frame(b"O", b"\0\0\0\x06\0\0\x01\xff\0\x1f\xff\xff"),
        frame(b"C", b"h\x004\0\x19192.0.2.1\0"),
        frame(b"M", b"<a@b>\0"),
    ]
    packets += [frame(b"L", field.name + b"\0" + field.value + b"\0") for field in header]
    packets += [
        frame(b"N"),
        *(frame(b"B", body[start : start + 65_535]) for start in range(0, len(body), 65_535)),
        frame(b"E"),
    ]
    return b"".join(packets)


def heard(stream: bytes) -> int:
    session = Session(Wanted(Action.ADD_HEADERS, Step.SILENT_HEADER))
    return sum(1 for start in range(0, len(stream), 65_536) for _ in session.receive(stream[start : start + 65_536]))


if __name__ == "__main__":
    sys.exit(main())
