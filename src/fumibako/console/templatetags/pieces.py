"""The small drawn things: icons, the fields of Django's own forms, sparklines and plots.

Everything is server-rendered SVG and HTML with attributes only: the content security policy allows no inline style and no inline script.
"""

from __future__ import annotations

from functools import cache

from django import template
from django.forms import BoundField, CheckboxInput, Textarea
from django.utils.safestring import SafeString, mark_safe
from lucide import IconDoesNotExist, _render_icon

from fumibako.console.templatetags.drawing import plot_lines, spark_path
from fumibako.console.templatetags.words import said

register = template.Library()


@register.simple_tag
def icon(name: str, tone: str = "") -> SafeString:
    """A Lucide icon, one text line high, hidden from screen readers: a word always stands beside it."""
    return _drawn(str(name), f"icon {tone}".strip())


@cache
def _drawn(name: str, classes: str) -> SafeString:
    """Drawn once: a page has dozens of them."""
    try:
        drawn = _render_icon(name, None, **{"class": classes, "stroke_width": "1.75", "aria_hidden": "true"})
    except IconDoesNotExist:
        drawn = _render_icon("dot", None, **{"class": classes, "aria_hidden": "true"})
    return mark_safe(drawn)  # noqa: S308 - the icon package's own file, attributes from the templates only


@register.inclusion_tag("parts/form_field.html")
def field(bound: BoundField, *, label: object = None, help: object = None, **attrs: str) -> dict[str, object]:
    """One field of a Django form (log-in, second factor) in the same clothes as a settings option.

    ``label`` and ``help`` replace the form's own words; further arguments become attributes of the control (``autocomplete="username"``).
    """
    shown: dict[str, str | bool] = {name.replace("_", "-"): value for name, value in attrs.items()}
    described = [f"{bound.auto_id}-{part}" for part, there in (("help", help), ("finding", bound.errors)) if there]
    if described:
        shown["aria-describedby"] = " ".join(described)
    if bound.errors:
        shown["aria-invalid"] = "true"
    shown.setdefault("placeholder", "")
    widget = bound.field.widget
    kind = "tick" if isinstance(widget, CheckboxInput) else "textarea" if isinstance(widget, Textarea) else "line"
    return {
        "bound": bound,
        "control": bound.as_widget(attrs=shown),
        "label": said(label) or bound.label,
        "help": said(help),
        "kind": kind,
        "hidden": widget.is_hidden,
    }


@register.inclusion_tag("parts/spark.html")
def sparkline(values: list[float], label: object) -> dict[str, object]:
    """A word-sized line of the last values; ``label`` says the same in words."""
    return {"path": spark_path(values), "label": said(label)}


@register.inclusion_tag("parts/plot.html")
def plot(shown: object) -> dict[str, object]:
    """A plot for comparing; ``shown`` has title, unit, times and series as ``drawing.plot_lines`` describes."""
    return plot_lines(shown)
