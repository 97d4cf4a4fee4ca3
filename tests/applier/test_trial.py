"""A candidate boots on its real ports beside the live server, answers, and leaves nothing behind."""

from __future__ import annotations

import dataclasses
import socket
from pathlib import Path

import pytest

from fumibako.channel.applier import ApplierRefused
from fumibako.formats import master_cf
from fumibako.formats.master_cf import MasterCf
from tests.applier.conftest import Rig, eventually


def _line(connection: socket.socket) -> str:
    connection.settimeout(10)
    return connection.makefile("rb").readline().decode()


def _mounts(rig: Rig) -> list[str]:
    return [line for line in Path("/proc/self/mounts").read_text().splitlines() if str(rig.root) in line]


def test_it_answers_on_the_port_that_the_live_server_holds(serving: Rig) -> None:
    serving.channel.write(2, serving.files(more={"mail_name": "Candidate"}))
    tried = serving.channel.try_(2)
    assert tried.missing == ()
    assert tried.log == ()
    address = f"127.0.0.1:{serving.ports.smtp}"
    assert address in tried.listening
    with serving.channel.connect("trial", f"tcp:{address}") as candidate:
        assert _line(candidate) == "220 mail.example.test ESMTP Candidate\r\n"
    with socket.create_connection(("127.0.0.1", serving.ports.smtp)) as live:
        assert _line(live) == "220 mail.example.test ESMTP Postfix\r\n"
    with serving.channel.connect("trial", f"tcp:127.0.0.1:{serving.ports.imap}") as imap:
        assert "OK" in _line(imap)
    assert serving.channel.observe().trial == 2
    assert serving.channel.observe().serving == 1


def test_a_stranger_can_come_from_an_address_of_its_own(idle: Rig) -> None:
    idle.channel.write(1, idle.files())
    idle.channel.try_(1, ("198.51.100.9", "2001:db8::9", "0.0.0.0"))
    with idle.channel.connect("trial", f"tcp:127.0.0.1:{idle.ports.smtp}", "198.51.100.9") as stranger:
        assert stranger.getsockname()[0] == "198.51.100.9"
        stranger.settimeout(20)
        conversation = stranger.makefile("rwb")
        conversation.readline()
        for command, reply in (
            (b"HELO stranger.example\r\n", b"250"),
            (b"MAIL FROM:<a@example.net>\r\n", b"250"),
            (b"RCPT TO:<b@example.org>\r\n", b"554 5.7.1"),
            (b"RCPT TO:<hanako@example.test>\r\n", b"250"),
        ):
            conversation.write(command)
            conversation.flush()
            assert conversation.readline().startswith(reply)


def test_the_clone_answers_in_the_trial_and_in_the_live_server(serving: Rig) -> None:
    serving.channel.write(2, serving.files(more={"mail_name": "Candidate"}))
    serving.channel.try_(2)
    with serving.channel.connect("trial", "clone:smtp") as candidate:
        assert "Candidate" in _line(candidate)
    with serving.channel.connect("live", "clone:smtp") as live:
        assert "Postfix" in _line(live)


def test_nothing_is_left_behind(serving: Rig) -> None:
    before = serving.processes()
    serving.channel.try_(1)
    assert serving.processes() > before
    serving.channel.end_trial()
    assert eventually(lambda: serving.processes() <= before, 5), serving.processes() - before
    assert _mounts(serving) == []
    assert serving.channel.observe().trial is None
    with pytest.raises(ApplierRefused) as refused:
        serving.channel.connect("trial", "clone:smtp")
    assert refused.value.code == "no_trial"


def test_an_applier_that_is_killed_takes_its_trial_along_and_leaves_the_mail(serving: Rig) -> None:
    before = serving.processes()
    serving.channel.try_(1)
    assert serving.process is not None
    serving.kill_applier()
    left = before - {serving.process.pid}
    assert eventually(lambda: serving.processes() <= left, 5), serving.processes() - left
    with socket.create_connection(("127.0.0.1", serving.ports.smtp)) as live:
        assert _line(live).startswith("220")


