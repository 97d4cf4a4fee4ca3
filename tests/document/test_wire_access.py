"""Who may send without logging in, seen from outside: a stranger at documentation addresses (RFC 5737, RFC 3849)."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest

from fumibako.schema.edit import Edit
from fumibako.schema.place import planted
from tests.document.conversation import Conversation
from tests.document.mail_server import ACCOUNT, MailServer, scratch
from tests.document.network import name_server, private_network

SERVER, SERVER6 = "198.51.100.1", "2001:db8::1"
CLIENTS = [f"198.51.100.{last}" for last in (9, 20, 21, 24, 25)]
NEAR = ["203.0.113.0", "203.0.113.255", "203.0.114.0", "203.0.112.255"]
CLIENTS6 = ["2001:db8:1::", "2001:db8:1:ffff::9", "2001:db8:2::9"]
# One host whose names agree, one below it, and one that claims a name whose address is another's.
HONEST, BELOW, FORGED, SIMILAR = "192.0.2.10", "192.0.2.11", "192.0.2.12", "192.0.2.13"
RECORDS = [
    "mail.partner.example. A 192.0.2.10",
    "10.2.0.192.in-addr.arpa. PTR mail.partner.example.",
    "a.mail.partner.example. A 192.0.2.11",
    "11.2.0.192.in-addr.arpa. PTR a.mail.partner.example.",
    "12.2.0.192.in-addr.arpa. PTR mail.partner.example.",
    "xmail.partner.example. A 192.0.2.13",
    "13.2.0.192.in-addr.arpa. PTR xmail.partner.example.",
]


@pytest.fixture(scope="module")
def outside() -> Iterator[MailServer]:
    addresses = [SERVER, SERVER6, *CLIENTS, *NEAR, *CLIENTS6, HONEST, BELOW, FORGED, SIMILAR]
    with private_network(*addresses), name_server(RECORDS), scratch((SERVER, SERVER6, "127.0.0.1")) as made:
        yield made


def session(server: MailServer, client: str, service: str = "smtp") -> Conversation:
    host = SERVER6 if ":" in client else "127.0.0.1" if client.startswith("127.") else SERVER
    connection = socket.create_connection((host, server.port(service)), timeout=20, source_address=(client, 0))
    talk = Conversation(connection)
    talk.say("EHLO client.example")
    return talk


def sends(server: MailServer, client: str, recipient: str = "somebody@far.example", service: str = "smtp") -> str:
    talk = session(server, client, service)
    assert talk.say("MAIL FROM:<a@client.example>").startswith("250")
    reply = talk.say(f"RCPT TO:<{recipient}>")
    talk.close()
    return reply


def permit(server: MailServer, entry: str, now: bool | None = True) -> None:
    server.edit(Edit(("access", "permitted_clients", entry), None if now else True, now))


def test_a_stranger_may_send_to_us_and_not_through_us(outside: MailServer) -> None:
    for client in (CLIENTS[0], CLIENTS6[0]):
        assert sends(outside, client).startswith("554 5.7.1 ")
        assert sends(outside, client, ACCOUNT).startswith("250 ")


def test_this_machine_itself_may_always_send(outside: MailServer) -> None:
    assert sends(outside, "127.0.0.1").startswith("250 ")


@pytest.mark.parametrize(
    ("entry", "inside", "neighbours"),
    [
        ("198.51.100.9", ["198.51.100.9"], ["198.51.100.20"]),
        ("203.0.113.", ["203.0.113.0", "203.0.113.255"], ["203.0.112.255", "203.0.114.0"]),
        ("198.51.100.21-24", ["198.51.100.21", "198.51.100.24"], ["198.51.100.20", "198.51.100.25"]),
        ("203.0.112.0/23", ["203.0.113.0", "203.0.112.255"], ["203.0.114.0"]),
        ("2001:db8:1::", ["2001:db8:1::"], ["2001:db8:1:ffff::9"]),
        ("2001:db8:1::/48", ["2001:db8:1::", "2001:db8:1:ffff::9"], ["2001:db8:2::9"]),
    ],
)
def test_each_kind_of_entry_permits_what_it_means_and_its_neighbours_stay_out(
    outside: MailServer, entry: str, inside: list[str], neighbours: list[str]
) -> None:
    permit(outside, entry)
    try:
        assert {client: sends(outside, client)[:3] for client in inside} == dict.fromkeys(inside, "250")
        assert {client: sends(outside, client)[:3] for client in neighbours} == dict.fromkeys(neighbours, "554")
    finally:
        permit(outside, entry, None)
    assert {client: sends(outside, client)[:3] for client in inside} == dict.fromkeys(inside, "554")


def test_an_entry_is_live_within_an_open_session_and_without_a_reload(outside: MailServer) -> None:
    talk = session(outside, CLIENTS[0])
    talk.say("MAIL FROM:<a@client.example>")
    assert talk.say("RCPT TO:<x@far.example>").startswith("554")
    permit(outside, CLIENTS[0])
    assert talk.say("RCPT TO:<x@far.example>").startswith("250")
    permit(outside, CLIENTS[0], None)
    assert talk.say("RCPT TO:<y@far.example>").startswith("554")


def test_a_domain_permits_verified_names_and_no_forged_one(outside: MailServer) -> None:
    permit(outside, "mail.partner.example")
    try:
        assert {client: sends(outside, client)[:3] for client in (HONEST, BELOW, FORGED, SIMILAR)} == {
            HONEST: "250",
            BELOW: "250",
            FORGED: "554",
            SIMILAR: "554",
        }
    finally:
        permit(outside, "mail.partner.example", None)
    assert sends(outside, HONEST).startswith("554")


def test_where_logging_in_is_forced_a_permitted_client_has_to_as_well(outside: MailServer) -> None:
    permit(outside, CLIENTS[0])
    try:
        outside.install(with_submission(outside, tls="opportunistic"))
        assert session(outside, CLIENTS[0], "submission").say("MAIL FROM:<a@client.example>").startswith("530")
        outside.install(with_submission(outside, tls="opportunistic", auth_required=False))
        assert sends(outside, CLIENTS[0], service="submission").startswith("250")
    finally:
        permit(outside, CLIENTS[0], None)
        outside.install(outside.settings())


def with_submission(server: MailServer, **changes: object) -> dict[str, Any]:
    tree = server.settings()
    for name, value in changes.items():
        tree = planted(tree, ("basics", "services", "submission", name), value)
    return tree


def test_a_listener_behind_a_scanner_relays_for_nobody(outside: MailServer) -> None:
    for entry in (CLIENTS[0], "mail.partner.example"):
        permit(outside, entry)
    try:
        outside.install(outside.settings(services__smtp__behind_scanner=True))
        for client in ("127.0.0.1", CLIENTS[0], HONEST, CLIENTS[1]):
            assert sends(outside, client).startswith("554"), client
            assert sends(outside, client, ACCOUNT).startswith("250"), client
        talk = session(outside, "127.0.0.1")
        for named in (f"ADDR={CLIENTS[0]} NAME=x.example", f"ADDR={HONEST} NAME=mail.partner.example"):
            talk.say(f"XCLIENT {named}")
            talk.say("EHLO scanner.example")
            talk.say("MAIL FROM:<a@client.example>")
            assert talk.say("RCPT TO:<x@far.example>").startswith("554"), named
    finally:
        for entry in (CLIENTS[0], "mail.partner.example"):
            permit(outside, entry, None)
        outside.install(outside.settings())
