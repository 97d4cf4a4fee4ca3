"""What the mail filter costs: messages delivered a second through real Postfix and Dovecot, with the filter and without.

    .venv/bin/python -m bench.filter [MESSAGES] [CONNECTIONS]

One server, one run, a network and a name server of its own (unbound; needs root); the filter is switched off for the comparison
and nothing else. Each scenario sends signed mail of a stranger (SPF, DKIM, DMARC and ARC are checked) or mail of a permitted
client (signed with RSA-2048), 4 KB and 100 KB, over some connections at once to some mailboxes in turn (Dovecot lets one delivery
at a time into each), and ends when the last message lies in its mailbox.
`cold` is mail of 1,000 domains that the filter has not heard of, with 50 ms for each look-up. Other filters are measured in the
same run where they are installed: opendkim, rspamd with these checks alone, and the chain opendkim, opendmarc, policyd-spf.
The rates depend on the machine, their ratios little. `CPU` is what the filter's processes took for a message (that of policyd-spf
is not in it). Exit status 1 when a budget is missed.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import itertools
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median

from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bench.other_filters import Other, installed, running
from fumibako.home.processes import memory_of
from fumibako.mail.header import parse_message
from fumibako.mailauth.body import BodyHasher
from fumibako.mailauth.dkim.sign import Signer, Signing
from fumibako.mailauth.privatekey import SigningKey
from fumibako.mailauth.sealedkey import seal
from fumibako.schema.edit import Edit
from fumibako.schema.place import planted
from tests.document.mail_server import ACCOUNT, DOMAIN, MailServer, check, scratch
from tests.document.network import name_server, private_network
from tests.mailfilter.name_server import NameServer, txt

RATIOS = {("check", 4): 0.75, ("sign", 4): 0.80, ("check", 100): 0.80}
CPU_BUDGET = 1.2  # milliseconds for checking 4 KB
MEMORY_BUDGET = 120  # MB for two workers and their parent
ROUNDS = 5
COLD = 1000  # domains
SLOW = 0.05  # seconds for a look-up
MAILBOXES = [f"user{number}@{DOMAIN}" for number in range(20)]
LINE = "This is a line of text, as people write them to each other.\r\n"


class Load:
    """The messages of one scenario: sender and text, one after the other and again from the first."""

    def __init__(self, server: MailServer, messages: Sequence[tuple[str, bytes]]) -> None:
        self.port = server.port("smtp")
        self.messages = itertools.cycle(messages)
        self.recipients = itertools.cycle(MAILBOXES)

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
            sender, octets = next(self.messages)
            await say(b"MAIL FROM:<%b>\r\n" % sender.encode())
            await say(b"RCPT TO:<%b>\r\n" % next(self.recipients).encode())
            await say(b"DATA\r\n")
            await say(octets)
        writer.write(b"QUIT\r\n")
        writer.close()


def message(size: int, author: str, signer: Signer | None) -> tuple[str, bytes]:
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
    return author, octets + b".\r\n"


def processes(server: MailServer) -> list[int]:
    assert server.mail_filter is not None
    return family(server.mail_filter.pid)


def family(parent: int) -> list[int]:
    return [parent, *map(int, Path(f"/proc/{parent}/task/{parent}/children").read_text().split())]


def cpu(pids: Iterable[int]) -> float:
    """Seconds of CPU that the processes have taken."""
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def rate(server: MailServer, load: Load, messages: int, connections: int, pids: Iterable[int]) -> tuple[float, float]:
    """Messages delivered a second, and the filter's CPU milliseconds for one."""
    pids = list(pids)
    with Path(server.home.postfix_log).open(encoding="utf-8", errors="replace") as log:
        log.seek(0, os.SEEK_END)
        spent, begun = cpu(pids), time.monotonic()
        asyncio.run(load.sent(messages, connections))
        said = log.read()
        while said.count("status=sent") < messages:
            time.sleep(0.02)
            said += log.read()
        seconds = time.monotonic() - begun
    return messages / seconds, (cpu(pids) - spent) * 1000 / messages


def write_cool(path: Path, text: str) -> None:
    """Postfix waits for files that were changed just now to cool down."""
    path.write_text(text)
    os.utime(path, (time.time() - 60, time.time() - 60))


