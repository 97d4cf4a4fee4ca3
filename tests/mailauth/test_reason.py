"""Every reason that a check gives is in the table, and the table has no other."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest

import fumibako.mailauth
from fumibako.mailauth.reason import ENGLISH, Reason, because

SOURCES = sorted(Path(fumibako.mailauth.__file__).parent.rglob("*.py"))


def test_each_code_is_given_somewhere() -> None:
    text = "".join(path.read_text() for path in SOURCES if path.name != "reason.py")
    assert [code for code in ENGLISH if f'"{code}"' not in text] == []


def test_each_code_that_is_given_is_known_with_its_details() -> None:
    given = [
        (code, set(re.findall(r"(?:^|, )(\w+)=", details)))
        for path in SOURCES
        for code, details in re.findall(r'because\(\s*"([a-z0-9-]+)"(?:,\s*((?:[^()]|\([^()]*(?:\([^()]*\))?[^()]*\))*))?\)', path.read_text())
    ]  # fmt: skip
    assert len(given) > 60
    for code, details in given:
        wanted = {name for _, name, _, _ in string.Formatter().parse(ENGLISH[code]) if name}
        assert details >= wanted, code


def test_a_reason_reads_as_a_sentence() -> None:
    assert because("key-small", bits=512).comment == "512-bit key is too small"
    assert Reason("key-none").comment == "no key for signature"
    with pytest.raises(AssertionError):
        because("no-such-code")