def test_what_only_the_log_tells_is_told(idle: Rig) -> None:
    idle.channel.write(1, idle.files())
    assert idle.channel.check(1).findings == ()
    (idle.root / "trial/db/lookup.db").unlink()
    idle.channel.try_(1)
    with idle.channel.connect("trial", f"tcp:127.0.0.1:{idle.ports.smtp}") as client:
        client.sendall(b"HELO x\r\nMAIL FROM:<a@example.net>\r\nRCPT TO:<hanako@example.test>\r\n")
        assert eventually(lambda: any("fatal" in line for line in idle.channel.trial_log()), 10)


def test_a_candidate_that_does_not_start_is_told_with_its_own_words(idle: Rig) -> None:
    files = idle.files()
    idle.channel.write(1, files)
    (idle.root / "tls" / idle.fingerprint / "key.pem").unlink()
    with pytest.raises(ApplierRefused) as refused:
        idle.channel.try_(1)
    assert refused.value.code == "trial_failed"
    assert "key.pem" in refused.value.detail
    assert idle.channel.observe().trial is None


def test_an_address_that_this_machine_does_not_have_can_be_tried(idle: Rig) -> None:
    files = idle.files()
    moved = [
        dataclasses.replace(one, name=f"203.0.113.5:{idle.ports.smtp}")
        if one.name == f"127.0.0.1:{idle.ports.smtp}"
        else one
        for one in master_cf.parse(files["postfix/master.cf"]).services()
    ]
    files["postfix/master.cf"] = master_cf.format(MasterCf(tuple(moved)))
    idle.channel.write(1, files)
    assert idle.channel.ports(1).taken[0].reason == "no_such_address"
    tried = idle.channel.try_(1)
    assert f"203.0.113.5:{idle.ports.smtp}" in tried.listening
    with idle.channel.connect("trial", f"tcp:203.0.113.5:{idle.ports.smtp}") as client:
        assert _line(client).startswith("220")


@pytest.mark.parametrize(
    ("where", "to", "source", "code"),
    [
        ("live", "tcp:127.0.0.1:25", None, "bad_target"),
        ("trial", "tcp:localhost:25", None, "bad_target"),
        ("trial", "unix:/run/x", None, "bad_target"),
        ("live", "clone:../public/showq", None, "bad_target"),
        ("live", "clone:nobody", None, "no_connection"),
        ("trial", "tcp:127.0.0.1:25", "x; id", "bad_source"),
        ("trial", "tcp:127.0.0.1:25", None, "no_trial"),
    ],
)
def test_other_places_are_not_connected_to(idle: Rig, where: str, to: str, source: str | None, code: str) -> None:
    with pytest.raises(ApplierRefused) as refused:
        idle.channel.connect(where, to, source)  # type: ignore[arg-type]  # wrong on purpose in places
    assert refused.value.code == code


def test_the_check_tells_what_the_servers_say(idle: Rig) -> None:
    idle.channel.write(1, idle.files())
    assert idle.channel.check(1).findings == ()
    # Parameters of a transport are accepted by their shape; Postfix knows that there is no such transport.
    idle.channel.write(2, idle.files(more={"forward_destination_rate_delay": "1s"}))
    found = idle.channel.check(2).findings
    assert {one.program for one in found} == {"postfix"}
    assert all("forward_destination_rate_delay" in one.text for one in found)


def test_a_certificate_that_was_not_imported_is_an_offence(idle: Rig) -> None:
    files = idle.files()
    files["dovecot/dovecot.conf"] = files["dovecot/dovecot.conf"].replace(idle.fingerprint, "b" * 64)
    with pytest.raises(ApplierRefused) as refused:
        idle.channel.write(1, files)
    assert [(one.path, one.name, one.code) for one in refused.value.offences] == [
        ("dovecot/dovecot.conf", "ssl_cert", "no_certificate")
    ]
