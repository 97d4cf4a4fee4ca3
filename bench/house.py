"""What a whole home costs: its start, an apply of the settings, an account, memory.

    .venv/bin/python -m bench.house

A home of its own on loopback with real Postfix and Dovecot, driven as an administrator's script drives it, and removed.
"""

from __future__ import annotations

import imaplib
import smtplib
import ssl
import sys
import time
from collections.abc import Callable
from pathlib import Path

from bench.table import Table
from fumibako.channel.console import ConsoleChannel
from fumibako.home.processes import processes_of
from tests.homes import PASSWORD, TestedHome, new_home

START, APPLY, ACCOUNT, MEMORY = 10.0, 8.0, 1.0, 300.0  # seconds, seconds, seconds, megabytes
_ROUNDS = 3
_SETTLING = 3.0  # what a process needs only once, at its start, is not its idle memory


def main() -> int:
    table = Table()
    with new_home() as home:
        table.line("first start of a new home, until it serves", seconds(lambda: serving(home)), "s", START)
        home.down()
        table.line("start, until console and SMTP answer", seconds(lambda: serving(home)), "s", START)
        home.add_domain("example.jp")
        applies(home, table)
        accounts(home, table)
        memory(home, table)
    return 1 if table.missed else 0


def applies(home: TestedHome, table: Table) -> None:
    """A change of the settings, whole: checks, trial, switch, reload, probes."""
    channel = ConsoleChannel(home.layout.console_socket)
    for size in range(1, _ROUNDS + 1):
        edits = [{"path": "basics.message_size_limit", "now": 1_000_000 * size}]
        begun = time.monotonic()
        result = channel.request("POST", "/api/v1/apply", {"edits": edits})
        took = time.monotonic() - begun
        assert result["outcome"] == "applied", result
        steps = [f"{step['name']} {step['seconds']:.1f}" for step in result["steps"] if step["seconds"] >= 0.05]
        table.line("settings, applied", took, "s", APPLY, ", ".join(steps))


def accounts(home: TestedHome, table: Table) -> None:
    """From the request until the account's mail is accepted and its owner is logged in."""
    channel = ConsoleChannel(home.layout.console_socket)
    for number in range(_ROUNDS):
        address = f"bench{number}@example.jp"
        begun = time.monotonic()
        answer = channel.request("POST", "/api/v1/accounts", {"address": address, "password": PASSWORD})
        assert answer["outcome"] == "applied", answer
        accepted(home, address)
        logged_in(home, address)
        table.line("account added, mail accepted, logged in", time.monotonic() - begun, "s", ACCOUNT)


def memory(home: TestedHome, table: Table) -> None:
    """The share of memory of every process that is ours; Postfix and Dovecot beside it."""
    time.sleep(_SETTLING)
    kinds: dict[str, float] = {}
    for process in processes_of(home.layout):
        kinds[process.kind] = kinds.get(process.kind, 0) + pss(process.pid)
    ours = {kind: size for kind, size in kinds.items() if kind not in ("postfix", "dovecot")}
    parts = ", ".join(f"{kind} {size:.0f}" for kind, size in sorted(ours.items()))
    table.line("memory of our processes, idle", sum(ours.values()), "MB", MEMORY, parts)
    table.line("memory of Postfix and Dovecot", sum(kinds.values()) - sum(ours.values()), "MB")


def serving(home: TestedHome) -> None:
    home.up()
    with smtplib.SMTP("127.0.0.1", home.port("smtp"), timeout=10) as line:
        line.ehlo("bench.example.net")


def accepted(home: TestedHome, address: str) -> None:
    with smtplib.SMTP("127.0.0.1", home.port("smtp"), timeout=10) as line:
        line.ehlo("bench.example.net")
        line.mail("")
        code, said = line.rcpt(address)
        assert code == 250, said


def logged_in(home: TestedHome, address: str) -> None:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with imaplib.IMAP4_SSL("127.0.0.1", home.port("imaps"), ssl_context=context, timeout=10) as line:
        line.login(address, PASSWORD)


def pss(pid: int) -> float:
    """Megabytes: what is shared with other processes counts in parts."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def seconds(work: Callable[[], object]) -> float:
    begun = time.monotonic()
    work()
    return time.monotonic() - begun


if __name__ == "__main__":
    sys.exit(main())
