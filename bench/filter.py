"""What the mail filter costs: messages delivered a second through real Postfix and Dovecot, with the filter and without.

    .venv/bin/python -m bench.filter [MESSAGES] [CONNECTIONS]

One server, one run; the filter is switched off for the comparison and nothing else. Each scenario sends signed mail of a
stranger (SPF, DKIM, DMARC and ARC are checked) or mail of a permitted client (signed with RSA-2048), 4 KB and 100 KB, over some
connections at once, and ends when the last message lies in the mailbox. The rates depend on the machine, their ratios little.
`CPU` is what the filter's processes took for a message. Exit status 1 when a budget is missed.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from fumibako.home.processes import memory_of
from fumibako.mail.header import parse_message
from fumibako.mailauth.body import BodyHasher
from fumibako.mailauth.dkim.sign import Signer, Signing
from fumibako.mailauth.privatekey import SigningKey
from fumibako.mailauth.sealedkey import seal
from fumibako.schema.edit import Edit
from fumibako.schema.place import planted
from tests.document.mail_server import ACCOUNT, DOMAIN, MailServer, check, scratch
from tests.mailfilter.name_server import NameServer, txt

RATIOS = {("check", 4): 0.75, ("sign", 4): 0.80, ("check", 100): 0.80}
CPU_BUDGET = 1.2  # milliseconds for checking 4 KB
MEMORY_BUDGET = 120  # MB for two workers and their parent
ROUNDS = 3
LINE = "This is a line of text, as people write them to each other.\r\n"


class Load:
    """The messages of one scenario."""

    def __init__(self, server: MailServer, size: int, author: str, signer: Signer | None) -> None:
        self.port = server.port("smtp")
        self.sender = author
        text = f"From: {author}\r\nTo: {ACCOUNT}\r\nSubject: bench\r\nMessage-ID: <bench@x.test>\r\n"
        text += "Date: Tue, 24 Nov 2026 08:00:00 +0000\r\n\r\n" + LINE * (size * 1024 // len(LINE))
        octets = text.encode()
        if signer is not None:
            header, body = parse_message(octets)
            hasher = BodyHasher()
            signing = Signing(header, hasher, [signer], now=int(time.time()))
            hasher.feed(body)
            hasher.finish()
            octets = b"".join(field.octets for field in signing.fields()) + octets
        self.octets = octets + b".\r\n"

    async def sent(self, messages: int, connections: int) -> None:
        left = iter(range(messages))
        await asyncio.gather(*(self._session(left) for _ in range(connections)))

    async def _session(self, left: Iterator[int]) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)

        async def say(octets: bytes) -> None:
            writer.write(octets)
            while True:
                line = await reader.readline()
                assert line[:1] in b"23", line
                if line[3:4] == b" ":
                    return

        await say(b"")
        await say(b"EHLO scanner.test\r\n")
        await say(b"XCLIENT ADDR=198.51.100.9 NAME=mx.sender.test\r\n")
        await say(b"EHLO mx.sender.test\r\n")
        for _ in left:
            await say(b"MAIL FROM:<%b>\r\n" % self.sender.encode())
            await say(b"RCPT TO:<%b>\r\n" % ACCOUNT.encode())
            await say(b"DATA\r\n")
            await say(self.octets)
        writer.write(b"QUIT\r\n")
        writer.close()


def delivered(server: MailServer) -> int:
    return Path(server.home.postfix_log).read_text(errors="replace").count("status=sent")


def processes(server: MailServer) -> list[int]:
    assert server.mail_filter is not None
    parent = server.mail_filter.pid
    return [parent, *map(int, Path(f"/proc/{parent}/task/{parent}/children").read_text().split())]


def cpu(server: MailServer) -> float:
    """Seconds of CPU that the filter has taken."""
    ticks = 0
    for pid in processes(server):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def rate(server: MailServer, load: Load, messages: int, connections: int) -> tuple[float, float]:
    """Messages delivered a second, and the filter's CPU milliseconds for one."""
    before, spent, begun = delivered(server), cpu(server), time.monotonic()
    asyncio.run(load.sent(messages, connections))
    while delivered(server) < before + messages:
        time.sleep(0.02)
    seconds = time.monotonic() - begun
    return messages / seconds, (cpu(server) - spent) * 1000 / messages


