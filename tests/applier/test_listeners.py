"""What a generation will listen on is read from its files; the real servers agree, wildcards and Dovecot's defaults too."""

from __future__ import annotations

import os
import socket

import pytest

from fumibako.applier import listeners
from fumibako.applier.listeners import Listener
from fumibako.formats import dovecot23, master_cf
from fumibako.formats.dovecot23 import Block, DovecotConf, Setting
from fumibako.formats.master_cf import MasterCf, Service
from tests.applier import sample
from tests.applier.conftest import Rig


def _dovecot(rig: Rig, *, ssl: str, protocols: str, listen: str, blocks: tuple[Block, ...] = ()) -> str:
    """The sample's Dovecot without its own listeners."""
    changed = {"ssl": ssl, "protocols": protocols, "listen": listen}
    kept = [
        Setting(item.name, changed.get(item.name, item.value)) if isinstance(item, Setting) else item
        for item in sample.dovecot_items(rig.home, rig.ports, rig.fingerprint)
        if not (isinstance(item, Block) and item.name in ("imap-login", "pop3-login"))
    ]
    return dovecot23.format(DovecotConf((*kept, *blocks)))


@pytest.mark.parametrize("ssl", ["yes", "no", "required"])
@pytest.mark.parametrize(
    ("protocols", "listen", "blocks"),
    [
        ("imap pop3 lmtp", "*, ::", ()),
        ("lmtp", "*", ()),
        (
            "imap lmtp",
            "127.0.0.1, ::1",
            (
                Block(
                    "service",
                    "imap-login",
                    (
                        Block("inet_listener", "imap", (Setting("port", "0"),)),
                        Block("inet_listener", "imaps", (Setting("port", "10993"), Setting("ssl", "yes"))),
                    ),
                ),
            ),
        ),
    ],
)
def test_the_real_servers_listen_where_the_files_say(
    idle: Rig, ssl: str, protocols: str, listen: str, blocks: tuple[Block, ...]
) -> None:
    files = idle.files()
    files["dovecot/dovecot.conf"] = _dovecot(idle, ssl=ssl, protocols=protocols, listen=listen, blocks=blocks)
    wildcards = tuple(Service(name, "inet", "smtpd", private="n") for name in ("0.0.0.0:25", "[::]:25"))
    inner = tuple(one for one in sample.services(idle.ports) if one.kind != "inet")
    files["postfix/master.cf"] = master_cf.format(MasterCf((*wildcards, *inner)))
    idle.channel.write(1, files)
    expected = listeners.of_postfix(files) | listeners.of_dovecot(files)
    assert set(idle.channel.try_(1).listening) == set(map(str, expected))


def test_the_kernels_table_is_read_as_it_is_meant() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as four,
        socket.create_server(("::1", 0), family=socket.AF_INET6) as six,
    ):
        held = listeners.held_by(os.getpid())
        assert Listener("127.0.0.1", four.getsockname()[1]) in held
        assert Listener("::1", six.getsockname()[1]) in held
        assert held <= listeners.in_network_of(os.getpid())
        taken = listeners.pre_bind(Listener("::1", six.getsockname()[1]))
        assert taken is not None
        assert f"(pid {os.getpid()})" in taken.program


@pytest.mark.parametrize(
    ("one", "other", "overlap"),
    [
        (("0.0.0.0", 25), ("127.0.0.1", 25), True),
        (("127.0.0.1", 25), ("127.0.0.2", 25), False),
        (("::", 25), ("127.0.0.1", 25), False),
        (("::", 25), ("::1", 25), True),
        (("0.0.0.0", 25), ("0.0.0.0", 26), False),
    ],
)
def test_two_listeners_overlap_where_only_one_can_be_had(
    one: tuple[str, int], other: tuple[str, int], overlap: bool
) -> None:
    assert Listener.of(*one).overlaps(Listener.of(*other)) is overlap
    assert Listener.of(*other).overlaps(Listener.of(*one)) is overlap
