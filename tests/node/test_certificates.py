"""`basics.tls`: files of the administrator's, checked before anything changes and served after."""

from __future__ import annotations

import datetime
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from fumibako.home.certificates import self_signed
from fumibako.schema.edit import Edit
from tests.node.station import HOSTNAME, Station


def served(station: Station, service: str) -> str:
    return ssl.get_server_certificate(("127.0.0.1", station.port(service)), timeout=5)


def make(directory: Path, name: str, hostname: str, *, days_ago: int = 0) -> tuple[str, str]:
    now = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=days_ago)
    made = self_signed(hostname, [], now)
    certificate, key = directory / f"{name}.pem", directory / f"{name}.key"
    certificate.write_bytes(made.certificate)
    key.write_bytes(made.key)
    key.chmod(0o600)
    return str(certificate), str(key)


def edits(station: Station, certificate: str | None, key: str | None) -> list[Edit]:
    return [
        station.console.edit("basics.tls.certificate", certificate),
        station.console.edit("basics.tls.key", key),
    ]


@pytest.fixture(autouse=True)
def _own_again(station: Station) -> Iterator[None]:
    yield
    outcome = station.console.apply(*edits(station, None, None))
    assert outcome["outcome"] == "applied", station.story(outcome)


def test_another_certificate_is_served_by_both_servers(station: Station, tmp_path: Path) -> None:
    certificate, key = make(tmp_path, "new", HOSTNAME)
    outcome = station.console.apply(*edits(station, certificate, key))
    assert (outcome["outcome"], outcome["findings"]) == ("applied", []), station.story(outcome)
    for service in ("smtps", "imaps", "pop3s"):
        assert served(station, service).strip() == Path(certificate).read_text().strip()


def test_a_renewed_file_comes_in_with_the_next_apply(station: Station, tmp_path: Path) -> None:
    certificate, key = make(tmp_path, "renewed", HOSTNAME)
    assert station.console.apply(*edits(station, certificate, key))["outcome"] == "applied"
    make(tmp_path, "renewed", HOSTNAME)
    assert served(station, "imaps").strip() != Path(certificate).read_text().strip()
    outcome = station.console.apply(station.console.edit("basics.message_size_limit", 10_000_000))
    assert outcome["outcome"] == "applied", station.story(outcome)
    assert outcome["reload"] == {"postfix": "reload", "dovecot": "reload"}
    assert served(station, "imaps").strip() == Path(certificate).read_text().strip()


def test_names_that_do_not_fit_are_a_warning(station: Station, tmp_path: Path) -> None:
    certificate, key = make(tmp_path, "other", "other.example.org")
    outcome = station.console.perform("plan", *edits(station, certificate, key))
    (finding,) = outcome["findings"]
    assert (outcome["outcome"], finding["code"], finding["severity"]) == ("planned", "certificate-names", "warning")
    assert "other.example.org" in finding["message"]["ja"]


@pytest.mark.parametrize(
    ("case", "code", "path"),
    [
        ("another key", "certificate-key-mismatch", "basics.tls.key"),
        ("no file", "certificate-no-such-file", "basics.tls.certificate"),
        ("expired", "certificate-expired", "basics.tls.certificate"),
    ],
)
def test_what_cannot_be_served_is_refused_and_nothing_changes(
    station: Station, tmp_path: Path, case: str, code: str, path: str
) -> None:
    before, generation = served(station, "smtps"), station.generation()
    certificate, key = make(tmp_path, "one", HOSTNAME, days_ago=1000 if case == "expired" else 0)
    if case == "another key":
        key = make(tmp_path, "two", HOSTNAME)[1]
    elif case == "no file":
        certificate = str(tmp_path / "nothing.pem")
    for kind in ("plan", "apply"):
        outcome = station.console.perform(kind, *edits(station, certificate, key))
        assert outcome["outcome"] == "refused", station.story(outcome)
        assert (code, path) in [(each["code"], each["path"]) for each in outcome["findings"]], station.story(outcome)
    assert (served(station, "smtps"), station.generation()) == (before, generation)
