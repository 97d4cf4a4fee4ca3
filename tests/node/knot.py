"""A real Knot as a zone's primary or secondary, in the test's own network."""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

KEY: Final = "fumibako"
SECRET: Final = "c2VjcmV0IG9mIGEgdGVzdCwgMzIgb2N0ZXRzIGxvbmc="
_ZONE: Final = """$ORIGIN {zone}.
$TTL 600
@ SOA ns1 hostmaster 1 3600 600 86400 60
@ NS ns1
ns1 A 198.51.100.53
ns2 A 198.51.100.54
{records}
"""


@contextmanager
def knot(
    records: Sequence[str] = (),
    *,
    address: str = "198.51.100.53",
    zone: str = "example.jp",
    types: str = "TXT, MX, SRV",
) -> Iterator[None]:
    """Serve the zone until the end; the key `KEY` may change records of these types."""
    directory = Path(tempfile.mkdtemp(prefix="fumiknot"))
    (directory / "zone").write_text(_ZONE.format(zone=zone, records="\n".join(records)))
    (directory / "knot.conf").write_text(
        f"""server:
  rundir: {directory}
  listen: {address}@53
  user: root:root
database:
  storage: {directory}
log:
  - target: stderr
    any: warning
key:
  - id: {KEY}
    algorithm: hmac-sha256
    secret: {SECRET}
acl:
  - id: update
    key: {KEY}
    action: update
    update-type: [{types}]
zone:
  - domain: {zone}
    file: {directory}/zone
    acl: update
    zonefile-load: difference-no-serial
    journal-content: all
"""
    )
    with (directory / "log").open("w") as log:
        process = subprocess.Popen(["knotd", "-c", str(directory / "knot.conf")], stdout=log, stderr=log)
    try:
        _until_it_answers(process, directory, address)
        yield
    finally:
        process.terminate()
        process.wait(10)
        shutil.rmtree(directory, ignore_errors=True)


def _until_it_answers(process: subprocess.Popen[bytes], directory: Path, address: str) -> None:
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        assert process.poll() is None, (directory / "log").read_text()
        with socket.socket() as line:
            line.settimeout(0.2)
            if line.connect_ex((address, 53)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError((directory / "log").read_text())
