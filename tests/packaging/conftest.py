"""A machine to install on: this one's file system, written to a layer in memory that is thrown away.

It has mounts and processes of its own, so that nothing a maintainer script does reaches the machine beneath, and its
first deed is to forbid every service to start or stop, until the test says otherwise.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]

ENTER = r"""
set -eu
scratch=$1 top=$2 script=$3
mount -t tmpfs -o size=2g,mode=755 tmpfs "$scratch"
mkdir "$scratch/upper" "$scratch/work" "$scratch/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$scratch/upper,workdir=$scratch/work" "$scratch/root"
cd "$scratch/root"
mount -t proc proc proc
mount --rbind /dev dev
mount -t tmpfs tmpfs run
mount -t tmpfs tmpfs tmp
mkdir tmp/checkout
mount --bind "$top" tmp/checkout
mount -o remount,bind,ro tmp/checkout
cp -L /etc/resolv.conf run/resolv.conf
[ -e etc/resolv.conf ] || { mkdir -p run/systemd/resolve; cp run/resolv.conf run/systemd/resolve/stub-resolv.conf; }
rm -f usr/sbin/policy-rc.d usr/sbin/policy-rc.d.fumibako-saved
printf '#!/bin/sh\nexit 101\n' >usr/sbin/policy-rc.d
chmod 755 usr/sbin/policy-rc.d
ln -sf true usr/bin/mandb   # an index of manual pages after every package is what would take the longest
exec chroot . /bin/sh -euc "cd /tmp/checkout; $script"
"""

Machine = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """Run a shell script on a machine of its own; the checkout is at /tmp/checkout, read-only."""

    def run(script: str, **variables: str) -> subprocess.CompletedProcess[str]:
        scratch = tmp_path / "machine"
        scratch.mkdir(exist_ok=True)
        environment = {
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": "/root",
            "LC_ALL": "C.UTF-8",
            "DEBIAN_FRONTEND": "noninteractive",
        } | variables
        enter = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", ENTER, "sh"]
        return subprocess.run(
            [*enter, str(scratch), str(TOP), script],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=240,
        )

    return run
