"""Users of the machine as the agent sees them: a real one comes, gets mail, logs in and goes again."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from fumibako.features.directory.system_users import may_be_account
from fumibako.schema.edit import Edit
from tests.document.conversation import Conversation, secured
from tests.document.mail_server import new_client
from tests.node.station import Station
from tests.node.test_explaining import STRANGER, applied, explain, rule
from tests.system_user import PASSWORD, system_user

ON = Edit(("basics", "system_accounts"), False, True)


@contextmanager
def switched_on(station: Station) -> Iterator[None]:
    with applied(station, ON):
        yield


def soon(condition: Callable[[], bool], seconds: float = 8.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "not within seconds"
        time.sleep(0.1)


def logs_in(station: Station, name: str, password: str = PASSWORD) -> bool:
    port = station.console.settings["basics"]["services"]["imaps"]["port"]
    imap = Conversation(secured(socket.create_connection(("127.0.0.1", port), 20, source_address=(new_client(), 0))))
    try:
        return "a OK" in imap.tagged(f'LOGIN {name} "{password}"')
    finally:
        imap.close()


def test_the_console_is_told_of_every_user_and_of_who_may_take_mail(station: Station) -> None:
    soon(lambda: "root" in station.console.system_users)
    assert station.console.system_users["root"][::2] == (0, "")
    assert all(address == "" for _, _, address in station.console.system_users.values())
    with switched_on(station), system_user("--comment", "Taro Yamada,,,") as taro:
        soon(lambda: station.console.system_users.get(taro.name, (0, "", ""))[2] == f"{taro.name}@example.jp")
        assert station.console.system_users[taro.name][1] == "Taro Yamada"
        for name in ("root", "daemon", "nobody"):
            assert station.console.system_users[name][2] == "", name
    soon(lambda: taro.name not in station.console.system_users)


def test_a_user_who_comes_takes_mail_and_logs_in_within_seconds_until_he_goes(station: Station) -> None:
    with switched_on(station):
        with system_user() as taro:
            asked = replace(STRANGER, recipient=f"{taro.name}@example.jp")
            soon(lambda: explain(station, asked).verdict == "accept")
            found = explain(station, asked)
            assert [(hop.kind, hop.address) for hop in found.route] == [("mailbox", asked.recipient)]
            assert rule(found) == ("accounts", asked.recipient)
            assert logs_in(station, taro.name)
            sends = replace(asked, service="submission", sender=asked.recipient, login=asked.recipient)
            assert explain(station, sends).verdict == "accept"
        soon(lambda: explain(station, asked).reply[:3] == "550")
        assert not logs_in(station, taro.name)


def test_a_service_user_is_never_one_of_them(station: Station) -> None:
    with switched_on(station), system_user("--system") as service, system_user() as taro:
        soon(lambda: bool(station.console.system_users.get(taro.name, (0, "", ""))[2]))
        assert station.console.system_users[service.name][2] == ""
        assert not logs_in(station, service.name)
        assert not logs_in(station, "root", "")
    soon(lambda: not any(address for _, _, address in station.console.system_users.values()))
    # With the switch off the very same user is nobody here.
    with system_user() as jiro:
        soon(lambda: jiro.name in station.console.system_users)
        assert not logs_in(station, jiro.name)


def test_names_with_odd_letters_and_odd_numbers_are_refused() -> None:
    for name in (
        "root",
        "a b",
        "A",
        "a$",
        "-a",
        ".a",
        "a..b",
        "a/b",
        "../b",
        "a'b",
        "名前",
        "",
        "a" * 33,
        "a\n",
        "a@b",
        "a%b",
    ):
        assert not may_be_account(name, 1000), name
    for uid in (0, 1, 999, 65534, 65535, 4294967294, 4294967295, -1):
        assert not may_be_account("taro", uid), uid
    for name in ("taro", "_taro", "a.b", "a-b_c9"):
        assert may_be_account(name, 1000), name
