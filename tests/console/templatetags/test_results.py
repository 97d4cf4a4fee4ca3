"""What plans and applies hold, as a page shows it."""

from __future__ import annotations

import time

from fumibako.console.templatetags import results

DIFF = """--- postfix/main.cf
+++ postfix/main.cf
@@ -1,2 +1,2 @@
 myhostname = mail.example.jp
-message_size_limit = 1
+message_size_limit = 2
"""


def test_a_diff_is_read_line_by_line_without_its_signs() -> None:
    assert [(line["kind"], line["text"]) for line in results.diff_lines(DIFF)] == [
        ("hunk", "@@ -1,2 +1,2 @@"),
        ("", "myhostname = mail.example.jp"),
        ("del", "message_size_limit = 1"),
        ("ins", "message_size_limit = 2"),
    ]


def test_programs_are_named_by_what_happens_to_them() -> None:
    reload = {"postfix": "restart", "dovecot": "none"}
    assert results.programs(reload, "restart") == ["Postfix"]
    assert results.programs(reload, "reload") == []


def test_the_failing_step_is_the_one_that_failed_or_none() -> None:
    steps = [{"outcome": "done"}, {"outcome": "failed"}, {"outcome": "undone"}]
    assert results.failed_step(steps) is steps[1]
    assert results.failed_step(steps[:1]) is None


def test_changed_and_same_rows_are_all_the_rows() -> None:
    rows = [{"changed": True}, {"changed": False}]
    assert results.changed_rows(rows) == rows[:1]
    assert results.same_rows(rows) == rows[1:]


def test_the_time_left_to_confirm_is_never_less_than_nothing() -> None:
    assert 8 < results.seconds_left(time.time() + 10) <= 10
    assert results.seconds_left(time.time() - 10) == 0


def test_a_domain_is_shown_as_people_write_it_and_nonsense_as_it_is() -> None:
    assert results.for_people("xn--wgv71a119e.jp") == "日本語.jp"
    assert results.for_people("a..b") == "a..b"