@contextlib.contextmanager
def switched(server: MailServer, on: bool, other: Other | None = None) -> Iterator[None]:
    """With our filter, with another one, or with none; and without the pause that Postfix makes when mail comes faster than it
    goes."""
    files = {name: Path(server.home.postfix) / name for name in ("main.cf", "master.cf")}
    kept = {name: path.read_text() for name, path in files.items()}
    lines = [line for line in kept["main.cf"].splitlines() if on or "milters = " not in line]
    write_cool(files["main.cf"], "\n".join([*lines, *(other.main_cf if other else ()), "in_flow_delay = 0", ""]))
    services = [kept["master.cf"], *(other.master_cf if other else ()), ""]
    master, at_data = "\n".join(services), "smtpd_data_restrictions=reject_unauth_pipelining"
    if other is not None and other.data_restriction:
        master = master.replace(at_data, f"{at_data},{other.data_restriction}")
    write_cool(files["master.cf"], master)
    check(["postfix", "-c", str(server.home.postfix), "reload"], quiet=False)
    time.sleep(1)
    try:
        yield
    finally:
        for name, path in files.items():
            write_cool(path, kept[name])


def empty(server: MailServer) -> None:
    for address in MAILBOXES:
        argv = ["doveadm", "-c", str(server.home.dovecot_conf), "expunge", "-u", address, "mailbox", "INBOX", "all"]
        subprocess.run(argv, check=True)


def header_of_one(server: MailServer, load: Load) -> str:
    """The header of a message that has come to a mailbox now."""
    asyncio.run(load.sent(1, 1))
    argv = ["doveadm", "-c", str(server.home.dovecot_conf), "fetch", "-u", MAILBOXES[0], "hdr", "mailbox", "INBOX"]
    for _ in range(100):
        found = subprocess.run(argv, check=True, capture_output=True, text=True).stdout
        if found:
            return found
        time.sleep(0.1)
    raise RuntimeError("no message came")


def _started(name: str, stack: contextlib.ExitStack) -> Other | None:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="fumibench")))
    folder.chmod(0o755)
    try:
        return stack.enter_context(running(name, folder / "run"))
    except RuntimeError as error:
        print(f"   {name}: {error}", file=sys.stderr)
        return None


