"""What is wrong with routes: domains, hosts, log-ins, and relays that are this server itself."""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from fumibako.features.basics.section import Basics
from fumibako.features.basics.services import SERVICE_NAMES, service_enabled
from fumibako.features.relay.routes import LOCALHOST, WRAPPED, Routed, is_address, routes
from fumibako.features.relay.section import Relay
from fumibako.mail.domain import DomainName
from fumibako.mail.malformed import Malformed
from fumibako.schema.codec import shown
from fumibako.schema.finding import Finding, errors
from fumibako.schema.malformed import words
from fumibako.schema.place import written
from fumibako.schema.text import Text, plain

_SMTP: Final = ("smtp", "submission", "smtps")
_PLACES: Final = {"default": "default", "domain": "domains", "sender": "senders"}
_WITH_PORT: Final = re.compile(r"\[?([^\[\]:]+|[0-9A-Fa-f:.]+)\]?:([0-9]{1,5})")


def check_relay(relay: Relay, basics: Basics) -> list[Finding]:
    findings: list[Finding] = []
    sound: list[Routed] = []
    for routed in routes(relay):
        found = [*_key(routed), *_host(routed), *_log_in(routed), *_loop(routed, basics)]
        findings += found
        if not errors(found):
            sound.append(routed)
    return [*findings, *_agreeing(sound)]


def path_of(routed: Routed, option: str = "") -> str:
    key = (routed.key,) if routed.kind != "default" else ()
    return written(("relay", _PLACES[routed.kind], *key, *([option] if option else [])))


def _key(routed: Routed) -> Iterator[Finding]:
    if routed.kind == "default":
        return
    dot = "." if routed.key.startswith(".") else ""
    try:
        DomainName.parse(routed.key[len(dot) :])
    except Malformed as wrong:
        path = written(("relay", _PLACES[routed.kind], shown(routed.key)))
        yield Finding(wrong.code, path, words(wrong))


def _host(routed: Routed) -> Iterator[Finding]:
    host, path = routed.route.host, path_of(routed, "host")
    if not host.strip():
        message = Text(
            "Write the relay's address or host name, as in 192.168.56.78.",
            "中継先のアドレスかホスト名を書いてください。例 192.168.56.78",
        )
        yield Finding("relay-host-empty", path, message)
        return
    right = _spelled(host)
    if right is None:
        message = Text(
            "“{host}” is neither an address nor a host name.", "「{host}」はアドレスでもホスト名でもありません。"
        )
        suggestion = None
        folded = unicodedata.normalize("NFKC", host).strip()
        if apart := _WITH_PORT.fullmatch(folded):
            suggestion = _spelled(apart[1])
            message = Text(
                "“{host}” has a port in it. Write the port in its own field.",
                "「{host}」にはポートが含まれています。ポートはポートの欄に書いてください。",
            )
        elif folded.startswith("[") and folded.endswith("]"):
            suggestion = _spelled(folded[1:-1])
        yield Finding("relay-host", path, message.with_(host=shown(host)), suggestion=suggestion)
    elif right != host:
        message = Text("Write “{host}” as {right}.", "「{host}」は {right} と書いてください。")
        yield Finding("relay-host-spelling", path, message.with_(host=shown(host), right=right), suggestion=right)


def _spelled(host: str) -> str | None:
    """The one spelling of an address or host name, None for what is none or no place to connect to."""
    folded = unicodedata.normalize("NFKC", host).strip()
    try:
        address = ipaddress.ip_address(folded)
    except ValueError:
        if folded.lower() == LOCALHOST:
            return LOCALHOST
        try:
            return DomainName.parse(host).ascii
        except Malformed:
            return None
    unusable = address.is_unspecified or address.is_multicast or getattr(address, "scope_id", None)
    return None if unusable else str(address)


