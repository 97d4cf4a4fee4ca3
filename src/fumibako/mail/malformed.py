"""A text that is not the mail value it should be."""

from __future__ import annotations


class Malformed(ValueError):
    """`code` says what is wrong (`domain-empty`, `address-no-at`, …); `details` are the parts worth showing."""

    def __init__(self, code: str, **details: str) -> None:
        super().__init__(code, details)
        self.code = code
        self.details = details
