"""Block lists asked by a real filter of a real name server (unbound), in a network of their own."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import pytest

from tests.document.network import name_server, private_network
from tests.mailfilter.conftest import FilterRig, eventually

LISTED, LIGHT, CLEAN = "198.51.100.66", "198.51.100.67", "198.51.100.68"
LISTED6 = "2001:db8::66"
NIBBLES = ".".join(reversed("20010db8" + "0" * 22 + "66"))
ALIVE = "2.0.0.127.{0}. A 127.0.0.2"
RECORDS = [
    ALIVE.format("bl.example"),
    "66.100.51.198.bl.example. A 127.0.0.2",
    '66.100.51.198.bl.example. TXT "Seen sending spam\\; see https://bl.example/"',
    f"{NIBBLES}.bl.example. A 127.0.0.3",
    ALIVE.format("light.example"),
    "66.100.51.198.light.example. A 127.0.0.4",
    "67.100.51.198.light.example. A 127.0.0.4",
    # Lists everybody, as a domain does that was given up.
    *(f"{digits}.dead.example. A 192.0.2.1" for digits in ("1.0.0.127", "2.0.0.127", "68.100.51.198")),
    *(f"{digits}.everybody.example. A 127.0.0.2" for digits in ("1.0.0.127", "2.0.0.127", "68.100.51.198")),
    # Does not serve this resolver.
    *(f"{digits}.public.example. A 127.255.255.254" for digits in ("2.0.0.127", "68.100.51.198")),
]
# A name server that takes every question and never answers.
BLACK_HOLE = ("forward-zone:", '  name: "silent.example"', "  forward-addr: 203.0.113.53")
OPEN_ZONES = [f'  local-zone: "{name}." transparent' for name in ("silent.example",)]


@pytest.fixture(scope="module", autouse=True)
def network() -> Iterator[None]:
    with (
        private_network("203.0.113.53"),
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as hole,
        name_server(RECORDS, *OPEN_ZONES, *BLACK_HOLE),
    ):
        hole.bind(("203.0.113.53", 53))
        yield


def ask(rig: FilterRig, context: str = "block-lists", **attributes: str) -> str:
    lines = ["request=smtpd_access_policy", f"policy_context={context}"]
    lines += [f"{name}={value}" for name, value in attributes.items()]
    with rig.connected("policy") as line:
        line.sendall("\n".join([*lines, "", ""]).encode())
        return line.recv(1000).decode().removeprefix("action=").strip()


def state(rig: FilterRig, name: str) -> str:
    return ask(rig, "block-list-state", list=name).removeprefix("DUNNO ")


def install(rig: FilterRig, *lists: str, threshold: int = 1) -> None:
    rig.install(block_lists=list(lists), block_list_threshold=threshold, resolvers=["127.0.0.1:53"])


def test_a_listed_client_is_refused_by_the_lists_name_and_words(mail_filter: FilterRig) -> None:
    install(mail_filter, "bl.example")
    mail_filter.start()
    said = ask(mail_filter, client_address=LISTED)
    assert said.startswith(f"554 5.7.1 Service unavailable; client [{LISTED}] is listed by bl.example; Seen sending")
    assert ask(mail_filter, client_address=LISTED6).startswith("554 5.7.1 ")
    for other in (CLEAN, "2001:db8::67", "127.0.0.1", "::1", "unknown", ""):
        assert ask(mail_filter, client_address=other) == "DUNNO"


def test_without_lists_nobody_is_asked_for(mail_filter: FilterRig) -> None:
    install(mail_filter)
    mail_filter.start()
    assert ask(mail_filter, client_address=LISTED) == "DUNNO"


def test_weights_add_up_to_the_threshold(mail_filter: FilterRig) -> None:
    install(mail_filter, "bl.example*2", "light.example", threshold=3)
    mail_filter.start()
    assert "bl.example, light.example" in ask(mail_filter, client_address=LISTED)
    assert ask(mail_filter, client_address=LIGHT) == "DUNNO"
    install(mail_filter, "bl.example*2", "light.example*-1", threshold=2)
    assert ask(mail_filter, client_address=LISTED) == "DUNNO"  # one list speaks for it
    install(mail_filter, "light.example=127.0.0.[2..3]")
    assert ask(mail_filter, client_address=LIGHT) == "DUNNO"
    install(mail_filter, "light.example=127.0.0.[2..4]")
    assert ask(mail_filter, client_address=LIGHT).startswith("554 ")


def test_a_silent_list_blocks_nobody_and_is_waited_for_once(mail_filter: FilterRig) -> None:
    install(mail_filter, "silent.example", "bl.example")
    mail_filter.start(workers=1)
    begun = time.monotonic()
    assert ask(mail_filter, client_address=CLEAN) == "DUNNO"
    assert time.monotonic() - begun < 20
    begun = time.monotonic()
    assert ask(mail_filter, client_address="198.51.100.69") == "DUNNO"
    assert time.monotonic() - begun < 4
    assert ask(mail_filter, client_address=LISTED).startswith("554 ")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("bl.example", "alive"),
        ("dead.example", "everybody"),
        ("everybody.example", "everybody"),
        ("public.example", "refused"),
        ("nothing.example", "nobody"),
        ("silent.example", "silent"),
    ],
)
def test_the_state_of_a_list_is_told(mail_filter: FilterRig, name: str, expected: str) -> None:
    install(mail_filter)
    mail_filter.start(workers=1)
    assert state(mail_filter, name).split()[0] == expected


def test_a_list_that_was_switched_off_is_not_obeyed(mail_filter: FilterRig) -> None:
    install(mail_filter, "everybody.example")
    mail_filter.start()
    assert ask(mail_filter, client_address=CLEAN).startswith("554 ")
    mail_filter.change("INSERT INTO block_lists VALUES ('everybody.example', 'everybody', 0)")
    assert ask(mail_filter, client_address=CLEAN) == "DUNNO"
    mail_filter.change("UPDATE block_lists SET state = 'alive'")
    assert ask(mail_filter, client_address=CLEAN).startswith("554 ")


def test_a_list_that_does_not_serve_this_resolver_is_not_obeyed_and_what_it_did_is_counted(
    mail_filter: FilterRig,
) -> None:
    install(mail_filter, "public.example", "bl.example")
    mail_filter.start()
    assert ask(mail_filter, client_address=CLEAN) == "DUNNO"
    for _ in range(3):
        assert ask(mail_filter, client_address=LISTED).startswith("554 ")
    # What the agent's own probes hear is no hit.
    assert ask(mail_filter, client_address=LISTED, helo_name="probe.fumibako.invalid").startswith("554 ")
    assert ask(mail_filter, client_address=LISTED, helo_name="spammer.example", server_port="0").startswith("554 ")
    assert eventually(lambda: state(mail_filter, "bl.example") == "alive hits=3 refused=0")
    # Once for each of the workers that were asked.
    assert state(mail_filter, "public.example").startswith(("refused hits=0 refused=1", "refused hits=0 refused=2"))
