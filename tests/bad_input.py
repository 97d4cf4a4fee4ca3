"""What cannot be, and must be refused alike at every door."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

PORT = "basics.services.pop3.port"
BANNER = "basics.advanced.smtpd_banner"
SIZE = "basics.message_size_limit"
OWN = "basics.local_overrides"
NAMES = ("basics.hostname", "basics.primary_domain")

THERE = "hanako@example.jp"  # an account that there is


@dataclass(frozen=True)
class Bad:
    """Options by their paths, and the code of the finding that they must get."""

    options: dict[str, Any]
    code: str


BAD = {
    "port 0": Bad({PORT: 0}, "out-of-range"),
    "port 70000": Bad({PORT: 70000}, "out-of-range"),
    "port 25x": Bad({PORT: "25x"}, "not-an-integer"),
    "port in full-width digits": Bad({PORT: "２５x"}, "not-an-integer"),
    "port -1": Bad({PORT: "-1"}, "out-of-range"),
    "two services on one port": Bad({PORT: 4711, "basics.services.imap.port": 4711}, "port-clash"),
    "message size -1": Bad({SIZE: -1}, "out-of-range"),
    "message size in words": Bad({SIZE: "10MB"}, "not-an-integer"),
    "message size 1e30": Bad({SIZE: "1e30"}, "not-an-integer"),
    "message size of thirty digits": Bad({SIZE: "9" * 30}, "out-of-range"),
    "banner with a newline": Bad({BANNER: "ESMTP\nfoo"}, "control-characters"),
    "banner with a command": Bad({BANNER: "ESMTP $(reboot)"}, "greeting-dollar"),
    "banner with a parameter": Bad({BANNER: "ESMTP ${config_directory}"}, "greeting-dollar"),
    "banner for a terminal": Bad({BANNER: "ESMTP \x1b[2J"}, "control-characters"),
    "host name with NUL": Bad({"basics.hostname": "a\0b.jp"}, "control-characters"),
    "unknown parameter": Bad({OWN: {"no_such_parameter": "yes"}}, "override-not-allowed"),
    "misspelt parameter": Bad({OWN: {"smtpd_timout": "1s"}}, "override-not-allowed"),
    "dangerous parameter": Bad({OWN: {"mailbox_command": "/bin/sh"}}, "override-not-allowed"),
    "parameter of the network": Bad({OWN: {"mynetworks": "0.0.0.0/0"}}, "override-not-allowed"),
    "parameter that has an option": Bad({OWN: {"message_size_limit": "0"}}, "override-has-option"),
    "value of the wrong type": Bad({OWN: {"smtpd_timeout": "5x"}}, "override-value"),
    "value with a command": Bad({OWN: {"mail_name": "$(reboot)"}}, "override-value"),
    **{
        f"{name} {text[:12]!r}": Bad({name: text}, code)
        for name in NAMES
        for text, code in [
            ("a..b", "domain-label"),
            ("example.com\nfoo", "control-characters"),
            (".".join(["x" * 60] * 5), "domain-too-long"),
            ("hash:/etc/x", "domain-label"),
            ("192.0.2.1", "domain-address"),
        ]
    },
    "basics.hostname ''": Bad({"basics.hostname": ""}, "domain-empty"),
}

BAD_DOMAINS = {
    "": "domain-empty",
    "a..b": "domain-label",
    "example.com\nfoo": "domain-control",
    ".".join(["x" * 60] * 5): "domain-too-long",
    "x" * 300 + ".jp": "domain-label",
    "hash:/etc/x": "domain-label",
    "$(reboot).jp": "domain-label",
    "-a.example": "domain-label",
    "a\0b.jp": "domain-control",
    "localhost": "domain-single-label",
    "192.0.2.1": "domain-address",
    "xn--zz.jp": "domain-idna",
}

CLIENTS = [
    "192.168.0.300",
    "10.0.0.9-1",
    "10.0.0.0/33",
    "10.0.0.1/8",
    "0.0.0.0/0",
    "::/0",
    "0.0.0.0/1",
    "128.0.0.0/1",
    "::/1",
    "8000::/1",
    "0.0.0.0-255",
    "com",
    "hash:/etc/x",
    "２５５.２５５.２５５.３００",
    "example.com\nfoo",
]
ACCOUNTS = [
    "a\x07b@example.jp",
    "a\nb@example.jp",
    "o'hara@example.jp",
    '"a b"@example.jp',
    "50%@example.jp",
    "*@example.jp",
    "a..b@example.jp",
    ".a@example.jp",
    "a.@example.jp",
    f"{'x' * 65}@example.jp",
    "山田@example.jp",
    "a|b@example.jp",
    "a@elsewhere.example",
]
LIMITS = [-1, 0, "1e30", "10MB", "9" * 30, "百"]
FILES = {
    "a row with 40 columns": b"address,name\n" + b",".join([b"x"] * 40) + b"\n",
    "a limit in words": b"address,quota_mb\ntaro@example.jp,10MB\n",
    "a limit below nothing": b"address,quota_mb\ntaro@example.jp,-1\n",
    "a limit without end": b"address,quota_mb\ntaro@example.jp,1e30\n",
    "a control character": b"address\nta\x07ro@example.jp\n",
    "a name of 65 letters": b"address\n" + b"x" * 65 + b"@example.jp\n",
    "an unknown column": b"address,shoe_size\ntaro@example.jp,27\n",
    "no addresses": b"name\ntaro\n",
}
