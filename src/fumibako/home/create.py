"""Making a home: everything in a directory beside it, then one rename.

Whatever stands in the way is said before anything is made. A making that was killed leaves a directory `.NAME.making`
beside the home, which the next making removes; there is no half-made home.
"""

from __future__ import annotations

import datetime
import errno
import ipaddress
import json
import secrets
import shutil
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fumibako.home.bootstrap import Administrator, bootstrap
from fumibako.home.certificates import OwnCertificate, self_signed
from fumibako.home.closed import require_readable_code
from fumibako.home.facts import HomeFacts, require_root, require_short
from fumibako.home.filter_key import ensure_filter_key
from fumibako.home.ports import port_findings
from fumibako.home.refusal import Refused, refused
from fumibako.home.registry import Registry, registered_homes
from fumibako.home.tree import make_tree, sync_directory, write_file
from fumibako.home.users import ensure_users
from fumibako.layout import CONSOLE_USER, Home
from fumibako.mail.domain import DomainName
from fumibako.mail.malformed import Malformed
from fumibako.schema.finding import Finding
from fumibako.schema.text import Text

FALLBACK_HOSTNAME = "mail.example.invalid"
_HIGHEST_BASE = 65535 - 995
_MAKING = "fumibako-making"  # a file in a home that is being made


@dataclass(frozen=True, slots=True)
class Wish:
    """What `init` was asked for. None for the listen addresses or the host name leaves the choice to us."""

    port_base: int = 0
    listen: tuple[str, ...] | None = None
    hostname: str | None = None
    administrator: Administrator | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """`code` is the one-time code for the first administrator, None where one was made. `guessed` says that the host
    name is our choice."""

    facts: HomeFacts
    code: str | None
    guessed: bool


def create(home: Home, wish: Wish) -> Made:
    """Make the home. Refuses with everything that stands against it, and then nothing has changed."""
    require_root()
    require_short(home)
    require_readable_code()
    _require_free(Path(home.root))
    hostname, guessed = (wish.hostname, False) if wish.hostname is not None else (machine_hostname(), True)
    listen = wish.listen or default_listen()
    findings = [*_hostname_findings(hostname), *_listen_findings(listen), *_base_findings(wish.port_base)]
    if findings:
        raise Refused(findings)
    now = datetime.datetime.now(datetime.UTC)
    facts = HomeFacts(
        wish.port_base,
        tuple(str(ipaddress.ip_address(address)) for address in listen),
        str(DomainName.parse(hostname)),
        now.isoformat(timespec="seconds"),
        _console_listen(listen),
    )
    with registered_homes() as registry:
        _require_free(Path(home.root))
        findings = registry.collisions(home, facts.port_base, facts.listen)
        findings = findings or port_findings(facts.port_base, facts.listen)
        if findings:
            raise Refused(findings)
        ensure_users()
        try:
            return Made(facts, _made(home, facts, wish.administrator, now, registry), guessed)
        except OSError as error:
            raise refused(
                "home-unwritable",
                "--home",
                f"{home.root} could not be made: {error.strerror} ({error.filename})",
                f"{home.root} を作成できません: {error.strerror} ({error.filename})",
            ) from error


def _made(
    home: Home, facts: HomeFacts, administrator: Administrator | None, now: datetime.datetime, registry: Registry
) -> str | None:
    root = Path(home.root)
    root.parent.mkdir(parents=True, exist_ok=True)
    making = root.with_name(f".{root.name}.making")
    if (making / _MAKING).exists():
        shutil.rmtree(making)
    making.mkdir(mode=0o700)
    try:
        (making / _MAKING).touch()
        _furnish(making, facts, now)
        code = bootstrap(Home(home.root.with_name(making.name)), administrator)
        (making / _MAKING).unlink()
        sync_directory(making)
        _put_in_place(making, root)
    except BaseException:
        shutil.rmtree(making, ignore_errors=True)
        raise
    sync_directory(root.parent)
    registry.add(home)
    return code


def _furnish(root: Path, facts: HomeFacts, now: datetime.datetime) -> None:
    make_tree(root)
    content = json.dumps(facts.as_json(), indent=1).encode() + b"\n"
    write_file(root / "home.json", content, "root", "root", 0o644)
    certificate = self_signed(facts.hostname, facts.listen, now)
    _import(root, certificate)
    console = self_signed(facts.hostname, facts.console_listen, now)
    write_file(root / "console/tls/cert.pem", console.certificate, CONSOLE_USER, CONSOLE_USER, 0o644)
    write_file(root / "console/tls/key.pem", console.key, CONSOLE_USER, CONSOLE_USER, 0o600)
    ensure_filter_key(root)
    write_file(root / "console/sealing.key", secrets.token_bytes(32), CONSOLE_USER, CONSOLE_USER, 0o600)


