from __future__ import annotations

from fumibako.plan.files import file_changes


def test_equal_files_are_not_mentioned() -> None:
    assert file_changes({"a": "1\n"}, {"a": "1\n"}) == []


def test_files_come_go_and_change_in_the_order_of_their_paths() -> None:
    changes = file_changes({"c": "1\n", "b": "1\n"}, {"a": "1\n", "b": "2\n"})
    assert [(each.path, each.change) for each in changes] == [("a", "added"), ("b", "changed"), ("c", "removed")]


def test_the_diff_is_unified_and_shows_the_line_that_changed() -> None:
    (change,) = file_changes({"main.cf": "x = 1\ny = 2\n"}, {"main.cf": "x = 1\ny = 3\n"})
    assert change.diff == "--- before/main.cf\n+++ after/main.cf\n@@ -1,2 +1,2 @@\n x = 1\n-y = 2\n+y = 3\n"
