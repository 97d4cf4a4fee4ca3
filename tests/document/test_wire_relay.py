"""The smart relay on the wire: a second Postfix, and small servers that take everything, as relays."""

from __future__ import annotations

import json
import re
import socket
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from fumibako.document.lookups import statements
from fumibako.document.settings import edits_between
from fumibako.features.relay.lookups import password_statements
from tests.document.conversation import Scanner
from tests.document.mail_server import ACCOUNT, PASSWORD, MailServer, scratch, until

Route = dict[str, Any]


class Relays:
    """The server under test with routes that change through look-ups alone."""

    def __init__(self, server: MailServer) -> None:
        self.server = server
        self.tree = server.tree

    def set(self, *, default: Route | None = None, domains: dict[str, Route] | None = None, **senders: Any) -> None:
        full = {"host": "", "port": 25, "username": None, "tls": None}
        after = {
            **self.tree,
            "relay": {
                "default": default and {**full, **default},
                "domains": {key: {**full, **route} for key, route in (domains or {}).items()},
                "senders": {key: {**full, **route} for key, route in (senders.get("senders") or {}).items()},
            },
        }
        self.run([each for edit in edits_between(self.tree, after) for each in statements(edit)])
        self.tree = after
        # qmgr(8) remembers its last answer for half a minute.
        subprocess.run(["postfix", "-c", str(self.server.home.postfix), "reload"], capture_output=True, check=True)
        time.sleep(0.3)

    def passwords(self, **secrets: str) -> None:
        self.run(password_statements("1", secrets))

    def run(self, wanted: Any) -> None:
        with closing(sqlite3.connect(str(self.server.home.lookup_db), timeout=5)) as database, database:
            for each in wanted:
                database.execute(each.sql, each.parameters)

    def send(self, recipient: str, subject: str, sender: str = "a@b.test") -> None:
        talk = self.server.talk("smtp")
        body = f"Subject: {subject}\r\nMessage-ID: <{subject.replace(' ', '-')}@b.test>\r\n\r\nbody\r\n."
        for line in ("EHLO x.test", f"MAIL FROM:<{sender}>", f"RCPT TO:<{recipient}>", "DATA", body):
            reply = talk.say(line)
            assert reply.startswith(("2", "3")), reply
        talk.close()

    def story(self, subject: str) -> str:
        """The log's lines about the message."""
        log = self.server.log()
        found = re.search(rf"(\w+): message-id=<{subject.replace(' ', '-')}@b\.test>", log)
        return "\n".join(line for line in log.splitlines() if found and f" {found[1]}: " in line)


@pytest.fixture(scope="module")
def relays(server: MailServer) -> Relays:
    return Relays(server)


@pytest.fixture(scope="module")
def provider() -> Iterator[MailServer]:
    """A second mail server, whose submission port asks for TLS and a log-in; its certificate is for localhost."""
    with scratch() as made:
        made.install(made.settings(hostname="provider.test"))
        yield made


@pytest.fixture
def sinks() -> Iterator[list[Scanner]]:
    made = [Scanner("::1") for _ in range(3)]
    yield made
    for each in made:
        each.close()


def at(sink: Scanner) -> Route:
    return {"host": "::1", "port": sink.port}


def queued(server: MailServer) -> list[dict[str, Any]]:
    said = subprocess.run(
        ["postqueue", "-c", str(server.home.postfix), "-j"], capture_output=True, text=True, check=True
    ).stdout
    return [json.loads(line) for line in said.splitlines()]


def test_a_domain_s_route_goes_before_the_default_and_hosted_domains_follow_none(
    relays: Relays, sinks: list[Scanner]
) -> None:
    default, one, under = sinks
    relays.set(
        default=at(default),
        domains={"local.example.com": at(one), ".under.example.com": at(under), "example.test": at(one)},
    )
    relays.send("x@local.example.com", "to the domain")
    relays.send("x@a.b.under.example.com", "to a name under it")
    relays.send("x@under.example.com", "to the name itself")
    relays.send("x@deeper.local.example.com", "deeper than the route")
    relays.send("x@elsewhere.test", "to the default")
    relays.send(ACCOUNT, "to an account here")
    until(lambda: (len(one.messages), len(under.messages), len(default.messages)) == (1, 1, 3))
    assert "Subject: to the domain" in one.messages[0]
    assert "Subject: to a name under it" in under.messages[0]
    until(lambda: "status=sent" in relays.story("to an account here"))
    assert "dovecot/lmtp" in relays.story("to an account here")


