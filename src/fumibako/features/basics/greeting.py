"""Greetings with their two names in them.

Administrators know `$myhostname` and `$mail_name` from Postfix. They are replaced here, once for Postfix and Dovecot, and
what reaches a file is plain text; every other `$` is refused when it is entered. Postfix would take `$(…)` in a banner
for a macro, find no such thing, and every new smtpd(8) would die of it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

MAIL_NAME: Final = "Postfix"
LONGEST: Final = 400  # a reply line is at most 512 octets, RFC 5321 §4.5.3.1.5; the host name is in it too

_NAMES: Final = re.compile(r"\$(?:myhostname|mail_name)(?![A-Za-z0-9_])")


def mail_name(overrides: Mapping[str, str]) -> str:
    """What `$mail_name` stands for: the administrator's own parameter, or Postfix's default."""
    return overrides.get("mail_name", MAIL_NAME)


def expanded(text: str, hostname: str, product: str) -> str:
    """The text as it goes on the wire."""
    values = {"$myhostname": hostname, "$mail_name": product}
    return _NAMES.sub(lambda found: values[found[0]], text).strip()


def strange_dollar(text: str) -> str | None:
    """The first `$` that begins neither name, with what follows it; None where there is none."""
    rest = _NAMES.sub("", text)
    found = re.search(r"\$(?:\([^)]*\)?|\{[^}]*\}?|[A-Za-z0-9_]*)", rest)
    return found[0] if found else None


def after_host_name(text: str, hostname: str, product: str) -> str:
    """What follows the host name in the line after 220, where that name always stands first (RFC 5321 §4.2). A host name
    that the administrator typed in front is not said twice; a greeting of nothing else says what is spoken."""
    rest = expanded(text, hostname, product)
    first, _, after = rest.partition(" ")
    return (after.strip() if first.lower() == hostname.lower() else rest) or "ESMTP"
