"""Bodies of every shape that mail has, and some that it should not have."""

from __future__ import annotations

BODIES = {
    "plain": b"Hello.\r\n",
    "empty": b"",
    "one empty line": b"\r\n",
    "empty lines only": b"\r\n\r\n\r\n",
    "no final newline": b"Hello.",
    "empty lines at the end": b"Hello.\r\n\r\n\r\n",
    "white space everywhere": b" a\t b  \r\n\t\r\nc \t\r\n  \r\n",
    "a line of spaces": b"   \r\n",
    "a bare CR": b"a\rb\r\n",
    "a bare CR at a line's end": b"a\r\r\nb\r\n",
    "bare LFs": b"a\nb\r\n\nc \nd\r\n",
    "eight bits": bytes(range(128, 256)) * 3 + b"\r\n",
    "Japanese": "こんにちは、\r\nお元気ですか。\r\n".encode(),
    "a line of 30,000": b"x" * 30_000 + b"\r\n",
    "NUL": b"a\0b\r\n\0\r\n",
    "dots": b".\r\n..\r\n.a\r\n",
}
FORMS = [("simple", "simple"), ("simple", "relaxed"), ("relaxed", "simple"), ("relaxed", "relaxed")]
NAMES = ["from", "to", "subject", "date", "message-id"]

# Where another program departs from the RFC or fails its own signature. RFC 6376 §3.4 knows no line end but CRLF, and adds one to
# a body that has none.
NOT_THEIRS = {
    ("dkimpy", "bare LFs"),  # splits lines at LF: there is a test that gives it CRLF
    ("OpenDKIM", "a bare CR"),  # relaxed: loses it
    ("OpenDKIM", "bare LFs"),  # simple: loses them
    ("OpenDKIM", "no final newline"),  # relaxed: fails its own signature
    ("Mail::DKIM", "no final newline"),  # simple: adds no CRLF
}
