"""Certificates that a generation names: each must have been imported into the home before."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from fumibako.layout import Home
from fumibako.wire.applier import Offence


def absent_certificates(files: Mapping[str, str], home: Home) -> Iterator[Offence]:
    """The first place in each file where a certificate is named that is not there.

    The servers' own checkers say nothing: Postfix would go on without TLS, Dovecot would refuse every client.
    """
    named = re.compile(rf"{re.escape(str(home.tls))}/([0-9a-f]{{64}})/")
    for path in sorted(files):
        for number, line in enumerate(files[path].split("\n"), start=1):
            absent = [name for name in named.findall(line) if not (Path(home.tls) / name / "key.pem").is_file()]
            if absent:
                yield Offence(
                    path,
                    number,
                    line.partition(" =")[0].strip(),
                    "no_certificate",
                    f"The certificate {absent[0][:16]}… has not been imported.",
                    f"証明書 {absent[0][:16]}… は取り込まれていません。",
                )
                break
