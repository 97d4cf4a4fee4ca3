"""Mail to postmaster and abuse on the wire: whose names these are, and that a message arrives there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from fumibako.schema.edit import Edit
from tests.document.mail_server import ACCOUNT, DOMAIN, HOSTNAME, MailServer
from tests.document.test_wire_aliases import arrives, asked, forget, lead, subjects, whole

PLACE = ("basics", "administrator")


@contextmanager
def administered(server: MailServer, address: str) -> Iterator[None]:
    server.edit(Edit(PLACE, None, address))
    try:
        yield
    finally:
        server.edit(Edit(PLACE, address, None))


def test_the_names_lead_to_the_administrator_in_every_domain_bare_and_on_the_host_name(server: MailServer) -> None:
    names = [f"{name}@{domain}" for name in ("postmaster", "abuse") for domain in (DOMAIN, HOSTNAME)]
    more = [whole("root"), whole("MAILER-DAEMON"), f"Root@{HOSTNAME}", "Postmaster"]
    # Of the host name other names are asked: smtpd(8) remembers for a while which class an address is of.
    before = [whole("postmaster"), f"mailer-daemon@{HOSTNAME}", whole("abuse")]
    assert asked(server, *before) == ["550", "554", "550"]
    with administered(server, ACCOUNT):
        assert asked(server, *names, *more) == ["250"] * 8
        for recipient in (names[0], names[1], "abuse"):
            server.send(recipient, f"for {recipient}")
            arrives(server, f"for {recipient}", "hanako")
        # Nobody else gets a name by it, and no other domain is served.
        others = [
            whole("nobody"),
            f"nobody@{HOSTNAME}",
            f"hanako@{HOSTNAME}",
            "postmaster@far.test",
            "abuse%x@far.test",
        ]
        assert asked(server, *others) == ["550", "550", "550", "554", "554"]
    assert asked(server, *names) == ["550"] * 4


def test_an_alias_or_an_account_of_the_name_wins(server: MailServer) -> None:
    postmaster = ("accounts", whole("postmaster"))
    with administered(server, ACCOUNT):
        lead(server, "abuse", "a+b")
        server.edit(Edit(postmaster, None, {"name": "", "password_hash": None, "quota_mb": None, "enabled": True}))
        for name in ("abuse", "postmaster"):
            server.send(whole(name), f"{name} has an owner")
        arrives(server, "abuse has an owner", "a+b")
        arrives(server, "postmaster has an owner", "postmaster")
        assert not {"abuse has an owner", "postmaster has an owner"} & {*subjects(server, "hanako")}
        # And when they go, the administrator is there again.
        forget(server, "abuse")
        server.edit(Edit(postmaster, {}, None))
        for name in ("abuse", "postmaster"):
            server.send(whole(name), f"{name} has none")
            arrives(server, f"{name} has none", "hanako")


def test_a_catch_all_does_not_take_these_names(server: MailServer) -> None:
    lead(server, f"@{DOMAIN}", "a+b")
    with administered(server, ACCOUNT):
        server.send(whole("postmaster"), "not for everybody")
        server.send(whole("anybody"), "for everybody")
        arrives(server, "not for everybody", "hanako")
        arrives(server, "for everybody", "a+b")
        assert "not for everybody" not in subjects(server, "a+b")
    forget(server, f"@{DOMAIN}")


def test_an_administrator_elsewhere_gets_it_as_any_forwarded_mail(server: MailServer) -> None:
    with administered(server, "admin@far.test"):
        assert asked(server, whole("postmaster"), f"abuse@{HOSTNAME}") == ["250", "250"]


def test_an_administrator_who_is_no_longer_here_takes_no_mail_that_would_only_bounce(server: MailServer) -> None:
    with administered(server, whole("gone")):
        assert asked(server, whole("postmaster"), f"postmaster@{HOSTNAME}") == ["550", "550"]
        lead(server, "gone", "hanako")
        assert asked(server, whole("postmaster")) == ["250"]
        forget(server, "gone")