def _import(root: Path, certificate: OwnCertificate) -> None:
    """The home's own certificate, as the applier would import another; configuration names it by `tls/own`."""
    directory = root / "tls" / certificate.fingerprint
    directory.mkdir(mode=0o755)
    directory.chmod(0o755)
    write_file(directory / "certificate.pem", certificate.certificate, "root", "root", 0o644)
    write_file(directory / "key.pem", certificate.key, "root", "root", 0o600)
    (root / "tls" / "own").symlink_to(certificate.fingerprint)


def _put_in_place(making: Path, root: Path) -> None:
    try:
        # Takes the place of an empty directory, too.
        making.rename(root)
    except OSError as error:
        if error.errno not in {errno.EBUSY, errno.EXDEV}:
            raise
        raise refused(
            "home-mount-point",
            "--home",
            f"{root} is a mount point. Choose a directory below it.",
            f"{root} はマウントポイントです。その下のディレクトリを指定してください。",
        ) from None


# --- what stands against it ------------------------------------------------------------------------------------------


def _require_free(root: Path) -> None:
    if (root / "home.json").exists():
        raise refused(
            "home-exists",
            "--home",
            f"There is a home in {root} already. Nothing was changed.",
            f"{root} には既にホームがあります。何も変更していません。",
        )
    if root.exists() and not root.is_dir():
        raise refused(
            "home-not-directory", "--home", f"{root} is not a directory.", f"{root} はディレクトリではありません。"
        )
    if root.is_dir() and any(root.iterdir()):
        raise refused(
            "home-not-empty",
            "--home",
            f"{root} is not empty. Choose a directory that is empty or not there yet.",
            f"{root} は空ではありません。空のディレクトリか、まだないディレクトリを指定してください。",
        )


def _hostname_findings(hostname: str) -> list[Finding]:
    try:
        DomainName.parse(hostname)
    except Malformed as malformed:
        return [
            Finding(
                malformed.code,
                "--hostname",
                Text(
                    f"{hostname!r} cannot be a mail server's host name. A full name is needed, like mail.example.jp.",
                    f"{hostname!r} はメールサーバーのホスト名になりません。mail.example.jp のような完全な名前が必要です。",
                ),
            )
        ]
    return []


def _listen_findings(listen: Sequence[str]) -> list[Finding]:
    findings = []
    for address in listen:
        try:
            ipaddress.ip_address(address)
        except ValueError:
            findings.append(
                Finding(
                    "listen-address",
                    "--listen",
                    Text(
                        f"{address!r} is not an IP address. Right would be, for example, 127.0.0.1 or ::",
                        f"{address!r} は IP アドレスではありません。127.0.0.1 や :: のように指定してください。",
                    ),
                )
            )
    return findings


def _base_findings(port_base: int) -> list[Finding]:
    if 0 <= port_base <= _HIGHEST_BASE:
        return []
    return [
        Finding(
            "port-base-range",
            "--port-base",
            Text(
                f"--port-base {port_base} does not work: it must be from 0 to {_HIGHEST_BASE}, so that every port is "
                "below 65536.",
                f"--port-base {port_base} は使えません。全てのポートが 65535 以下になるように、0 から {_HIGHEST_BASE} "
                "の値にしてください。",
            ),
        )
    ]


# --- what we choose --------------------------------------------------------------------------------------------------


def machine_hostname() -> str:
    """The machine's full name if it knows one; it is not looked up in DNS, which may take long to say no."""
    short = socket.gethostname()
    for name in (short, *_names_in_hosts(short)):
        if "." in name and not name.startswith("localhost") and not _hostname_findings(name):
            return name
    return FALLBACK_HOSTNAME


def _names_in_hosts(short: str) -> list[str]:
    try:
        lines = Path("/etc/hosts").read_text(errors="replace").splitlines()
    except OSError:
        return []
    return [
        name
        for line in lines
        for name in line.partition("#")[0].split()[1:]
        if name.partition(".")[0].lower() == short.lower()
    ]


def default_listen() -> tuple[str, ...]:
    """All addresses; IPv6's only where the kernel speaks it."""
    try:
        has_ipv6 = bool(Path("/proc/net/if_inet6").read_text())
    except OSError:
        has_ipv6 = False
    return ("0.0.0.0", "::") if has_ipv6 else ("0.0.0.0",)


def _console_listen(listen: Sequence[str]) -> tuple[str, ...]:
    """gunicorn's `::` takes IPv4 and every single address as well: beside it, another would meet it."""
    return ("::",) if "::" in listen else tuple(listen)
