"""A real server whose answers can be asked for in a session and explained, in a network of the test's.

Clients come from addresses of their own, with a name server that knows some of them and a block list.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from types import SimpleNamespace
from typing import Any

from hypothesis import strategies as st

from fumibako.applier.queue import act
from fumibako.document.settings import parse
from fumibako.node.explaining import explain
from fumibako.node.inquiring import answers_to
from fumibako.node.link import Link
from fumibako.plan.explanation import Answer, Explanation
from fumibako.plan.inquiry import Inquiry, Name
from fumibako.schema.edit import Edit
from fumibako.schema.place import planted
from tests.document.conversation import Conversation
from tests.document.mail_server import MailServer, plain, scratch
from tests.document.network import name_server, private_network

SERVER, SERVER6 = "198.51.100.1", "2001:db8::1"
HONEST, FORGED, LISTED = "192.0.2.10", "192.0.2.12", "203.0.113.66"
CLIENTS = [
    "198.51.100.9",
    "198.51.100.20",
    "203.0.113.7",
    "2001:db8:1::9",
    "2001:db8:2::9",
    HONEST,
    FORGED,
    LISTED,
]
RECORDS = [
    "mail.partner.example. A 192.0.2.10",
    "10.2.0.192.in-addr.arpa. PTR mail.partner.example.",
    "12.2.0.192.in-addr.arpa. PTR mail.partner.example.",
    "66.113.0.203.bl.list.example. A 127.0.0.2",
]
ENTRIES = [
    "198.51.100.9",
    "198.51.100.",
    "198.51.100.8-20",
    "203.0.113.0/24",
    "2001:db8:1::/48",
    "2001:db8:1::9",
    "partner.example",
    "mail.partner.example",
]
BLOCKED = ["spam@far.example", "@far.example", "@sub.far.example", "hanako@example.test", "@partner.example"]
ACCOUNT = {"name": "", "password_hash": None, "quota_mb": None, "enabled": True}
ALIASES: dict[str, list[str]] = {
    "office@example.test": ["hanako@example.test"],
    "list@example.test": ["taro@example.test", "x@elsewhere.example", "office@example.test"],
    "@second.test": ["hanako@example.test"],
    "hanako@example.test": ["a+b@example.test"],
}
ROWS = [
    Edit(("accounts", "jiro@second.test"), None, {**ACCOUNT, "may_receive": False}),
    Edit(("accounts", "hanako@example.test", "may_send"), True, False),
    Edit(("accounts", "hanako@example.test", "may_receive"), True, False),
    Edit(("relay", "default"), None, {"host": "192.0.2.200", "port": 25, "tls": "none"}),
    *(Edit(("aliases", alias), None, {"targets": targets}) for alias, targets in ALIASES.items()),
]
EDITS = [
    *(Edit(("access", "permitted_clients", entry), None, True) for entry in ENTRIES),
    *(Edit(("spam", "blocked_senders", entry), None, True) for entry in BLOCKED),
    *ROWS,
]
SENDERS = [
    "",
    "spam@far.example",
    "other@far.example",
    "a@sub.far.example",
    "hanako@example.test",
    "office@example.test",
    "x@mail.partner.example",
    "o'hara@partner.example",
]
RECIPIENTS = [
    "hanako@example.test",
    "taro@example.test",
    "a+b@example.test",
    "nobody@example.test",
    "office@example.test",
    "list@example.test",
    "jiro@second.test",
    "anybody@second.test",
    "x@elsewhere.example",
    "x@sub.example.test",
    "o'hara@elsewhere.example",
    "x%far.example@example.test",
    "far.example!x@example.test",
    "srs0=abcd=aa=far.example=x@example.test",
]
INQUIRIES = st.builds(
    Inquiry,
    sender=st.sampled_from(SENDERS),
    recipient=st.sampled_from(RECIPIENTS),
    client=st.sampled_from([*CLIENTS, "127.0.0.1"]),
    helo=st.just("client.example"),
    login=st.sampled_from(["", "", "hanako@example.test"]),
    service=st.sampled_from(["smtp", "submission"]),
)


@dataclass
class World:
    server: MailServer
    tree: dict[str, Any]
    sessions: int = 0  # with clones

    @property
    def node(self) -> Any:
        channel: Any = SimpleNamespace(connect=self._clone, queue=partial(act, self.server.home))
        return SimpleNamespace(home=self.server.home, link=Link(channel))

    def explained(self, inquiry: Inquiry, name: Name | None = None) -> Explanation:
        return asyncio.run(explain(self.node, "live", self.server.generation, parse(self.tree), inquiry, name))

    def answers(self, asked: Sequence[tuple[Inquiry, Name]]) -> list[Answer | None]:
        """All of them, in a few sessions."""
        return asyncio.run(answers_to(self.node, "live", self.server.generation, parse(self.tree), asked))

    def happens(self, inquiry: Inquiry) -> str:
        """The last reply that a client really gets: to AUTH, MAIL or RCPT."""
        host = SERVER6 if ":" in inquiry.client else "127.0.0.1" if inquiry.client.startswith("127.") else SERVER
        address = (host, self.server.port(inquiry.service))
        line = socket.create_connection(address, timeout=20, source_address=(inquiry.client, 0))
        talk = Conversation(line)
        try:
            talk.say(f"EHLO {inquiry.helo}")
            if inquiry.login and not (reply := talk.say(f"AUTH PLAIN {plain(inquiry.login)}")).startswith("235"):
                return reply
            if not (reply := talk.say(f"MAIL FROM:<{inquiry.sender}>")).startswith("250"):
                return reply
            return talk.say(f"RCPT TO:<{inquiry.recipient}>")
        finally:
            talk.close()

    @contextlib.contextmanager
    def edited(self, edits: Sequence[Edit]) -> Iterator[None]:
        self.server.edit(*edits)
        try:
            yield
        finally:
            self.server.edit(*(edit.inverse() for edit in reversed(edits)))

    def fill(self, used: int) -> None:
        """Let hanako's mailbox of 10 MBytes hold so much."""
        with contextlib.closing(sqlite3.connect(str(self.server.home.usage_db), timeout=5)) as database, database:
            database.execute(
                "INSERT INTO usage (username, bytes, messages) VALUES ('hanako@example.test', ?, 1) "
                "ON CONFLICT (username) DO UPDATE SET bytes = excluded.bytes",
                (used,),
            )

    def _clone(self, _where: str, to: str, _source: str | None) -> socket.socket:
        self.sessions += 1
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        line.connect(str(self.server.root / f"server/queue/private/ask-{to.removeprefix('clone:')}"))
        return line


@contextlib.contextmanager
def a_world() -> Iterator[World]:
    with (
        private_network(SERVER, SERVER6, *CLIENTS),
        name_server(RECORDS),
        scratch((SERVER, SERVER6, "127.0.0.1")) as server,
    ):
        tree = server.settings(
            services__submission__tls="none",
            services__submission__plaintext_auth=True,
            advanced__smtpd_client_connection_rate_limit=0,
        )
        tree = planted(tree, ("spam", "dns_blocklists"), ["bl.list.example"])
        # A domain that comes needs a reload: smtpd(8) remembers which addresses are not ours.
        server.edit(Edit(("domains", "second.test"), None, {}))
        server.install(tree)
        yield World(server, tree)
