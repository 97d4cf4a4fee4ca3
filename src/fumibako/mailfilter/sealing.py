"""Mail from outside that is forwarded elsewhere, by whatever: what was found here goes with it, sealed (ARC)."""

from __future__ import annotations

from typing import Final

from fumibako.mail.header import HeaderField, HeaderSection
from fumibako.mailauth.arc.seal import Sealer, seal
from fumibako.mailauth.arc.verify import ArcResult
from fumibako.mailauth.body import BodySink
from fumibako.mailfilter.envelope import Message
from fumibako.mailfilter.expansion import leaves
from fumibako.mailfilter.instance import Instance

# The RSA key that signs a domain's own mail; where the settings say nothing of the domain, it signs with DKIM.
_KEY: Final = (
    "SELECT key.selector, sealed FROM signing_keys AS key LEFT JOIN signing ON signing.domain = key.domain "
    "WHERE key.domain = ? AND key.use = 'dkim' AND key.kind = 'rsa' AND COALESCE(dkim, 1) ORDER BY key.selector LIMIT 1"
)


class Sealing:
    def __init__(self, header: HeaderSection, body: BodySink, sealer: Sealer, now: int) -> None:
        self._header, self._body, self._sealer, self._now = header, body, sealer, now

    @classmethod
    def of(cls, message: Message, header: HeaderSection, instance: Instance, now: int) -> Sealing | None:
        """The domain that forwards seals, with its DKIM key; None where nothing is forwarded or that domain has no key in use."""
        for recipient in message.recipients:
            address = recipient.lower()
            if not leaves(instance.lookups, address):
                continue
            domain = address.rpartition("@")[2]
            for selector, sealed in instance.lookups.rows(_KEY, domain):
                key = instance.keys.key(f"{domain}/{selector}", sealed)
                return cls(header, message.body.want("relaxed"), Sealer(domain, selector, key), now)
        return None

    def fields(self, chain: ArcResult, results: bytes) -> list[HeaderField]:
        """The set to put on top; `results` is the value of the Authentication-Results field."""
        return seal(self._header, self._body, chain, results, self._sealer, now=self._now)
