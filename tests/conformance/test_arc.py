"""The ARC test suite of the public repository ValiMail/arc_test_suite: every validation and every signing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, ScalarNode

from fumibako.mail.header import HeaderSection, parse_message, with_crlf
from fumibako.mailauth.arc import seal, verify
from fumibako.mailauth.body import BodyHasher
from fumibako.mailauth.privatekey import SigningKey
from fumibako.mailauth.results.authentication_results import merged
from fumibako.mailauth.tags import parse_tags, without_folding
from tests.conformance.conftest import suites
from tests.mailauth.zone import Zone, run

Suite = Callable[[str], Path]


def scenarios(path: Path) -> Iterator[tuple[dict[str, Any], list[tuple[str, dict[str, str]]]]]:
    """Each document's own fields and its cases. Names occur twice in the files, so they are no keys here."""
    for document in YAML(typ="safe").compose_all(path.read_text(encoding="utf-8")):
        assert isinstance(document, MappingNode)
        top: dict[str, Any] = {}
        cases = []
        for key, node in document.value:
            if key.value == "tests":
                cases = [(name.value, {k.value: v.value for k, v in case.value}) for name, case in node.value]
            elif isinstance(node, ScalarNode):
                top[key.value] = node.value
            else:
                top[key.value] = {k.value: v.value for k, v in node.value}
        yield top, cases


def zone_of(top: dict[str, Any]) -> Zone:
    return Zone({name: [("TXT", text.replace("\n", ""))] for name, text in top["txt-records"].items()})


def cases(name: str) -> list[Any]:
    folder = suites()
    if folder is None:
        return [pytest.param({}, {}, id="without the suite")]
    return [
        pytest.param(top, case, id=f"{case_name}-{number}")
        for top, found in scenarios(folder / "arc" / name)
        for number, (case_name, case) in enumerate(found)
    ]


def validated(message: bytes, zone: Zone) -> tuple[HeaderSection, bytes, verify.ArcResult]:
    header, body = parse_message(message)
    hasher = BodyHasher()
    verification = verify.Verification(header, hasher)
    hasher.feed(body)
    hasher.finish()
    return header, body, run(verification.result(zone))


@pytest.mark.parametrize(("top", "case"), cases("arc-draft-validation-tests.yml"))
def test_a_chain_is_validated(suite: Suite, top: dict[str, Any], case: dict[str, str]) -> None:
    suite("arc")
    _, _, result = validated(with_crlf(case["message"].encode()), zone_of(top))
    # Three chains that say of themselves that they failed come without a verdict in the suite: RFC 8617 §5.2 has it.
    assert result.status == (case["cv"].strip().lower() or "fail"), result.reason.comment


@pytest.mark.parametrize(("top", "case"), cases("arc-draft-sign-tests.yml"))
def test_a_message_is_sealed(suite: Suite, top: dict[str, Any], case: dict[str, str]) -> None:
    suite("arc")
    zone = zone_of(top)
    message = with_crlf(case["message"].encode())
    header, body, chain = validated(message, zone)
    payload = merged([field.value for field in header.named(b"authentication-results")], case["srv-id"])
    assert payload is not None
    hasher = BodyHasher()
    sink = hasher.want("relaxed")
    hasher.feed(body)
    hasher.finish()
    sealer = seal.Sealer(
        top["domain"],
        top["sel"],
        SigningKey.load(top["privatekey"].encode()),
        tuple(case["sig-headers"].encode().split(b":")),
    )
    fields = seal.seal(header, sink, chain, payload, sealer, now=int(case["t"]))
    if not case["AS"].strip():
        assert fields == []
        return
    arc_seal, signature, results = fields
    for field, key in ((arc_seal, "AS"), (signature, "AMS")):
        made, wanted = parse_tags(field.value), parse_tags(case[key].encode())
        assert {name: without_folding(value) for name, value in made.items() if name != b"b"} == {
            name: without_folding(value) for name, value in wanted.items() if name != b"b"
        }
    assert without_folding(results.value) == without_folding(case["AAR"].encode())
    _, _, sealed = validated(b"".join(field.octets for field in fields) + message, zone)
    # What was made validates; but a chain that had failed stays failed.
    assert sealed.status == ("fail" if chain.status == "fail" else "pass"), sealed.reason.comment
