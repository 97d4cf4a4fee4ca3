"""script/install on a machine with systemd: the units, fenced as they are, serve mail on the standard ports."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]

CHECK = r"""
set -eu
trap '[ $? = 0 ] || journalctl --no-pager -q -o cat -u "fumibako*" | grep -v -e left-over -e unclean | tail -n 60' EXIT
until_true() { for _ in $(seq 200); do if "$@"; then return 0; fi; sleep 0.1; done; echo "never: $*"; return 1; }
serves() { fumibako status --json >/tmp/status 2>/tmp/status.err && ! grep -q '"answers": false' /tmp/status; }
stopped() { ! pgrep -x 'master|dovecot' && ! pgrep -f 'fumibako[.](applier|mailfilter|node|console)'; }

/mnt/checkout/script/install --hostname mail.example.jp
until_true serves
echo "serves"

fumibako domain add example.jp
printf 'a long and quiet password\n' >/tmp/password
fumibako account add hanako@example.jp --password-file /tmp/password
cat >/tmp/letter <<LETTER
From: hanako@example.jp
To: hanako@example.jp
Subject: over the standard ports

Hello.
LETTER
cat >/tmp/mail.py <<'MAIL'
import imaplib, smtplib, ssl, sys
anyone = ssl._create_unverified_context()
if sys.argv[1] == "send":
    with smtplib.SMTP("127.0.0.1", 587) as client:
        client.starttls(context=anyone)
        client.login("hanako@example.jp", "a long and quiet password")
        client.sendmail("hanako@example.jp", ["hanako@example.jp"], open("/tmp/letter").read())
else:
    client = imaplib.IMAP4_SSL("127.0.0.1", 993, ssl_context=anyone)
    client.login("hanako@example.jp", "a long and quiet password")
    client.select("INBOX")
    sys.exit(client.search(None, "ALL")[1] != [b" ".join(b"%d" % n for n in range(1, int(sys.argv[1]) + 1))])
MAIL
python3 /tmp/mail.py send
until_true python3 /tmp/mail.py 1
echo "mail goes"

before=$(pgrep -x master)
systemctl kill --kill-who=main -s KILL fumibako-applier.service fumibako-node.service fumibako-console.service
python3 /tmp/mail.py send
until_true python3 /tmp/mail.py 2
# While the filter is away senders are told to come again: nothing passes unchecked.
systemctl kill --kill-who=main -s KILL fumibako-filter.service
until_true python3 /tmp/mail.py send
until_true python3 /tmp/mail.py 3
until_true serves
[ "$(pgrep -x master)" = "$before" ]
for unit in applier node console filter; do [ "$(systemctl show -P NRestarts fumibako-$unit)" -ge 1 ]; done
fumibako account add taro@example.jp --password-file /tmp/password
echo "our processes come back, Postfix and Dovecot never went"

fumibako down
stopped
fumibako up --detach
serves
until_true python3 /tmp/mail.py 3
echo "stops and starts as a whole"

[ "$(systemctl is-enabled fumibako.target)" = enabled ]
/mnt/checkout/script/install
until_true serves
echo "installs over itself"

systemctl stop fumibako.target
until_true stopped
"""


@pytest.fixture
def control_group() -> Iterator[Path]:
    """An empty control group below the one we are in; systemd will think that it is all there is."""
    mounts = [line.split() for line in Path("/proc/self/mounts").read_text().splitlines()]
    unified = next((Path(fields[1]) for fields in mounts if fields[2] == "cgroup2"), None)
    if unified is None:
        pytest.skip("systemd wants a cgroup2 file system, and this machine has none")
    ours = next(line for line in Path("/proc/self/cgroup").read_text().splitlines() if line.startswith("0::"))
    group = unified / ours.removeprefix("0::").lstrip("/") / f"fumibako-test-{os.getpid()}"
    group.mkdir()
    yield group
    for directory, _, _ in os.walk(group, topdown=False):
        os.rmdir(directory)


@pytest.mark.slow
def test_an_installed_server_serves_survives_crashes_and_stops(tmp_path: Path, control_group: Path) -> None:
    (tmp_path / "check").write_text(CHECK)
    namespaces = ["--mount", "--pid", "--net", "--ipc", "--uts", "--cgroup", "--fork", "--kill-child=KILL"]
    boot = ["unshare", *namespaces, "sh", str(TOP / "tests/packaging/boot.sh"), str(tmp_path), str(TOP)]
    done = subprocess.run(
        ["sh", "-c", 'echo $$ >"$1/cgroup.procs"; shift; exec "$@"', "sh", str(control_group), *boot],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=180,
    )
    said = (tmp_path / "said").read_text() if (tmp_path / "said").exists() else ""
    assert done.returncode == 0, said + done.stdout + done.stderr
    assert "installs over itself" in said
