"""A real user of the operating system for tests, with a name of its own; gone afterwards."""

from __future__ import annotations

import contextlib
import os
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

PASSWORD = "a system's own password"


@dataclass(frozen=True)
class SystemUser:
    name: str

    def password(self, text: str) -> None:
        subprocess.run(["/usr/sbin/chpasswd"], input=f"{self.name}:{text}", text=True, check=True, capture_output=True)

    def lock(self) -> None:
        subprocess.run(["/usr/sbin/usermod", "--lock", self.name], check=True, capture_output=True)


@contextmanager
def system_user(*options: str) -> Iterator[SystemUser]:
    """A user with `PASSWORD` and no home; `options` are useradd(8)'s. It takes root."""
    if os.geteuid() != 0:
        pytest.skip("only root can make users")
    user = SystemUser(f"fmb-{uuid.uuid4().hex[:10]}")
    argv = ["/usr/sbin/useradd", "--no-create-home", "--no-user-group", "--shell", "/usr/sbin/nologin"]
    subprocess.run([*argv, *options, user.name], check=True, capture_output=True)
    try:
        user.password(PASSWORD)
        yield user
    finally:
        with contextlib.suppress(subprocess.CalledProcessError):
            subprocess.run(["/usr/sbin/userdel", user.name], check=True, capture_output=True)