class Bench:
    """The server, the strangers' key and what is published; `missed` says that a budget was."""

    def __init__(self, server: MailServer, messages: int, connections: int, key: SigningKey) -> None:
        self.server, self.messages, self.connections = server, messages, connections
        self.stranger = Signer("good.example", "s", key)  # OpenDKIM's resolver takes "test" for a zone that is empty
        self.missed = False

    def compared(self, what: str, size: int) -> None:
        """One scenario without a filter, with ours, and with each of the others, in turns: what the machine does besides hits
        all alike."""
        permitted = Edit(("access", "permitted_clients", "198.51.100.9"), None, True)
        self.server.edit(permitted if what == "sign" else permitted.inverse())
        signs = what == "sign"
        text = message(size, ACCOUNT if signs else "a@good.example", None if signs else self.stranger)
        load, count = Load(self.server, [text]), self.messages if size < 100 else self.messages // 4
        with contextlib.ExitStack() as stack:
            others = [] if signs else list(filter(None, (_started(name, stack) for name in installed())))
            for other in others:
                self._proven(text, other)
            found: dict[str, list[tuple[float, float]]] = defaultdict(list)
            for _ in range(ROUNDS):
                found["without"].append(self._round(load, count, False))
                found["ours"].append(self._round(load, count, True))
                for other in others:
                    found[other.name].append(self._round(load, count, False, other))
        without = found.pop("without")
        ratio, spent = self._line(f"{what:6}{size:4} KB", without, found.pop("ours"))
        if ratio < RATIOS[what, size] or ((what, size) == ("check", 4) and spent > CPU_BUDGET):
            print(f"Wanted: a ratio of {RATIOS[what, size]}, CPU {CPU_BUDGET} ms.", file=sys.stderr)
            self.missed = True
        for name, rounds in found.items():
            self._line(f"   {name}", without, rounds)

    def cold(self) -> None:
        """Mail of domains that nobody has heard of yet, in each round of others."""
        record = self.stranger.key.dkim_record
        found: dict[bool, list[tuple[float, float]]] = {False: [], True: []}
        for turn in range(ROUNDS):
            domains = [f"d{number}.cold{turn}.test" for number in range(COLD)]
            records = {f"s._domainkey.{name}": [txt(record)] for name in domains}
            records |= {name: [txt("v=spf1 ip4:198.51.100.0/24 -all")] for name in domains}
            records |= {f"_dmarc.{name}": [txt("v=DMARC1; p=reject")] for name in domains}
            names = NameServer(records, delay=SLOW)
            self.server.install(planted(self.server.tree, ("dns", "resolvers"), [names.address]))
            texts = [message(4, f"a@{name}", replace(self.stranger, domain=name)) for name in domains]
            for on in (False, True):
                load = Load(self.server, texts)
                found[on].append(self._round(load, min(self.messages, COLD), on))
            names.close()
            time.sleep(4 * SLOW)  # what it still answers
        self._line(f"cold  {4:4} KB", found[False], found[True])

    def _proven(self, text: tuple[str, bytes], other: Other) -> None:
        """Raises `RuntimeError` for a filter that does not do what it is compared for."""
        with switched(self.server, False, other):
            header = header_of_one(self.server, Load(self.server, [text]))
        empty(self.server)
        if missing := [words for words in other.proof if words not in header]:
            raise RuntimeError(f"{other.name} does not say {missing}:\n{header}")

    def _round(self, load: Load, count: int, on: bool, other: Other | None = None) -> tuple[float, float]:
        pids = [pid for each in other.pids for pid in family(each)] if other else processes(self.server)
        with switched(self.server, on, other):
            found = rate(self.server, load, count, self.connections, pids)
        empty(self.server)
        return found

    def _line(
        self, what: str, without: list[tuple[float, float]], found: list[tuple[float, float]]
    ) -> tuple[float, float]:
        """Of all rounds the medians; a ratio is that of two neighbours. Returns the ratio and the CPU milliseconds."""
        ratio = median(one[0] / other[0] for one, other in zip(found, without, strict=True))
        before, after, spent = (
            median(each[0] for each in without),
            median(each[0] for each in found),
            median(each[1] for each in found),
        )
        numbers = f"without {before:6.0f}/s   with {after:6.0f}/s   ratio {ratio:.2f}   CPU {spent:.2f} ms"
        print(f"{what:26}{numbers}", flush=True)
        return ratio, spent


def main() -> int:
    messages = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    connections = int(sys.argv[2]) if len(sys.argv) > 2 else 10
    strangers, own = SigningKey.of(generate_private_key(65537, 2048)), generate_private_key(65537, 2048)
    published = {
        "s._domainkey.good.example": txt(strangers.dkim_record),
        "good.example": txt("v=spf1 ip4:192.0.2.0/24 ip4:198.51.100.0/24 -all"),
        "_dmarc.good.example": txt("v=DMARC1; p=reject"),
    }
    records = [f"{name}. {kind} {text}" for name, (kind, text) in published.items()]
    with private_network(), name_server(records), scratch(("127.0.0.1",)) as server:
        signing = {"dkim": {"enabled": True, "rsa": "r", "ed25519": None}, "domainkeys": {"enabled": False}}
        server.edit(
            Edit(("authentication", "signing", DOMAIN), None, signing),
            *(Edit(("accounts", address), None, {}) for address in MAILBOXES),
        )
        public = base64.b64decode(Path(server.home.sealing_key).read_bytes())
        content = own.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        sealed = seal(public, f"{DOMAIN}/r", content, X25519PrivateKey.generate())
        server.look_up(
            "INSERT INTO signing_keys (domain, selector, use, kind, sealed) VALUES (?, 'r', 'dkim', 'rsa', ?)",
            DOMAIN,
            sealed,
        )
        server.install(server.settings(services__smtp__behind_scanner=True))
        bench = Bench(server, messages, connections, strangers)
        for what, size in (("check", 4), ("sign", 4), ("check", 100)):
            bench.compared(what, size)
        memory = sum(memory_of(pid) for pid in processes(server)) / 1e6
        print(f"memory of the filter: {memory:.0f} MB")
        bench.cold()
    return int(bench.missed or memory > MEMORY_BUDGET)


if __name__ == "__main__":
    sys.exit(main())
