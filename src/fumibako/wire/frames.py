"""How one message is told from the next on a stream: four bytes of length, big-endian, then UTF-8 JSON, one object."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

HEADER: Final = 4
LARGEST: Final = 64 * 1024 * 1024


class BadFrame(ValueError):
    """Bytes that are no frame: too long, not UTF-8, not JSON, not an object. The stream is of no use after it."""


def encode(message: Mapping[str, Any]) -> bytes:
    """The frame of a message."""
    body = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()
    if len(body) > LARGEST:
        raise BadFrame(f"a message of {len(body)} bytes")
    return len(body).to_bytes(HEADER, "big") + body


def body_length(header: bytes) -> int:
    """The number of bytes that follow a header."""
    length = int.from_bytes(header, "big")
    if len(header) != HEADER or not 2 <= length <= LARGEST:
        raise BadFrame(f"a frame of {length} bytes")
    return length


def decode(body: bytes) -> dict[str, Any]:
    """The message in a frame's body."""
    try:
        message = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise BadFrame("not UTF-8 JSON") from error
    if not isinstance(message, dict):
        raise BadFrame("not a JSON object")
    return message
