"""Where the lines of a plot go: pure geometry, in the units of the SVG's view box.

A plot has ``title`` and ``unit`` (texts), ``times`` (labels of the columns, oldest first) and ``series``, each with ``label``, ``tone``
(``indigo``, ``moss`` or ``vermilion``) and ``values`` as long as ``times``. All series share one vertical axis that begins at zero;
each line carries its name at its right end, moved apart where two ends meet, so no legend has to be looked up.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from fumibako.console.templatetags.words import said

WIDTH, HEIGHT = 720, 200
LEFT, RIGHT, TOP, BOTTOM = 44, 110, 10, 24
LABEL_GAP = 14


def round_up(value: float) -> float:
    """The next 1, 2, 4, 5 or 10 times a power of ten: an axis end that halves into a number people can read."""
    step = 1.0
    while step * 10 < value:
        step *= 10
    return next(step * factor for factor in (1, 2, 3, 4, 5, 6, 8, 10) if step * factor >= value)


def spark_path(values: list[float], width: int = 160, height: int = 28) -> str:
    """The path of a sparkline, zero at its foot."""
    top = max([*values, 1])
    gap = width / max(len(values) - 1, 1)
    points = (
        f"{index * gap:.1f} {height - 1.5 - value / top * (height - 3):.1f}" for index, value in enumerate(values)
    )
    return "M" + "L".join(points)


def spread(ends: list[float]) -> list[float]:
    """Label positions as near to the line ends as they can be with one line of text between them."""
    order = sorted(range(len(ends)), key=lambda index: ends[index])
    placed = list(ends)
    for before, after in pairwise(order):
        placed[after] = max(placed[after], placed[before] + LABEL_GAP)
    overflow = max([0.0, *(y - (HEIGHT - BOTTOM) for y in placed)])
    return [y - overflow for y in placed]


def plot_lines(shown: Any) -> dict[str, Any]:
    """Everything that ``parts/plot.html`` draws."""
    times = list(shown.times)
    top = round_up(max([1.0, *(value for line in shown.series for value in line.values)]))
    gap = (WIDTH - LEFT - RIGHT) / max(len(times) - 1, 1)
    foot = HEIGHT - BOTTOM

    def height(value: float) -> float:
        return foot - value / top * (foot - TOP)

    label_heights = spread([height(line.values[-1]) for line in shown.series])
    lines = [
        {
            "label": line.label,
            "tone": line.tone,
            "path": "M" + "L".join(f"{LEFT + i * gap:.1f} {height(value):.1f}" for i, value in enumerate(line.values)),
            "label_y": f"{y + 4:.1f}",
        }
        for line, y in zip(shown.series, label_heights, strict=True)
    ]
    rows = [{"time": time, "values": [line.values[index] for line in shown.series]} for index, time in enumerate(times)]
    return {
        "title": shown.title,
        "unit": shown.unit,
        "lines": lines,
        "rows": rows,
        "columns": [
            {
                "x": f"{LEFT + index * gap:.1f}",
                "read": f"{row['time']}  "
                + "  ".join(f"{said(li.label)} {said(v)}" for li, v in zip(shown.series, row["values"], strict=True)),
            }
            for index, row in enumerate(rows)
        ],
        "ticks": [
            {"y": f"{height(value):.1f}", "text_y": f"{height(value) + 4:.1f}", "value": value}
            for value in (0, int(top / 2) if top > 1 else 0.5, int(top))
        ],
        "first": times[0] if times else "",
        "last": times[-1] if times else "",
        "end_x": WIDTH - RIGHT,
    }
