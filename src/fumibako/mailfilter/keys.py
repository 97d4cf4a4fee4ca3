"""The private keys of the domains that sign, opened when they are first needed and kept."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_der_private_key

from fumibako.mail.malformed import Malformed
from fumibako.mailauth.privatekey import SigningKey
from fumibako.mailauth.sealedkey import NotSealedForUs, unseal

_KEPT: Final = 1_000


class KeyUnusable(Exception):
    """A key that is in use cannot be opened; nothing may go out unsigned because of that."""

    def __init__(self, domain: str, selector: str, why: str) -> None:
        super().__init__(f"{domain}/{selector}: {why}")
        self.domain, self.selector = domain, selector


class KeyRing:
    """Keys by what they were sealed as: another key of the same name is another entry."""

    def __init__(self, opening_key: Path) -> None:
        self._path = opening_key
        self._keys: OrderedDict[str, SigningKey] = OrderedDict()

    def key(self, name: str, sealed: str) -> SigningKey:
        """The key of that name (`DOMAIN/SELECTOR`). Raises `KeyUnusable`."""
        known = self._keys.get(sealed)
        if known is not None:
            self._keys.move_to_end(sealed)
            return known
        key = self._opened(name, sealed)
        self._keys[sealed] = key
        if len(self._keys) > _KEPT:
            self._keys.popitem(last=False)
        return key

    def _opened(self, name: str, sealed: str) -> SigningKey:
        try:
            content = unseal(self._path.read_bytes(), name, sealed)
            # It was checked when it was made or uploaded; checking it again would take 40 ms, opening it takes one.
            return SigningKey.of(load_der_private_key(content, None, unsafe_skip_rsa_key_validation=True))
        except (OSError, NotSealedForUs, ValueError, TypeError, UnsupportedAlgorithm, Malformed) as error:
            domain, _, selector = name.partition("/")
            raise KeyUnusable(domain, selector, type(error).__name__) from error
