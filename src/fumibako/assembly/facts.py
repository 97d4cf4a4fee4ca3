"""What a renderer may know beside the settings: the machine, said as a value."""

from __future__ import annotations

from dataclasses import dataclass

from fumibako.layout import Home


@dataclass(frozen=True, slots=True)
class Certificate:
    """Where the certificate and its key lie, as the applier imported them: absolute paths below `Home.tls`."""

    certificate: str
    key: str


@dataclass(frozen=True, slots=True)
class Facts:
    """The home's layout, the certificate in force and the versions that choose between configuration dialects."""

    home: Home
    certificate: Certificate
    postfix_version: str = "3.7.11"
    dovecot_version: str = "2.3.19.1"
