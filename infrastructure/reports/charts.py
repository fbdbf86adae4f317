"""Charts as pictures in the page: SVG that runs nothing and asks for nothing.

The library writes a script, comments with addresses, and values for its script to show. The script and the
comments are taken out; the values become the titles that a browser shows by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from unicodedata import east_asian_width

import pygal
from pygal.style import Style


class Chart(NamedTuple):
    """A picture and what it shows."""

    title: str
    svg: str


Series = Mapping[str, Sequence[float | int | None]]

_FONT = "system-ui, 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', 'WenQuanYi Micro Hei', sans-serif"
_LABEL_SIZE = 13
_STYLE = Style(
    background="transparent",
    plot_background="transparent",
    foreground="#17212b",
    foreground_strong="#17212b",
    foreground_subtle="#51606f",
    guide_stroke_color="#d5dce3",
    major_guide_stroke_color="#c3ccd6",
    opacity=".9",
    opacity_hover="1",
    transition="0s",
    value_colors=("#ffffff",),
    font_family=_FONT,
    label_font_size=_LABEL_SIZE,
    major_label_font_size=13,
    value_font_size=13,
    value_label_font_size=13,
    legend_font_size=14,
    title_font_size=16,
    colors=("#0a5a8c", "#c2570c", "#4b7a1f", "#7a3e9d"),
)
"""Four colours that are told apart in grey and by the colour-blind too; lines differ in their dashes as well."""
_DASHES = (None, "8, 4", "2, 4", "12, 3, 2, 3")
_SVG = "{http://www.w3.org/2000/svg}"
WIDTH, HEIGHT = 420, 270
LONGEST_LABEL = 22
"""Of a lying bar, in Latin letters."""
FEW_LABELS = 6
"""Of more only each third one is written, the last one always."""


def lines(name: str, title: str, labels: Sequence[str], series: Series, unit: str = "") -> Chart:
    """A line a series; ``name`` is an id that the page has once."""
    steps = _steps(series)
    chart = pygal.Line(**_config(unit), dots_size=3, y_labels=steps, range=(steps[0], 100))
    for (label, values), dashes in zip(series.items(), _DASHES, strict=False):
        chart.add(
            label, list(values), stroke_style={"width": 2.5} | ({"dasharray": dashes} if dashes else {})
        )
    return _drawn(chart, name, title, labels)


def bars(name: str, title: str, labels: Sequence[str], series: Series) -> Chart:
    """A group of upright bars a label."""
    chart = pygal.Bar(**_config(""))
    for label, values in series.items():
        chart.add(label, list(values))
    return _drawn(chart, name, title, labels)


def lying_bars(name: str, title: str, labels: Sequence[str], values: Sequence[int]) -> Chart:
    """A bar a label, the first on top."""
    short = [_short(label) for label in labels]
    own = {
        "show_legend": False,
        "print_values": True,
        "height": 60 + 32 * len(labels),
        "margin_left": 8 + max(_missing(label) for label in short),
    }
    chart = pygal.HorizontalBar(**{**_config(""), **own})
    chart.add(title, list(values)[::-1])
    return _drawn(chart, name, title, short[::-1])


def _columns(text: str) -> int:
    """How wide a text is: two for a Chinese character, one for a Latin letter."""
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def _short(text: str) -> str:
    """A text that leaves room for the picture."""
    while _columns(text) > LONGEST_LABEL:
        text = text.removesuffix("…")[:-1].rstrip() + "…"
    return text


def _missing(text: str) -> float:
    """What the library's guess at a label's width, made for Latin letters, falls short of, in its pixels."""
    return max(0, _columns(text) * 0.52 - len(text) * 0.6) * _LABEL_SIZE + 8


def _config(unit: str) -> dict[str, Any]:
    return {
        "style": _STYLE,
        "js": [],
        "disable_xml_declaration": True,
        "width": WIDTH,
        "height": HEIGHT,
        "margin": 8,
        "margin_right": 28,
        "legend_at_bottom": True,
        "legend_box_size": 14,
        "truncate_legend": -1,
        "truncate_label": -1,
        "show_y_guides": True,
        "value_formatter": lambda value: f"{value:,.10g}{unit}",
    }


def _steps(series: Series) -> list[int]:
    """Percentages are shown up to 100, from the ten below the least: what is far from zero is seen at all."""
    values = [value for each in series.values() for value in each if value is not None]
    low = max(0, int(min(values, default=0) // 10 * 10) - 10)
    return list(range(low, 101, 5 if low >= 60 else 10 if low >= 30 else 20))


def _drawn(chart: Any, name: str, title: str, labels: Sequence[str]) -> Chart:
    chart.uuid = name
    chart.x_labels = list(labels)
    if len(labels) > FEW_LABELS and not isinstance(chart, pygal.HorizontalBar):
        chart.x_labels_major = list(labels)[::-1][::3]
        chart.show_minor_x_labels = False
    chart.add_xml_filter(lambda root: _plain(root, title))
    return Chart(title, chart.render(is_unicode=True))


def _plain(root: Any, title: str) -> Any:
    """Without what runs or leads elsewhere, and with a name for who cannot see it."""
    for parent in list(root.iter()):
        if parent is not root:
            parent.attrib.pop("id", None)  # the same in every picture, and nothing is found by it
        for child in list(parent):
            if not isinstance(child.tag, str) or child.tag.removeprefix(_SVG) == "script":
                parent.remove(child)
            elif child.tag.removeprefix(_SVG) == "desc":
                _tell(parent, child)
    root.set("role", "img")
    root.set("aria-label", title)
    return root


def _tell(parent: Any, child: Any) -> None:
    if child.get("class") == "value" and child.text:
        child.tag = child.tag.replace("desc", "title")
        child.attrib.clear()
    else:
        parent.remove(child)
