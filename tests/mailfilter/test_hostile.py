"""Whatever comes over the milter socket: bounded, never a pass, and other connections go on."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

from fumibako.milter.frames import frame
from tests.mailfilter.conftest import FilterRig, eventually

OFFER = frame(b"O", b"\0\0\0\6" + b"\0\0\1\xff" + b"\0\x1f\xff\xff")
CONNECT = frame(b"C", b"mx.sender.test\x004\x30\x39198.51.100.9\0")
BEGINNING = (
    CONNECT + frame(b"H", b"mx.sender.test\0") + frame(b"M", b"<a@sender.invalid>\0") + frame(b"R", b"<b@example.jp>\0")
)
END = frame(b"N") + frame(b"B", b"Hello\r\n") + frame(b"E")


def answer(rig: FilterRig, octets: bytes) -> bytes:
    """What the filter says to a message, without the negotiation."""
    with rig.connected("milter") as line:
        line.sendall(OFFER)
        line.recv(1000)
        line.sendall(octets)
        said = b""
        while not said.endswith(b"\0\0\0\1a") and b"y45" not in said and b"y55" not in said:
            piece = line.recv(65536)
            if not piece:
                break
            said += piece
        return said


def header(name: bytes, value: bytes) -> bytes:
    return frame(b"L", name + b"\0" + value + b"\0")


def spent(rig: FilterRig) -> float:
    (worker,) = rig.workers()
    fields = Path(f"/proc/{worker}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def largest(rig: FilterRig) -> int:
    (worker,) = rig.workers()
    line = next(each for each in Path(f"/proc/{worker}/status").read_text().splitlines() if each.startswith("VmHWM"))
    return int(line.split()[1]) // 1024


def begun(rig: FilterRig) -> None:
    # Nobody answers at that port: every look-up fails, and soon.
    rig.install(resolvers=["127.0.0.1:9"], dkim_verify=True, dmarc_check=True, arc_verify=True, domainkeys_verify=True)
    rig.start(1)


def test_garbage_ends_its_own_connection_and_no_other(mail_filter: FilterRig) -> None:
    begun(mail_filter)
    noise = random.Random(1)
    with mail_filter.connected("milter") as good:
        good.sendall(OFFER)
        assert good.recv(1000)
        for _ in range(50):
            with mail_filter.connected("milter") as bad:
                bad.sendall(OFFER[: noise.randrange(20)] + noise.randbytes(noise.randrange(1, 3000)))
        good.sendall(BEGINNING + header(b"From", b" a@sender.invalid") + END)
        assert eventually(lambda: b"Authentication-Results" in good.recv(65536), 30)


def test_what_costs_much_is_bounded_and_never_passes(mail_filter: FilterRig) -> None:
    begun(mail_filter)
    signature = b" v=1; a=rsa-sha256; d=sender.invalid; s=s; h=from; bh=AAAA; b=" + b"A" * 300
    instance = b" i=%d; a=rsa-sha256; d=sender.invalid; s=s; cv=none; b=AAAA"
    hostile = {
        "folds": header(b"Subject", b" x\r\n" * 1 + b"\tx\r\n" * 24_000 + b"\tx"),
        "signatures": header(b"DKIM-Signature", signature) * 10_000,
        "sets": b"".join(header(b"ARC-Seal", instance % number) for number in range(1, 201)),
        "instance": header(b"ARC-Seal", b" i=100000000000000000000; cv=none; b=x"),
        "authors": header(b"From", b" a@sender.invalid,") * 2_000,
        "nul": header(b"From", b" \x80\xff <a@sender.invalid>"),
    }
    for name, octets in hostile.items():
        before, clock = spent(mail_filter), time.monotonic()
        said = answer(mail_filter, BEGINNING + header(b"From", b" a@sender.invalid") + octets + END)
        assert b"dkim=pass" not in said, name
        assert b"dmarc=pass" not in said, name
        assert b"arc=pass" not in said, name
        assert spent(mail_filter) - before < 5, name
        assert time.monotonic() - clock < 40, name
    assert largest(mail_filter) < 256


def test_a_header_without_end_is_refused_and_not_kept(mail_filter: FilterRig) -> None:
    begun(mail_filter)
    said = answer(mail_filter, BEGINNING + header(b"X-Long", b" " + b"x" * 60_000) * 1_000 + END)
    assert b"y552 5.3.4" in said
    assert largest(mail_filter) < 256
