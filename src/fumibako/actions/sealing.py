"""What lies sealed in the database: useless to who has only the database or a backup of it."""

from __future__ import annotations

import base64
from functools import cache
from pathlib import Path

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


def sealed(text: str) -> str:
    return _box().encrypt(text.encode()).decode()


def opened(text: str) -> str:
    return _box().decrypt(text.encode()).decode()


@cache
def _box() -> Fernet:
    key = (Path(settings.HOME.console) / "sealing.key").read_bytes()
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"fumibako second factor").derive(key)
    return Fernet(base64.urlsafe_b64encode(derived))
