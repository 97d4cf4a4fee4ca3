"""Relays of providers whose networks close port 25 to the outside (OP25B): submission with a log-in.

TLS is always required here, so each has the port where its provider offers it: 465 from the first octet (RFC 8314 §3.3) where
587 is published without STARTTLS, as ASAHI Net and @nifty do, and 587 with STARTTLS for the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from fumibako.features.relay.section import Route


@dataclass(frozen=True, slots=True)
class Preset:
    """`key` is what an address names it by. Providers change their hosts: theirs is the last word."""

    key: str
    name: str
    host: str
    port: int = 587

    @property
    def route(self) -> Route:
        return Route(host=self.host, port=self.port, tls="required")


PRESETS: Final = (
    Preset("ocn", "OCN", "smtp.ocn.ne.jp", 465),
    Preset("nifty", "@nifty", "smtp.nifty.com", 465),
    Preset("biglobe", "BIGLOBE", "mail.biglobe.ne.jp", 465),
    Preset("so-net", "So-net", "mail.so-net.ne.jp"),
    Preset("plala", "ぷらら", "secure.plala.or.jp", 465),
    Preset("asahi-net", "ASAHIネット", "mail.asahi-net.or.jp", 465),
    Preset("gmail", "Google Workspace / Gmail", "smtp.gmail.com"),
    Preset("ses", "Amazon SES (東京)", "email-smtp.ap-northeast-1.amazonaws.com"),
    Preset("sendgrid", "SendGrid", "smtp.sendgrid.net"),
)
