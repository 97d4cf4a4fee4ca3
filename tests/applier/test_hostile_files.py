"""The applier against a hostile agent: none of the files is accepted, though the servers' own checkers are content."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import PurePosixPath

import pytest

from fumibako.applier.grammar import offences_of
from fumibako.applier.programs import run, run_on_terminal
from fumibako.channel.applier import ApplierRefused
from fumibako.layout import Home
from tests.applier import sample
from tests.applier.conftest import Rig, make_rig
from tests.applier.hostile import CASES, Case, write

_PORTS = sample.Ports(21025, 21587, 21465, 21143, 21110)


def _sample(home: Home, fingerprint: str) -> dict[str, str]:
    return sample.generation(home, _PORTS, fingerprint)


def test_the_sample_itself_is_accepted() -> None:
    home = Home(PurePosixPath("/tmp/home"))
    assert offences_of(_sample(home, "a" * 64), home) == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_hostile_file_is_not_accepted(case: Case) -> None:
    home = Home(PurePosixPath("/tmp/home"))
    files = _sample(home, "a" * 64)
    case.change(files, home)
    offences = offences_of(files, home)
    assert offences
    assert all(offence.code and offence.en and offence.ja for offence in offences)


@pytest.fixture(scope="module")
def checked() -> Iterator[Rig]:
    rig = make_rig()
    try:
        yield rig
    finally:
        rig.clean_up()


def _complaints(rig: Rig, files: dict[str, str]) -> str:
    """What `postfix check` and `doveconf -n` say, on the files where they would be installed."""
    folder = rig.root / "generations" / "1"
    shutil.rmtree(folder, ignore_errors=True)
    write(files, folder)
    for path in (folder / "postfix").iterdir():
        os.utime(path, (1, 1))  # Postfix waits for a file that has just changed
    link = rig.root / "server" / "current"
    link.unlink(missing_ok=True)
    link.symlink_to("../generations/1")
    unchanged = _sample(rig.home, rig.fingerprint)
    said = []
    if any(files[path] != unchanged.get(path) for path in files if not path.startswith("dovecot/")):
        said.append(run_on_terminal(["/usr/sbin/postfix", "-c", str(rig.home.postfix), "check"]))
    if any(files[path] != unchanged.get(path) for path in files if path.startswith("dovecot/")):
        said.append(run(["/usr/bin/doveconf", "-n", "-c", str(rig.home.dovecot_conf)]))
    assert said, "the case changes nothing"
    return "\n".join(f"{one.status} {one.text}" for one in said if one.status != 0 or one.text)


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_checkers_of_the_servers_are_content_with_it(case: Case, checked: Rig) -> None:
    files = _sample(checked.home, checked.fingerprint)
    case.change(files, checked.home)
    complaints = _complaints(checked, files)
    assert bool(complaints) == case.caught, complaints


def test_more_than_fifty_pass_the_checkers() -> None:
    assert sum(not case.caught for case in CASES) >= 50


def test_a_refusal_names_every_offence_with_its_line_and_installs_nothing(idle: Rig) -> None:
    files = idle.files()
    files["postfix/main.cf"] += "mailbox_command = /bin/sh\ndebugger_command = /bin/sh\n"
    files["dovecot/dovecot.conf"] += "service evil {\n  executable = script /bin/sh\n}\n"
    with pytest.raises(ApplierRefused) as refused:
        idle.channel.write(1, files)
    assert refused.value.code == "grammar"
    lines = files["postfix/main.cf"].splitlines()
    assert {(offence.path, offence.line, offence.name) for offence in refused.value.offences} == {
        ("postfix/main.cf", lines.index("mailbox_command = /bin/sh") + 1, "mailbox_command"),
        ("postfix/main.cf", lines.index("debugger_command = /bin/sh") + 1, "debugger_command"),
        (
            "dovecot/dovecot.conf",
            files["dovecot/dovecot.conf"].splitlines().index("service evil {") + 1,
            "service evil",
        ),
    }
    assert idle.channel.observe().generations == ()
    assert not (idle.root / "generations" / "1").exists()
