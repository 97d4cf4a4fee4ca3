"""Writing a tag list into a header field, folded so that no line is long (RFC 5322 §2.1.1)."""

from __future__ import annotations

import base64
from collections.abc import Iterable

_WIDTH = 76
_FOLD = b"\r\n\t"


def fold_tags(tags: Iterable[tuple[str, str]], first_line: int) -> bytes:
    """` v=1; a=…;` with a fold where a line would grow too long; `first_line` octets stand before it (the field's name).

    Long values are broken where white space may stand (RFC 6376 §2.8): a list after its colons, base64 anywhere.
    """
    out = bytearray(b" ")
    column = first_line + 1
    pairs = list(tags)
    for number, (name, value) in enumerate(pairs):
        last = number == len(pairs) - 1
        for part in _parts(name, value + ("" if last else ";")):
            if column + len(part) > _WIDTH and column > 8:
                while out.endswith(b" "):
                    out.pop()
                out += _FOLD
                column = 8
            out += part
            column += len(part)
        if not last:
            out += b" "
            column += 1
    return bytes(out)


def _parts(name: str, value: str) -> list[bytes]:
    text = f"{name}={value}".encode("ascii")
    if name == "h":
        words = text.split(b":")
        return [word + b":" for word in words[:-1]] + words[-1:]
    if name in {"b", "bh"} and len(text) > 60:
        # The signature's own fold stands right after b=, so that what precedes it does not depend on it.
        head = len(name) + 1
        return [text[:head], *(text[start : start + 64] for start in range(head, len(text), 64))]
    return [text]


def base64_text(octets: bytes) -> str:
    return base64.b64encode(octets).decode("ascii")
