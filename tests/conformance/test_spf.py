"""The RFC 7208 test suite of the openspf project, as pyspf carries it: every result and every explanation."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from fumibako.mailauth.spf.check import check_mail_from
from tests.conformance.conftest import suites
from tests.mailauth.zone import TIMEOUT, Record, Zone, run

Suite = Callable[[str], Path]
DEFAULT = "DEFAULT"  # how the suite writes that a domain explained nothing


def zone_of(data: dict[str, list[Any]]) -> Zone:
    """The suite's rule: SPF records count as TXT ones, unless the name has TXT records of its own; `TXT: NONE` is none."""
    names: dict[str, list[Record | str]] = {}
    for name, entries in data.items():
        records: list[Record | str] = [TIMEOUT for entry in entries if entry == TIMEOUT]
        pairs = [(kind, value) for entry in entries if isinstance(entry, dict) for kind, value in entry.items()]
        own = any(kind == "TXT" for kind, _ in pairs)
        for kind, value in pairs:
            if kind == "SPF":
                if not own:
                    records.append(("TXT", text(value)))
            elif kind == "TXT":
                if value != "NONE":
                    records.append(("TXT", text(value)))
            elif value == TIMEOUT:
                records.append(TIMEOUT)
            else:
                records.append((kind, value))
        names[name] = records
    return Zone(names)


def text(value: Any) -> bytes:
    return "".join(value if isinstance(value, list) else [value]).encode("latin-1")


def cases() -> list[Any]:
    folder = suites()
    if folder is None:
        return [pytest.param({}, {}, id="without the suite")]
    source = (folder / "spf/rfc7208-tests.yml").read_text(encoding="utf-8")
    return [
        pytest.param(document["zonedata"], case, id=name)
        for document in YAML(typ="safe").load_all(source)
        for name, case in document["tests"].items()
    ]


@pytest.mark.parametrize(("data", "case"), cases())
def test_a_sender_is_checked(suite: Suite, data: dict[str, list[Any]], case: dict[str, Any]) -> None:
    suite("spf")
    result = run(
        check_mail_from(
            ip_address(case["host"]),
            case["mailfrom"],
            case["helo"],
            zone_of(data),
            receiver=case.get("receiver", "unknown"),
            now=1_400_000_000,
        )
    )
    wanted = case["result"] if isinstance(case["result"], list) else [case["result"]]
    assert result.status in wanted, result.reason.comment
    if "explanation" in case and result.status == "fail":
        assert (result.explanation or DEFAULT) == case["explanation"]