def test_a_sender_s_route_goes_before_the_default_and_behind_a_domain_s(relays: Relays, sinks: list[Scanner]) -> None:
    default, domain, sender = sinks
    relays.set(default=at(default), domains={"local.example.com": at(domain)}, senders={"b.test": at(sender)})
    relays.send("x@elsewhere.test", "by its sender")
    relays.send("x@local.example.com", "by its recipient")
    relays.send("x@elsewhere.test", "another sender", sender="a@other.test")
    relays.send("x@elsewhere.test", "nobody", sender="")
    until(lambda: (len(sender.messages), len(domain.messages), len(default.messages)) == (1, 1, 2))
    assert "Subject: by its sender" in sender.messages[0]
    assert "Subject: by its recipient" in domain.messages[0]


def test_without_routes_mail_goes_by_mx(relays: Relays, sinks: list[Scanner]) -> None:
    relays.set()
    relays.send("x@no-such-domain.invalid", "by mx")
    until(lambda: "status=" in relays.story("by mx"))
    assert not any(sink.messages for sink in sinks)


def submission(provider: MailServer, **more: Any) -> Route:
    return {"host": "localhost", "port": provider.port("submission"), "username": ACCOUNT, **more}


def trust(server: MailServer, provider: MailServer | None) -> None:
    """Let the server trust the provider's certificate beside none other, or the system's again."""
    system = "/etc/ssl/certs/ca-certificates.crt"
    own = str(provider.root / "tls/own/certificate.pem") if provider else system
    main = server.root / "server/current/postfix/main.cf"
    lines = main.read_text().splitlines()
    main.write_text(
        "\n".join(f"smtp_tls_CAfile = {own}" if "smtp_tls_CAfile" in line else line for line in lines) + "\n"
    )


def test_a_log_in_goes_over_verified_tls(relays: Relays, provider: MailServer) -> None:
    trust(relays.server, provider)
    relays.passwords(**{"relay/default": PASSWORD})
    relays.set(default=submission(provider))
    relays.send("x@far.test", "with a log-in", ACCOUNT)
    until(lambda: "status=" in relays.story("with a log-in"))
    assert "status=sent" in relays.story("with a log-in"), relays.story("with a log-in")
    assert "Verified TLS connection" in relays.server.log()
    until(lambda: f"sasl_username={ACCOUNT}" in provider.log())


def test_a_sender_logs_in_as_itself_and_nowhere_else(
    relays: Relays, provider: MailServer, sinks: list[Scanner]
) -> None:
    trust(relays.server, provider)
    relays.passwords(**{"relay/@example.test": PASSWORD})
    relays.set(domains={"local.example.com": at(sinks[0])}, senders={"example.test": submission(provider)})
    before = provider.log().count(f"sasl_username={ACCOUNT}")
    relays.send("x@far.test", "logs in by sender", ACCOUNT)
    until(lambda: "status=sent" in relays.story("logs in by sender"))
    assert provider.log().count(f"sasl_username={ACCOUNT}") == before + 1
    relays.send("x@local.example.com", "no log-in there", ACCOUNT)
    until(lambda: len(sinks[0].messages) == 1)
    assert not any(line.upper().startswith("AUTH") for line in sinks[0].commands)


def test_a_wrong_password_keeps_mail_in_the_queue(relays: Relays, provider: MailServer) -> None:
    trust(relays.server, provider)
    for secrets in ({"relay/default": "wrong"}, {}):
        relays.passwords(**secrets)
        relays.set(default=submission(provider))
        subject = f"wrong password {len(secrets)}"
        relays.send("x@far.test", subject)
        until(lambda subject=subject: "status=" in relays.story(subject))  # type: ignore[misc]
        assert "status=deferred" in relays.story(subject)
        assert "535 5.7.8" in relays.story(subject)
        relays.set()
    waiting = [each for each in queued(relays.server) if each["queue_name"] == "deferred"]
    assert any("535" in recipient.get("delay_reason", "") for each in waiting for recipient in each["recipients"])


