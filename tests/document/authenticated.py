"""A server that signs and checks, and the name server that it asks."""

from __future__ import annotations

import base64
import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message as Parsed
from email.parser import BytesParser
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from fumibako.channel.mail_filter import ask_filter
from fumibako.mailauth.domainkeys.sign import key_record
from fumibako.mailauth.privatekey import SigningKey
from fumibako.mailauth.sealedkey import seal
from fumibako.schema.edit import Edit
from fumibako.schema.place import planted
from tests.document.conversation import Conversation
from tests.document.mail_server import ACCOUNT, DOMAIN, MailServer, plain, scratch, until
from tests.mailfilter.name_server import NameServer, txt

SIGNED = {"dkim": {"enabled": True, "rsa": "r", "ed25519": "e"}, "domainkeys": {"enabled": True, "selector": "d"}}
OUTSIDER = "XCLIENT ADDR=198.51.100.9 NAME=mx.sender.test HELO=mx.sender.test"


@dataclass
class Authenticated:
    """A server whose domain signs, and the name server that publishes its keys and others' records."""

    server: MailServer
    names: NameServer

    def install(self, **switches: object) -> None:
        """Settings with switches of the chapter by their path, `__` for a dot."""
        tree = self.server.settings(services__smtp__behind_scanner=True)
        tree = planted(tree, ("authentication", "signing"), {DOMAIN: SIGNED})
        tree = planted(tree, ("dns", "resolvers"), [self.names.address])
        for path, value in switches.items():
            tree = planted(tree, ("authentication", *path.split("__")), value)
        self.server.install(tree)

    def outsider(self) -> Conversation:
        talk = self.server.talk("smtp")
        assert talk.say("EHLO scanner.test").startswith("250")
        assert talk.say(OUTSIDER).startswith("220")
        assert talk.say("EHLO mx.sender.test").startswith("250")
        return talk

    def hanako(self) -> Conversation:
        talk = self.server.talk("smtps", secure=True)
        talk.say("EHLO client.test")
        assert talk.say(f"AUTH PLAIN {plain(ACCOUNT)}").startswith("235")
        return talk

    def fetched(self, mark: str, folder: str = "INBOX") -> bytes:
        """The delivered message with this Message-ID, as it lies in the mailbox."""
        argv = ["doveadm", "-c", str(self.server.home.dovecot_conf), "fetch", "-u", ACCOUNT, "text"]
        argv += ["mailbox", folder, "header", "message-id", f"<{mark}@x.test>"]
        found = b""
        deadline = time.monotonic() + 20
        while not found and time.monotonic() < deadline:
            found = subprocess.run(argv, capture_output=True).stdout
            time.sleep(0.1)
        assert found, self.server.log()[-3000:] + self.log()[-2000:]
        text = found.removeprefix(b"text:\n").removesuffix(b"\x0c\n")
        return text.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")

    def dns(self, name: bytes, timeout: int = 5) -> bytes:
        """The text that is published under a name, as dkimpy asks for it."""
        [(_, text)] = self.names.records[name.decode().rstrip(".")]
        return "".join(each.strip('"') for each in text.split('" "')).encode()

    def noted(self, domain: str, what: str) -> dict[str, object]:
        """What the filter has noted last; workers write it down every few seconds."""

        def told() -> dict[str, dict[str, object]]:
            answer = ask_filter(self.server.home, "domain-notes", {"domain": domain}, patience=5) or ""
            return dict(json.loads(answer.removeprefix("DUNNO") or "{}"))

        until(lambda: what in told())
        return told()[what]

    def log(self) -> str:
        return (self.server.root / "filter.log").read_text()


def send(talk: Conversation, mark: str, *, sender: str, author: str, header: str = "", to: str = ACCOUNT) -> str:
    """Send a message; the reply to its end, or the first refusal."""
    text = (
        f"{header}From: {author}\r\nTo: {to}\r\nSubject: {mark}\r\nMessage-ID: <{mark}@x.test>\r\n"
        f"Date: Tue, 24 Nov 2026 08:00:00 +0000\r\n\r\nHello {mark}\r\n.leading dot\r\n\r\n"
    )
    for line in (f"MAIL FROM:<{sender}>", f"RCPT TO:<{to}>", "DATA"):
        reply = talk.say(line)
        if not reply.startswith(("2", "3")):
            return reply
    return talk.say(text.replace("\r\n.", "\r\n..") + ".")


def parsed(octets: bytes) -> Parsed:
    return BytesParser().parsebytes(octets)


def results(message: Parsed) -> str:
    return " ".join(str(message["Authentication-Results"]).split())


def key_row(server: MailServer, selector: str, kind: str, key: object) -> None:
    public = base64.b64decode(Path(server.home.sealing_key).read_bytes())
    content = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())  # type: ignore[attr-defined]
    sealed = seal(public, f"{DOMAIN}/{selector}", content, X25519PrivateKey.generate())
    use = "domainkeys" if selector == "d" else "dkim"
    server.look_up(
        "INSERT INTO signing_keys (domain, selector, use, kind, sealed) VALUES (?, ?, ?, ?, ?)",
        *(DOMAIN, selector, use, kind, sealed),
    )


@contextmanager
def authenticated() -> Iterator[Authenticated]:
    """A server whose domain signs with three keys, and some strangers' domains."""
    rsa, old, edwards = (
        generate_private_key(65537, 2048),
        generate_private_key(65537, 1024),
        Ed25519PrivateKey.generate(),
    )
    names = NameServer(
        {
            f"r._domainkey.{DOMAIN}": [txt(SigningKey.of(rsa).dkim_record)],
            f"e._domainkey.{DOMAIN}": [txt(SigningKey.of(edwards).dkim_record)],
            f"d._domainkey.{DOMAIN}": [txt(key_record(SigningKey.of(old), testing=True))],
            f"_dmarc.{DOMAIN}": [txt("v=DMARC1; p=none")],
            "good.test": [txt("v=spf1 ip4:198.51.100.0/24 -all")],
            "bad.test": [txt("v=spf1 -all")],
            "_dmarc.bad.test": [txt("v=DMARC1; p=reject")],
            "junk.test": [txt("v=spf1 -all")],
            "_dmarc.junk.test": [txt("v=DMARC1; p=quarantine")],
        }
    )
    with scratch(("127.0.0.1",)) as server:
        server.edit(
            Edit(("authentication", "signing", DOMAIN), None, SIGNED),
            Edit(("aliases", f"info@{DOMAIN}"), None, {"targets": [ACCOUNT]}),
        )
        for selector, kind, key in (("r", "rsa", rsa), ("e", "ed25519", edwards), ("d", "rsa", old)):
            key_row(server, selector, kind, key)
        mail = Authenticated(server, names)
        mail.install()
        yield mail
    names.close()
