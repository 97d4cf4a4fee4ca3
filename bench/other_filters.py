"""Other filters to be measured beside ours, those of them that are installed: each is started in a folder of its own and says
what Postfix is to be told. They ask the system's name server. A filter that finds nothing is fast: `proof` is what must stand in the
header of a message that it checked."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

HOST: Final = "mail.example.test"


@dataclass
class Other:
    """A filter that runs: `main_cf` and `master_cf` are lines for Postfix, `data_restriction` one more check at DATA; `pids` is
    what is started once and serves all."""

    name: str
    main_cf: Sequence[str]
    proof: Sequence[str]
    master_cf: Sequence[str] = ()
    data_restriction: str = ""
    pids: Sequence[int] = field(default_factory=tuple)


def _opendkim(folder: Path) -> tuple[str, list[str]]:
    (folder / "opendkim.conf").write_text(
        f"Mode v\nSyslog no\nUMask 000\nSocket local:{folder}/opendkim.sock\nPidFile {folder}/opendkim.pid\n"
        f"Nameservers 127.0.0.1\nAuthservID {HOST}\nAlwaysAddARHeader yes\n"
    )
    return f"unix:{folder}/opendkim.sock", ["opendkim", "-f", "-x", f"{folder}/opendkim.conf"]


def _opendmarc(folder: Path) -> tuple[str, list[str]]:
    (folder / "opendmarc.conf").write_text(
        f"Syslog no\nUMask 000\nSocket local:{folder}/opendmarc.sock\nPidFile {folder}/opendmarc.pid\n"
        f"AuthservID {HOST}\nTrustedAuthservIDs {HOST}\nRejectFailures false\n"
    )
    return f"unix:{folder}/opendmarc.sock", ["opendmarc", "-f", "-c", f"{folder}/opendmarc.conf"]


def _rspamd(folder: Path) -> tuple[str, list[str]]:
    """The four checks alone, in two processes that scan themselves."""
    # Making a trie of all public suffixes takes longer than anybody waits; these messages hold no addresses of pages.
    (folder / "suffixes").write_text("test\ncom\njp\n")
    (folder / "rspamd.conf").write_text(
        f"""options {{ pidfile = "{folder}/rspamd.pid"; filters = "dkim"; tempdir = "{folder}"; local_addrs = [];
  url_tld = "{folder}/suffixes"; disable_hyperscan = true; dns {{ nameserver = ["127.0.0.1:53"]; }} }}
logging {{ type = "file"; filename = "{folder}/rspamd.log"; level = "error"; }}
modules {{ path = "/usr/share/rspamd/plugins/"; }}
spf {{ }}
dkim {{ }}
dmarc {{ }}
arc {{ }}
milter_headers {{ use = ["authentication-results"]; }}
metric {{ name = "default"; actions {{ reject = 10000; }} }}
worker "rspamd_proxy" {{ bind_socket = "{folder}/rspamd.sock mode=0666"; count = 2; milter = yes; timeout = 20s;
  upstream "local" {{ default = yes; self_scan = yes; }} }}
"""
    )
    folder.chmod(0o777)
    user = ["-u", "_rspamd", "-g", "_rspamd"]
    return f"unix:{folder}/rspamd.sock", ["rspamd", "-f", *user, "-c", f"{folder}/rspamd.conf"]


_Maker = Callable[[Path], tuple[str, list[str]]]
# By name: the daemons, in the order in which a message meets them; whether SPF is asked of a policy server; the proof.
KINDS: Final[dict[str, tuple[tuple[_Maker, ...], bool, tuple[str, ...]]]] = {
    "opendkim": ((_opendkim,), False, ("dkim=pass",)),
    "rspamd": ((_rspamd,), False, ("dkim=pass", "spf=pass", "dmarc=pass")),
    "opendkim+opendmarc+spf": ((_opendkim, _opendmarc), True, ("dkim=pass", "Received-SPF: Pass", "dmarc=pass")),
}
_PROGRAMS: Final[dict[str, tuple[str, ...]]] = {
    "opendkim": ("opendkim",),
    "rspamd": ("rspamd",),
    "opendkim+opendmarc+spf": ("opendkim", "opendmarc", "policyd-spf"),
}


def installed() -> list[str]:
    return [name for name, programs in _PROGRAMS.items() if all(shutil.which(each) for each in programs)]


@contextmanager
def running(name: str, folder: Path) -> Iterator[Other]:
    """The filter of that name, until the end. Raises `RuntimeError` where it does not come up."""
    folder.mkdir(mode=0o755)
    makers, with_spf, proof = KINDS[name]
    started: list[subprocess.Popen[bytes]] = []
    try:
        sockets = []
        with (folder / "log").open("wb") as log:
            for make in makers:
                milter, argv = make(folder)
                started.append(subprocess.Popen(argv, stdout=log, stderr=log))
                sockets.append(milter)
        for each in sockets:
            _until_it_listens(Path(each.removeprefix("unix:")), started, folder / "log")
        main_cf = [f"smtpd_milters = {' '.join(sockets)}"]
        pids = [each.pid for each in started]
        if not with_spf:
            yield Other(name, main_cf, proof, pids=pids)
            return
        (folder / "spf.conf").write_text("debugLevel = 0\nHELO_reject = False\nMail_From_reject = False\n")
        policy_server = f"policyd-spf unix - n n - 0 spawn user=nobody argv=/usr/bin/policyd-spf {folder}/spf.conf"
        yield Other(name, main_cf, proof, [policy_server], "check_policy_service,unix:private/policyd-spf", pids)
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait(20)


def _until_it_listens(path: Path, started: Sequence[subprocess.Popen[bytes]], log: Path) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if any(each.poll() is not None for each in started):
            break
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
            try:
                client.connect(str(path))
            except OSError:
                time.sleep(0.1)
            else:
                return
    raise RuntimeError(log.read_text(errors="replace")[-500:])