def test_an_untrusted_certificate_gets_neither_mail_nor_password(relays: Relays, provider: MailServer) -> None:
    trust(relays.server, None)
    relays.passwords(**{"relay/default": PASSWORD})
    for number, route in enumerate((submission(provider), submission(provider, username=None, tls="required"))):
        relays.set(default=route)
        before = provider.log()
        relays.send("x@far.test", f"untrusted {number}")
        until(lambda number=number: "status=" in relays.story(f"untrusted {number}"))  # type: ignore[misc]
        assert "status=deferred" in relays.story(f"untrusted {number}")
        assert "not trusted" in relays.story(f"untrusted {number}") or "not verified" in relays.story(
            f"untrusted {number}"
        )
        assert "sasl_username" not in provider.log()[len(before) :]


def test_a_certificate_for_another_name_is_not_good_enough(relays: Relays, provider: MailServer) -> None:
    trust(relays.server, provider)
    for host, word in (("localhost", "sent"), (socket.gethostname(), "deferred")):
        relays.set(default={"host": host, "port": provider.port("smtp"), "tls": "required"})
        relays.send("x@far.test", f"to {host}")
        until(lambda host=host: "status=" in relays.story(f"to {host}"))  # type: ignore[misc]
        assert f"status={word}" in relays.story(f"to {host}"), relays.story(f"to {host}")


def test_a_relay_that_is_wrong_delays_mail(relays: Relays, provider: MailServer) -> None:
    """What Postfix would bounce for: no such host, a log-in that is wanted and not given."""
    trust(relays.server, provider)
    wrong = {
        "4.4.4": {"host": "no-such-relay.invalid", "port": 25},
        "4.7.0": submission(provider, username=None),
    }
    for status, route in wrong.items():
        relays.set(domains={"far.test": route})
        relays.send("x@far.test", f"wrong {status}")
        until(lambda status=status: "status=" in relays.story(f"wrong {status}"), 30)  # type: ignore[misc]
        assert f"dsn={status}, status=deferred" in relays.story(f"wrong {status}"), relays.story(f"wrong {status}")


def test_a_server_without_tls_gets_nothing_where_tls_is_required(relays: Relays, sinks: list[Scanner]) -> None:
    relays.set(default={**at(sinks[0]), "tls": "required"})
    relays.send("x@far.test", "no tls there")
    until(lambda: "status=" in relays.story("no tls there"))
    assert "status=deferred" in relays.story("no tls there")
    assert sinks[0].messages == []
    relays.set(default={**at(sinks[0]), "tls": "opportunistic"})
    relays.send("x@far.test", "in clear then")
    until(lambda: len(sinks[0].messages) == 1)


def test_port_465_speaks_tls_from_the_start() -> None:
    """What a route at 465 becomes; that port is not free to test on."""
    from fumibako.features.relay.routes import Routed
    from fumibako.features.relay.section import Route as Declared

    routed = Routed("default", "", Declared(host="smtp.provider.test", port=465))
    assert (routed.transport, routed.policy) == ("relay-tls", "encrypt")


def test_implicit_tls_works(relays: Relays, provider: MailServer) -> None:
    trust(relays.server, provider)
    relays.passwords(**{"relay/default": PASSWORD})
    route = submission(provider, port=provider.port("smtps"))
    relays.set(default=route)
    relays.run(
        [
            _Raw("UPDATE relay_routes SET transport = 'relay-tls'"),
        ]
    )
    before = provider.log().count(f"sasl_username={ACCOUNT}")
    relays.send("x@far.test", "implicit tls", ACCOUNT)
    until(lambda: "status=" in relays.story("implicit tls"))
    assert "status=sent" in relays.story("implicit tls"), relays.story("implicit tls")
    assert provider.log().count(f"sasl_username={ACCOUNT}") == before + 1
    relays.set()


class _Raw:
    """A statement that stands in for a route at 465, which another program may hold."""

    def __init__(self, sql: str) -> None:
        self.sql = sql
        self.parameters = ()


def test_no_password_stands_in_a_file_or_a_log(relays: Relays) -> None:
    files = [path for path in relays.server.root.glob("generations/**/*") if path.is_file()]
    logs = [relays.server.root / "server/log/postfix.log"]
    assert not any(PASSWORD in path.read_text(errors="replace") for path in [*files, *logs])
