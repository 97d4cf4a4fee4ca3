"""What we sign verifies elsewhere, and what others sign verifies here, whatever the message looks like."""

from __future__ import annotations

from typing import cast

import pytest

from fumibako.mail.header import with_crlf
from fumibako.mailauth.canonical import HeaderForm
from fumibako.mailauth.dkim.sign import Signer
from fumibako.mailauth.dkim.signature import BodyHashForm
from tests.mailauth.peers import Dkimpy, MailDkim, OpenDkim, Peer
from tests.mailauth.shapes import BODIES, FORMS, NAMES, NOT_THEIRS
from tests.mailauth.signed import DOMAIN, HEADER, Keys, dkim_results, dkim_signed, dkim_status

FIXTURES = {"Mail::DKIM": "mail_dkim", "dkimpy": "dkimpy", "OpenDKIM": "opendkim"}
PAIRS = [(name, shape) for name in FIXTURES for shape in BODIES if (name, shape) not in NOT_THEIRS]


@pytest.fixture
def peer(request: pytest.FixtureRequest) -> Peer:
    return cast("Peer", request.getfixturevalue(FIXTURES[request.param]))


@pytest.mark.parametrize(("header_form", "body_form"), FORMS)
@pytest.mark.parametrize(("peer", "shape"), PAIRS, indirect=["peer"])
def test_what_we_sign_verifies_there(
    peer: Peer, keys: Keys, shape: str, header_form: HeaderForm, body_form: BodyHashForm
) -> None:
    message = HEADER + BODIES[shape]
    for selector, key in keys.signing.items():
        if selector == "e" and peer.name == "Mail::DKIM":
            continue  # this release has no Ed25519
        signed = dkim_signed(message, Signer(DOMAIN, selector, key, header_form, body_form))
        assert peer.verifies(signed, keys.records)
        assert not peer.verifies(signed.replace(b"Hallo", b"Hello"), keys.records)


@pytest.mark.parametrize(("header_form", "body_form"), FORMS)
@pytest.mark.parametrize(("peer", "shape"), PAIRS, indirect=["peer"])
def test_what_they_sign_verifies_here(
    peer: Peer, keys: Keys, shape: str, header_form: HeaderForm, body_form: BodyHashForm
) -> None:
    message = HEADER + BODIES[shape]
    field = peer.sign(message, header_form, body_form, NAMES, keys.rsa_pem)
    assert dkim_status(field + message, keys.zone) == ("pass", "good-signature")
    assert dkim_status(field + message + b"x", keys.zone) == ("fail", "body-mismatch")
    assert dkim_status(field + message.replace(b"a second", b"another"), keys.zone) == ("fail", "signature-mismatch")


def test_dkimpy_takes_a_bare_lf_for_a_line_end_and_then_agrees(dkimpy: Dkimpy, keys: Keys) -> None:
    message = with_crlf(HEADER + BODIES["bare LFs"])
    field = dkimpy.sign(HEADER + BODIES["bare LFs"], "relaxed", "simple", NAMES, keys.rsa_pem)
    assert dkim_status(field + message, keys.zone) == ("pass", "good-signature")


@pytest.mark.parametrize(("header_form", "body_form"), FORMS)
def test_their_ed25519_verifies_here(
    dkimpy: Dkimpy, opendkim: OpenDkim, keys: Keys, header_form: HeaderForm, body_form: BodyHashForm
) -> None:
    message = HEADER + BODIES["white space everywhere"]
    field = dkimpy.sign(message, header_form, body_form, NAMES, keys.ed25519_seed, ed25519=True)
    assert dkim_status(field + message, keys.zone) == ("pass", "good-signature")
    if header_form == "relaxed":  # in the simple form libopendkim fails its own Ed25519 signatures
        field = opendkim.sign(message, header_form, body_form, NAMES, keys.ed25519_pem, ed25519=True)
        assert dkim_status(field + message, keys.zone) == ("pass", "good-signature")


@pytest.mark.parametrize(
    "names",
    [
        ["from"],
        ["From", "from", "FROM"],
        ["from", "subject", "subject", "subject"],
        ["x-none", "from", "X-None", "to"],
    ],
)
def test_header_lists_mean_the_same_to_both(dkimpy: Dkimpy, opendkim: OpenDkim, keys: Keys, names: list[str]) -> None:
    message = HEADER + b"Hello.\r\n"
    for peer in (dkimpy, opendkim):
        field = peer.sign(message, "relaxed", "relaxed", names, keys.rsa_pem)
        assert dkim_status(field + message, keys.zone)[0] == "pass"
    octets = tuple(name.encode() for name in names)
    signed = dkim_signed(message, Signer(DOMAIN, "r", keys.signing["r"], sealed=octets, signed=()))
    for judge in (dkimpy, opendkim):
        assert judge.verifies(signed, keys.records)
        if "from" in names:
            assert not judge.verifies(b"From: other@example.org\r\n" + signed, keys.records)


def test_both_of_our_signatures_stand_on_one_message(dkimpy: Dkimpy, keys: Keys) -> None:
    signed = dkim_signed(HEADER + b"Hello.\r\n", *(Signer(DOMAIN, name, key) for name, key in keys.signing.items()))
    assert [result.status for result in dkim_results(signed, keys.zone)] == ["pass", "pass"]
    assert dkimpy.verifies(signed, keys.records)


def test_historic_signatures_are_made_elsewhere_and_never_pass_here(mail_dkim: MailDkim, keys: Keys) -> None:
    message = HEADER + b"Hello.\r\n"
    signed = mail_dkim.sign_historic(message, keys.rsa_pem) + message
    assert mail_dkim.verifies(signed, keys.records)
    assert dkim_status(signed, keys.zone) == ("policy", "signature-algorithm-historic")  # RFC 8301 §3.1
