"""`check message` of a running home: every check with its reason, and what the server would do as it is set."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fumibako.features.authentication.signing_key import of_key
from fumibako.mail.header import parse_message, with_crlf
from fumibako.mailauth.body import BodyHasher
from fumibako.mailauth.dkim.sign import Signer, Signing
from fumibako.mailauth.privatekey import SigningKey
from tests.homes import TestedHome
from tests.mailfilter.name_server import NameServer, txt

KEY = Ed25519PrivateKey.generate()
PLAIN = b"From: Taro <taro@sender.example>\nTo: info@example.jp\nSubject: =?utf-8?q?hello?=\n\nHello.\n"
ENFORCED = "fumibako: 1\nauthentication:\n  dmarc: {enforce: true}\ndns:\n  resolvers: ['%s']\n"


def signed(message: bytes) -> bytes:
    header, body = parse_message(with_crlf(message))
    hasher = BodyHasher()
    signing = Signing(header, hasher, [Signer("sender.example", "s1", SigningKey.of(KEY))], now=int(time.time()))
    hasher.feed(body)
    hasher.finish()
    return b"".join(field.octets for field in signing.fields()) + with_crlf(message)


@pytest.mark.slow
def test_a_message_is_checked_in_a_running_home(a_home: TestedHome, tmp_path: Path) -> None:
    records = {
        "sender.example": [txt("v=spf1 ip4:192.0.2.1 -all")],
        "_dmarc.sender.example": [txt("v=DMARC1; p=reject")],
        "s1._domainkey.sender.example": [txt(f"v=DKIM1; k=ed25519; p={of_key(KEY).public}")],
    }
    server = NameServer(records)
    file = tmp_path / "message.eml"

    def check(message: bytes, *words: str) -> dict[str, object]:
        file.write_bytes(message)
        answer = a_home.cli("check", "message", str(file), "--json", *words)
        assert answer.exit == 0, answer
        found = {each["method"]: (each["result"], each["reason"]) for each in answer.json["checks"]}
        return found | {"verdict": answer.json["verdict"], "reply": answer.json["reply"], "signs": answer.json["signs"]}

    try:
        a_home.up()
        a_home.add_domain("example.jp")
        assert a_home.apply(ENFORCED % server.address).exit == 0
        good = check(
            signed(PLAIN), "--client", "192.0.2.1", "--from", "taro@sender.example", "--helo", "mx.sender.example"
        )
        assert (good["spf"][0], good["dkim"][0], good["dmarc"][0]) == ("pass", "pass", "pass")  # type: ignore[index]
        assert good["verdict"] == "accept"
        broken = check(signed(PLAIN) + b"more\r\n", "--client", "192.0.2.9", "--from", "taro@sender.example")
        assert broken["dkim"] == ("fail", "body hash did not verify")
        assert broken["spf"][0] == "fail"  # type: ignore[index]
        assert broken["verdict"] == "reject"
        assert str(broken["reply"]).startswith("550 5.7.1")
        own = check(PLAIN.replace(b"sender.example", b"example.jp"), "--client", "127.0.0.1")
        assert own["verdict"] == "accept"
        hostile = check(b"From: \x00\x1b[31m<x@\xff\n" + b"DKIM-Signature: a=b; b=\xff\n" * 2000 + b"\n\x00")
        assert hostile["dkim"][0] != "pass"  # type: ignore[index]
        japanese = a_home.cli("check", "message", str(file), "--client", "999.1.1.1", "--json")
        assert (japanese.exit, japanese.codes) == (1, ["client-address"])
        assert a_home.cli("check", "message", "/dev/null", "--json").codes == ["message-empty"]
        shown = a_home.cli("check", "message", str(file))
        assert "\x1b[31m" not in shown.stdout
        assert "DMARC" in shown.stdout
    finally:
        server.close()
