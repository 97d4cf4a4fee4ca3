"""An account's script as text; that Pigeonhole takes it is seen with the real one."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fumibako.features.delivery.script import script
from fumibako.features.delivery.vacation import Vacation
from fumibako.formats.sieve import QUARANTINE, quoted

ADDRESS = "hanako@example.test"


def test_a_reply_that_is_off_needs_no_script() -> None:
    assert script(ADDRESS, None) is None
    assert script(ADDRESS, Vacation(enabled=False, text="away")) is None


def test_a_reply_without_days_is_one_action() -> None:
    assert script(ADDRESS, Vacation(text="I am away.")) == (
        'require "vacation";\nvacation :days 7 :from "hanako@example.test" "I am away.";\n'
    )


def test_a_reply_with_days_and_other_addresses() -> None:
    asked = Vacation(
        text="8月20日まで\n留守です",
        subject="留守",
        first_day="2026-08-10",
        last_day="2026-08-20",
        days=3,
        addresses=("info@example.test", "sales@example.test"),
    )
    assert script(ADDRESS, asked) == (
        'require ["date", "relational", "vacation"];\n'
        'if allof (currentdate :value "ge" "date" "2026-08-10", currentdate :value "le" "date" "2026-08-20") {\n'
        '  vacation :days 3 :subject "留守" :from "hanako@example.test" '
        ':addresses ["info@example.test", "sales@example.test"] "8月20日まで\r\n留守です";\n}\n'
    )


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_text_stays_within_its_quotes(text: str) -> None:
    inner = quoted(text)[1:-1]
    assert '"' not in inner.replace("\\\\", "").replace('\\"', "")
    assert not inner.replace("\\\\", "").endswith("\\")


@pytest.mark.parametrize("text", ['";\ndiscard;\n', "\\", '\\"', "text:\n.\n", "${hex:41}", "/* # */", "\r\n.\r\n", ""])
def test_pigeonhole_takes_every_text(text: str, tmp_path: Path) -> None:
    written = script(ADDRESS, Vacation(text=text, subject=text.replace("\n", " ").replace("\r", "")))
    assert written is not None
    for name, content in (("own", written), ("all", QUARANTINE)):
        path = tmp_path / f"{name}.sieve"
        path.write_bytes(content.encode())
        done = subprocess.run(
            ["sievec", "-c", "/dev/null", "-d", str(path), "-"], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        assert "DISCARD" not in done.stdout
