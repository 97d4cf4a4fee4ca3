"""A network of its own for a test: documentation addresses on `lo`, and a name server of its own.

Loopback may always send, so what a stranger is told can be seen only from an address that is not loopback.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_NEW_NETWORK: Final = 0x40000000
_NEW_MOUNTS: Final = 0x00020000
_LIBC: Final = ctypes.CDLL(None, use_errno=True)


@contextmanager
def private_network(*addresses: str, nameserver: str = "127.0.0.1") -> Iterator[None]:
    """This thread, and what it starts, in network and mount namespaces of their own until the end; /etc/resolv.conf
    names `nameserver`, and nothing answers there unless the test puts something there."""
    with tempfile.NamedTemporaryFile("w", suffix=".resolv") as resolv:
        resolv.write(f"nameserver {nameserver}\noptions timeout:1 attempts:1\n")
        resolv.flush()
        Path(resolv.name).chmod(0o644)
        before = {name: os.open(f"/proc/thread-self/ns/{name}", os.O_RDONLY) for name in ("net", "mnt")}
        here = Path.cwd()
        _checked(_LIBC.unshare(_NEW_NETWORK | _NEW_MOUNTS))
        try:
            _run("mount", "--make-rprivate", "/")
            _run("mount", "--bind", resolv.name, "/etc/resolv.conf")
            _run("ip", "link", "set", "lo", "up")
            for address in addresses:
                bits, flags = ("128", ["nodad"]) if ":" in address else ("32", [])
                _run("ip", "addr", "add", f"{address}/{bits}", "dev", "lo", *flags)
            yield
        finally:
            for name, flag in (("net", _NEW_NETWORK), ("mnt", _NEW_MOUNTS)):
                _checked(_LIBC.setns(before[name], flag))
                os.close(before[name])
            os.chdir(here)


@contextmanager
def name_server(records: Sequence[str], *more: str, address: str = "127.0.0.1") -> Iterator[None]:
    """unbound on port 53 with these records (`"a.example. A 192.0.2.1"`, `1.2.0.192.in-addr.arpa. PTR a.example.`) and
    nothing else: what is not there does not exist. `more` are lines of its configuration.
    """
    directory = Path(tempfile.mkdtemp(prefix="fumidns"))
    directory.chmod(0o755)
    conf = directory / "unbound.conf"
    conf.write_text(_configuration(directory, records, more, address))
    process = subprocess.Popen(
        ["unbound", "-d", "-p", "-c", str(conf)], stdout=subprocess.DEVNULL, stderr=(directory / "log").open("w")
    )
    try:
        _until_it_answers(process, directory, address)
        yield
    finally:
        process.terminate()
        process.wait(10)
        shutil.rmtree(directory, ignore_errors=True)


def _configuration(directory: Path, records: Sequence[str], more: Sequence[str], address: str) -> str:
    lines = [
        "server:",
        f'  directory: "{directory}"',
        '  chroot: ""',
        '  username: ""',
        '  pidfile: ""',
        f"  interface: {address}",
        "  access-control: 0.0.0.0/0 allow",
        "  do-not-query-localhost: no",
        '  module-config: "iterator"',
        "  use-syslog: no",
        '  local-zone: "." static',
        *(f"  local-data: '{record}'" for record in records),
        *more,
        "remote-control:",
        "  control-enable: no",
    ]
    return "\n".join([*lines, ""])


def _until_it_answers(process: subprocess.Popen[bytes], directory: Path, address: str) -> None:
    question = b"\x00\x01\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x06\x00\x01"
    deadline = time.monotonic() + 10
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(0.2)
        while time.monotonic() < deadline:
            assert process.poll() is None, (directory / "log").read_text()
            try:
                client.sendto(question, (address, 53))
                client.recv(512)
                return
            except OSError:
                time.sleep(0.05)
    raise AssertionError("unbound does not answer")


def _run(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True)


def _checked(result: int) -> None:
    if result != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