def write_cool(path: Path, text: str) -> None:
    """Postfix waits for files that were changed just now to cool down."""
    path.write_text(text)
    os.utime(path, (time.time() - 60, time.time() - 60))


@contextlib.contextmanager
def switched(server: MailServer, on: bool) -> Iterator[None]:
    """With the filter, or without it; and without the pause that Postfix makes when mail comes faster than it goes."""
    main_cf = Path(server.home.postfix) / "main.cf"
    kept = main_cf.read_text()
    lines = [line for line in kept.splitlines() if on or "milters = " not in line]
    write_cool(main_cf, "\n".join([*lines, "in_flow_delay = 0", ""]))
    check(["postfix", "-c", str(server.home.postfix), "reload"], quiet=False)
    time.sleep(1)
    try:
        yield
    finally:
        write_cool(main_cf, kept)


def empty(server: MailServer) -> None:
    argv = ["doveadm", "-c", str(server.home.dovecot_conf), "expunge", "-u", ACCOUNT, "mailbox", "INBOX", "all"]
    subprocess.run(argv, check=True)


def main() -> int:
    messages = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    connections = int(sys.argv[2]) if len(sys.argv) > 2 else 10
    strangers, own = SigningKey.of(generate_private_key(65537, 2048)), generate_private_key(65537, 2048)
    names = NameServer(
        {
            "s._domainkey.good.test": [txt(strangers.dkim_record)],
            "good.test": [txt("v=spf1 ip4:192.0.2.0/24 ip4:198.51.100.0/24 -all")],
            "_dmarc.good.test": [txt("v=DMARC1; p=reject")],
        }
    )
    status = 0
    with scratch(("127.0.0.1",)) as server:
        signing = {"dkim": {"enabled": True, "rsa": "r", "ed25519": None}, "domainkeys": {"enabled": False}}
        server.edit(
            Edit(("authentication", "signing", DOMAIN), None, signing),
            Edit(("accounts", ACCOUNT, "quota_mb"), 10, None),
        )
        public = base64.b64decode(Path(server.home.sealing_key).read_bytes())
        content = own.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        sealed = seal(public, f"{DOMAIN}/r", content, X25519PrivateKey.generate())
        server.look_up("INSERT INTO signing_keys VALUES (?, 'r', 'rsa', ?)", DOMAIN, sealed)
        tree = planted(server.settings(services__smtp__behind_scanner=True), ("dns", "resolvers"), [names.address])
        server.install(tree)
        stranger = Signer("good.test", "s", strangers)
        for what, size in (("check", 4), ("sign", 4), ("check", 100)):
            permitted = Edit(("access", "permitted_clients", "198.51.100.9"), None, True)
            server.edit(permitted if what == "sign" else permitted.inverse())
            author = ACCOUNT if what == "sign" else "a@good.test"
            load = Load(server, size, author, stranger if what == "check" else None)
            count = messages if size < 100 else messages // 4
            best = {True: (0.0, 0.0), False: (0.0, 0.0)}
            for _ in range(ROUNDS):
                for on in (False, True):
                    with switched(server, on):
                        best[on] = max(best[on], rate(server, load, count, connections))
                    empty(server)
            ratio = best[True][0] / best[False][0]
            print(
                f"{what:6}{size:4} KB   without {best[False][0]:6.0f}/s   with {best[True][0]:6.0f}/s   ratio {ratio:.2f}"
                f"   CPU {best[True][1]:.2f} ms",
                flush=True,
            )
            if ratio < RATIOS[what, size] or ((what, size) == ("check", 4) and best[True][1] > CPU_BUDGET):
                print(f"Wanted: a ratio of {RATIOS[what, size]}, CPU {CPU_BUDGET} ms.", file=sys.stderr)
                status = 1
        memory = sum(memory_of(pid) for pid in processes(server)) / 1e6
        print(f"memory of the filter: {memory:.0f} MB")
        status = status or int(memory > MEMORY_BUDGET)
    names.close()
    return status


if __name__ == "__main__":
    sys.exit(main())
