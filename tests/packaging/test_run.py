"""`./run` in this checkout, with a network, processes and a var/ of its own: from nothing to a mail that was read."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]

# A layer in memory over the checkout (it keeps its path, which the environment in .venv knows), without the trial home
# that may be in it; and nothing of what is noted about the other homes of this machine.
ENTER = r"""
set -eu
top=$1 scratch=$2
mount -t tmpfs -o mode=755 tmpfs "$scratch"
mkdir "$scratch/upper" "$scratch/work"
mount -t overlay overlay -o "lowerdir=$top,upperdir=$scratch/upper,workdir=$scratch/work" "$top"
cd "$top"
rm -rf var
mkdir -p /var/lib/fumibako-homes
mount -t tmpfs -o mode=755 tmpfs /var/lib/fumibako-homes
ip link set lo up
exec script/first-mail
"""


@pytest.mark.slow
def test_a_first_mail_is_sent_and_read_and_ctrl_c_leaves_nothing(tmp_path: Path) -> None:
    apart = ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc"]
    done = subprocess.run(
        [*apart, "sh", "-c", ENTER, "sh", str(TOP), str(tmp_path)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "it is read through IMAP" in done.stdout
    assert done.stdout.count("nothing is left running") == 2
