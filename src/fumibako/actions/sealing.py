"""What lies sealed in the database: useless to who has only the database or a backup of it."""

from __future__ import annotations

import base64
from functools import cache
from pathlib import Path
from typing import Final

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

SECOND_FACTOR: Final = b"fumibako second factor"


def sealed(text: str, purpose: bytes = SECOND_FACTOR) -> str:
    """What is sealed for one purpose does not open for another."""
    return _box(purpose).encrypt(text.encode()).decode()


def opened(text: str, purpose: bytes = SECOND_FACTOR) -> str:
    return _box(purpose).decrypt(text.encode()).decode()


@cache
def _box(purpose: bytes) -> Fernet:
    key = (Path(settings.HOME.console) / "sealing.key").read_bytes()
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(key)
    return Fernet(base64.urlsafe_b64encode(derived))
