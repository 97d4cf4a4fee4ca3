"""What is explained is what then happens: generated settings and questions, and a real session for each.

One server runs; the look-ups are changed between the questions, as an apply of look-ups changes them. Clients come from
addresses of their own in a network of the test's, with a name server that knows some of them and a block list.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fumibako.document.settings import parse
from fumibako.node.explaining import explain
from fumibako.plan.explanation import Explanation
from fumibako.plan.inquiry import Inquiry
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

    def explained(self, inquiry: Inquiry) -> Explanation:
        channel = SimpleNamespace(connect=self._clone)
        node: Any = SimpleNamespace(home=self.server.home, link=SimpleNamespace(channel=channel))
        return asyncio.run(explain(node, "live", self.server.generation, parse(self.tree), inquiry))

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
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        line.connect(str(self.server.root / f"server/queue/private/ask-{to.removeprefix('clone:')}"))
        return line


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
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


def agree(world: World, inquiry: Inquiry) -> None:
    found, reply = world.explained(inquiry), world.happens(inquiry)
    if reply.startswith(("503", "535")):  # to AUTH: Postfix adds what Dovecot says
        assert found.reply[:9] == reply[:9], (inquiry, found.reply, reply)
    else:
        assert found.reply == reply, (inquiry, found.reply, reply)
    assert found.verdict == {"2": "accept", "4": "defer", "5": "reject"}[reply[0]], inquiry
    assert found.rule.section, (inquiry, found.reply, "the walk and the server do not agree")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    edits=st.lists(st.sampled_from(EDITS), unique_by=lambda edit: edit.place, max_size=10),
    inquiries=st.lists(INQUIRIES, min_size=4, max_size=6),
    full=st.booleans(),
)
def test_a_real_session_gets_what_was_explained(
    world: World, edits: list[Edit], inquiries: list[Inquiry], full: bool
) -> None:
    world.fill(20 << 20 if full else 0)
    with world.edited(edits):
        for inquiry in inquiries:
            agree(world, inquiry)


@pytest.mark.parametrize("changes", [{"services__smtp__behind_scanner": True}, {"services__smtp__auth": True}])
def test_other_listeners_are_explained_as_truly(world: World, changes: dict[str, object]) -> None:
    tree = world.server.settings(**changes, services__submission__auth_required=False, services__submission__tls="none")
    tree = planted(tree, ("spam", "dns_blocklists"), ["bl.list.example"])
    other = replace(world, tree=tree)
    world.server.install(tree)
    try:
        permitted = [edit for edit in EDITS if edit.place[0] == "access"]
        with world.edited(permitted):
            for client in [*CLIENTS, "127.0.0.1"]:
                for service in ("smtp", "submission"):
                    for recipient in ("x@elsewhere.example", "hanako@example.test"):
                        agree(other, Inquiry("other@far.example", recipient, client, "client.example", "", service))
    finally:
        world.server.install(world.tree)


def test_who_cannot_log_in_hears_what_was_explained(world: World) -> None:
    # Once only: Dovecot makes an address wait longer after each failure.
    agree(
        world,
        Inquiry(
            "taro@example.test", "x@elsewhere.example", CLIENTS[0], login="taro@example.test", service="submission"
        ),
    )


def test_a_client_on_a_block_list_is_told_the_list(world: World) -> None:
    found = world.explained(Inquiry("a@far.example", "taro@example.test", LISTED))
    assert (found.rule.section, found.rule.entry) == ("spam.dns_blocklists", "bl.list.example")
    assert found.verdict == "reject"


def test_a_verified_name_is_found_and_a_forged_one_is_not(world: World) -> None:
    with world.edited([Edit(("access", "permitted_clients", "partner.example"), None, True)]):
        asked = Inquiry("a@far.example", "x@elsewhere.example", HONEST)
        found = world.explained(asked)
        assert (found.verdict, found.rule.entry, found.client_name) == (
            "accept",
            "partner.example",
            "mail.partner.example",
        )
        assert world.explained(replace(asked, client=FORGED)).verdict == "reject"
