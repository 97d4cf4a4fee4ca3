"""Words and quantities on a page, in the reader's language.

Every text that a person reads is said twice, side by side, where it is used: ``{% say "Nothing is staged." "未適用の変更はありません。" %}``.
A text that comes from the program is a value with ``en`` and ``ja`` (``fumibako.schema.text.Text``, or its form on the wire) and is said by
``{% say finding.message %}`` or, inside an attribute or a ``with``, by the filter ``{{ finding.message|said }}``.

Placeholders are named and are escaped: ``{% say "{n} edits" "変更 {n} 件" n=count one="{n} edit" %}``; ``one`` is the English singular.
``n`` is a count and gets thousands separators, as with the filter ``count``; other numbers (ports, sizes in a setting, revisions) stay as
they are typed. Minus signs are real ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django import template
from django.utils import timezone
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

register = template.Library()

MINUS = "\N{MINUS SIGN}"


def language() -> str:
    """The two languages there are: Japanese where it is active, else English."""
    return "ja" if (get_language() or "ja").startswith("ja") else "en"


def spoken(value: object) -> object:
    """A two-language value in the reader's language, numbers with a real minus sign, anything else unchanged."""
    if hasattr(value, "en") and hasattr(value, "ja"):
        return getattr(value, language())
    if isinstance(value, dict) and value.keys() == {"en", "ja"}:
        return value[language()]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value).replace("-", MINUS)
    return "" if value is None else value


@register.simple_tag
def lang() -> str:
    """The value of the ``lang`` attribute, so that glyphs and screen readers are of the right language."""
    return language()


@register.simple_tag
def say(en: object, ja: object | None = None, *, one: object | None = None, **values: object) -> SafeString:
    """A text in the reader's language; see the module."""
    if ja is None:
        text = spoken(en)
    elif language() == "ja":
        text = ja
    else:
        text = one if one is not None and values.get("n") == 1 else en
    escaped = conditional_escape(text if isinstance(text, str) else str(text))
    if not values:
        return mark_safe(escaped)  # noqa: S308 - just escaped
    return format_html(
        escaped, **{name: count(value) if name == "n" else spoken(value) for name, value in values.items()}
    )


@register.filter
def said(value: object) -> object:
    """``{{ text|said }}``: a two-language value or number, still to be escaped by the template."""
    return spoken(value)


@register.filter
def coded(value: object) -> SafeString:
    """A text in which what stands between backticks is to be typed or searched for as it is: as ``<code>``."""
    parts = str(spoken(value)).split("`")
    if len(parts) % 2 == 0:  # one too many: nobody knows what it opens
        return conditional_escape(str(spoken(value)))
    return format_html_join(
        "", "{}", [(format_html("<code>{}</code>" if i % 2 else "{}", part),) for i, part in enumerate(parts)]
    )


@register.filter
def count(value: object) -> object:
    """A number of things, with thousands separators."""
    if isinstance(value, int | float):
        return f"{value:,}".replace("-", MINUS)
    return spoken(value)


@register.filter
def said_all(values: Sequence[object]) -> str:
    """Several texts in one line: joined by 、 in Japanese and by commas in English."""
    return ("、" if language() == "ja" else ", ").join(str(spoken(value)) for value in values)


@register.filter
def seconds(value: float | None) -> str:
    """A duration: tenths below ten seconds, whole seconds below two minutes, then minutes."""
    if value is None:
        return ""
    ja = language() == "ja"
    if value < 120:
        amount = f"{value:.1f}" if value < 10 else f"{value:.0f}"
        return f"{amount} 秒" if ja else f"{amount} s"
    return f"{value / 60:.0f} 分" if ja else f"{value / 60:.0f} min"


@register.filter
def size(value: int | None) -> str:
    """Bytes in binary steps; a megabyte is 1,048,576 bytes here, as it is in Dovecot."""
    if value is None:
        return ""
    amount = float(value)
    for unit in ("bytes", "KB", "MB", "GB"):
        if abs(amount) < 1024 or unit == "GB":
            break
        amount /= 1024
    number = f"{amount:,.0f}" if unit == "bytes" or amount >= 100 else f"{amount:,.1f}"
    unit = "バイト" if unit == "bytes" and language() == "ja" else unit
    return f"{number} {unit}".replace("-", MINUS)


@register.simple_tag
def when(moment: datetime | None, *, exact: bool = False, day: bool = False) -> SafeString:
    """A ``<time>`` in the server's local time: today's as a clock time, others with their date; ``exact`` adds date and seconds,
    ``day`` shows the date alone."""
    if moment is None:
        return SafeString("")
    local = timezone.localtime(moment) if timezone.is_aware(moment) else moment
    if exact:
        shown = f"{local:%Y-%m-%d %H:%M:%S}"
    elif local.date() == timezone.localtime().date():
        shown = f"今日 {local:%H:%M}" if language() == "ja" else f"today {local:%H:%M}"
    else:
        shown = f"{local:%Y-%m-%d}" if day else f"{local:%Y-%m-%d %H:%M}"
    return format_html('<time datetime="{}">{}</time>', local.isoformat(timespec="seconds"), shown)