def _log_in(routed: Routed) -> Iterator[Finding]:
    route = routed.route
    if route.username is not None and (":" in route.username or not route.username.strip().isprintable()):
        message = Text(
            "A user name has no colon and no control character.", "ユーザー名にコロンや制御文字は使えません。"
        )
        yield Finding("relay-username", path_of(routed, "username"), message)
    elif route.username is not None and not route.username.isascii():
        message = Text("A user name is written in ASCII letters.", "ユーザー名は半角英数字で書いてください。")
        folded = unicodedata.normalize("NFKC", route.username)
        yield Finding(
            "relay-username", path_of(routed, "username"), message, suggestion=folded if folded.isascii() else None
        )
    if route.username and route.tls_level != "required":
        message = Text(
            "A password goes over verified TLS only. Require TLS here, or take the user name out.",
            "パスワードは検証済みの TLS でだけ送ります。TLS を強制にするか、ユーザー名を空欄にしてください。",
        )
        yield Finding("relay-clear-password", path_of(routed, "tls"), message, suggestion="required")
    if route.tls_level == "required" and is_address(route.host):
        message = Text(
            "Most certificates are for a name. If this relay's does not name the address, mail waits: better write the host's name.",
            "証明書の多くはホスト名に対するものです。アドレスが証明書になければメールは送られずに待ちます。ホスト名で書いてください。",
        )
        yield Finding("relay-tls-name", path_of(routed, "host"), message, "warning")
    if route.tls_level == "none" and route.port == WRAPPED:
        message = Text(
            "Port 465 speaks TLS from the start; without TLS nothing will be understood there.",
            "465 番ポートは最初から TLS で話します。TLS を無効にすると通信できません。",
        )
        yield Finding("relay-tls-port", path_of(routed, "tls"), message, "warning", "opportunistic")


def _loop(routed: Routed, basics: Basics) -> Iterator[Finding]:
    """A relay that is this server: mail would come back, and Postfix would bounce it. Other names and addresses of this
    machine are known to DNS and the agent alone, which compares greetings."""
    host = routed.route.host
    listening = {
        getattr(basics.services, name).port: SERVICE_NAMES[name]
        for name in _SMTP
        if service_enabled(basics.services, name)
    }
    if basics.content_filter is not None:
        listening[basics.content_filter.reinject_port] = "SMTP"
    if routed.route.port in listening and is_here(host, basics):
        message = Text(
            "{host}:{port} is {service} of this server itself: mail would go round in a circle. Write another relay.",
            "{host}:{port} はこのサーバー自身の {service} です。メールが循環してしまうため、別の中継先を書いてください。",
        )
        yield Finding(
            "relay-loop",
            path_of(routed, "host"),
            message.with_(host=shown(host), port=routed.route.port, service=listening[routed.route.port]),
        )


def is_here(host: str, basics: Basics) -> bool:
    """Whether this server listens on the host, as far as the settings tell."""
    if host in (basics.hostname, *basics.listen):
        return True
    everywhere = any(each in ("0.0.0.0", "::") for each in basics.listen)
    if host == LOCALHOST:
        return everywhere or any(ipaddress.ip_address(each).is_loopback for each in basics.listen if is_address(each))
    return everywhere and is_address(host) and ipaddress.ip_address(host).is_loopback


def _agreeing(sound: list[Routed]) -> Iterator[Finding]:
    """One relay is told one thing: TLS goes by host and port, and so does the log-in, but for senders' own."""
    first: dict[str, Routed] = {}
    shared: dict[str, Routed] = {}
    for routed in sound:
        other = first.setdefault(routed.nexthop, routed)
        if other.policy != routed.policy:
            yield _differs(routed, other, "tls", _TLS_DIFFERS)
        if routed.kind == "sender" and routed.route.username:
            continue
        login = shared.setdefault(routed.nexthop, routed) if routed.kind != "sender" else shared.get(routed.nexthop)
        if login is not None and login.route.username != routed.route.username:
            yield _differs(routed, login, "username", _LOGIN_DIFFERS)


_TLS_DIFFERS: Final = Text(
    "{here} and {there} are the same relay with different TLS. Set both alike.",
    "{here} と {there} は同じ中継先ですが、TLS の設定が異なります。同じにしてください。",
)
_LOGIN_DIFFERS: Final = Text(
    "{here} and {there} are the same relay with different log-ins. Set both alike.",
    "{here} と {there} は同じ中継先ですが、ログインの設定が異なります。同じにしてください。",
)


def _differs(routed: Routed, other: Routed, option: str, message: Text) -> Finding:
    words = message.with_(here=name_of(routed), there=name_of(other))
    return Finding("relay-differs", path_of(routed, option), words)


def name_of(routed: Routed) -> Text:
    """What a route is for, as a sentence calls it."""
    match routed.kind:
        case "default":
            return Text("the default", "既定の中継先")
        case "domain":
            return plain(shown(routed.key))
        case "sender":
            return plain(f"@{shown(routed.key)}")
