"""A page says everything in the reader's language, and nothing that it was given is taken for markup."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.template import Context, Template
from django.utils.translation import override

from fumibako.console.templatetags import words
from fumibako.schema.text import Text


@pytest.fixture(params=["en", "ja"])
def language(request: pytest.FixtureRequest) -> Iterator[str]:
    with override(request.param):
        yield request.param


def shown(source: str, **context: object) -> str:
    return Template("{% load words %}" + source).render(Context(context))


def test_both_languages_are_said_where_they_stand(language: str) -> None:
    assert (
        shown('{% say "Nothing is staged." "ありません。" %}')
        == {"en": "Nothing is staged.", "ja": "ありません。"}[language]
    )


def test_a_text_value_is_said_as_itself_and_as_it_comes_over_the_wire(language: str) -> None:
    text = Text("off", "停止")
    assert shown("{% say text %}", text=text) == shown("{% say text %}", text=text.as_json()) == text.in_(language)


def test_the_words_of_a_text_are_escaped_and_so_are_inserted_values() -> None:
    with override("en"):
        assert shown("{% say text %}", text=Text("<b>", "<b>")) == "&lt;b&gt;"
        assert shown('{% say "for {who}" "{who}" who=name %}', name="<i>{x}") == "for &lt;i&gt;{x}"


def test_braces_in_a_text_without_values_are_only_braces() -> None:
    with override("ja"):
        assert shown("{% say text %}", text=Text("{0}", "{0}")) == "{0}"


def test_one_thing_is_singular_in_english_only(language: str) -> None:
    source = '{% say "{n} edits" "変更 {n} 件" n=n one="{n} edit" %}'
    assert [shown(source, n=n) for n in (1, 1200)] == {
        "en": ["1 edit", "1,200 edits"],
        "ja": ["変更 1 件", "変更 1,200 件"],
    }[language]


def test_counts_are_grouped_but_ports_and_sizes_stay_as_they_are_typed() -> None:
    with override("en"):
        assert shown("{{ n|count }} {{ n|said }}", n=20025) == "20,025 20025"
        assert shown('{% say "now {live}" "{live}" live=n %}', n=-2525) == "now −2525"


def test_durations_and_sizes_are_rounded_to_what_a_person_compares(language: str) -> None:
    assert [words.seconds(value) for value in (0.21, 42, 600)] == {
        "en": ["0.2 s", "42 s", "10 min"],
        "ja": ["0.2 秒", "42 秒", "10 分"],
    }[language]
    assert [words.size(value) for value in (0, 10485760, 18 * 1024**3)] == {
        "en": ["0 bytes", "10.0 MB", "18.0 GB"],
        "ja": ["0 バイト", "10.0 MB", "18.0 GB"],
    }[language]


def test_what_stands_between_backticks_is_code_and_escaped() -> None:
    with override("en"):
        assert (
            shown("{{ text|coded }}", text=Text("One `a = <b>` a line", "")) == "One <code>a = &lt;b&gt;</code> a line"
        )
        assert shown("{{ text|coded }}", text=Text("a ` alone", "")) == "a ` alone"
