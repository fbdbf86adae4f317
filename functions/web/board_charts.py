"""Charts of the dashboard as pictures of their own, drawn by pygal: SVG that runs nothing and prints well.

A picture is an ``<img>``: its style sheet is its own, so that the page's policy stays without inline styles. Every
chart stands beside a table that says the same. The library is imported when a picture is asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from hotline.domain.phrases import Phrase

if TYPE_CHECKING:
    from hotline.use_cases.read_board import Board
    from web.view import View

CHARTS = {
    "flow": Phrase("每日受理与归档", "Registered and closed a day"),
    "stock": Phrase("每日结束时的超时件", "Overdue at the end of each day"),
    "services": Phrase("近七日诉求最多的事项", "What most appeals of seven days are about"),
    "overdue": Phrase("超时件最多的单位", "Agencies with most overdue orders"),
}
"""Every chart by its name in the address."""

POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""Content-Security-Policy of a picture: it styles itself and does nothing else."""

ROWS = 8
"""Bars of a lying chart."""

FEWEST = 5
"""The least that a scale reaches to: fractions of an order are nothing to show."""

_FONT = "system-ui, 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', 'WenQuanYi Micro Hei', sans-serif"
_SVG = "{http://www.w3.org/2000/svg}"


def drawn(name: str, board: Board, view: View) -> str:
    """The chart of that name as SVG."""
    if name in ("flow", "stock"):
        return _lines(name, board, view)
    if name == "services":
        rows = [(view.say(row.name_zh, row.name_en), row.week) for row in board.services()[:ROWS]]
    else:
        late = [row for row in board.agencies if row.stock.overdue][:ROWS]
        rows = [(view.say(row.name_zh, row.name_en), row.stock.overdue) for row in late]
    return _lying(name, rows, view)


def _lines(name: str, board: Board, view: View) -> str:
    import pygal

    days = board.trend()
    if name == "flow":
        series = {
            view.say("受理", "Registered"): [each.flow.registered for each in days],
            view.say("归档", "Closed"): [each.flow.closed for each in days],
        }
    else:
        series = {view.say("超时", "Overdue"): [each.stock.overdue if each.stock else None for each in days]}
    most = max((value or 0 for values in series.values() for value in values), default=0)
    chart = pygal.Line(**_settings(), dots_size=2, range=(0, max(FEWEST, most)), show_minor_x_labels=False)
    chart.x_labels = [f"{each.day.month}-{each.day.day}" for each in days]
    chart.x_labels_major = chart.x_labels[::-1][::7]
    for (label, values), dashes in zip(series.items(), (None, "7, 4"), strict=False):
        chart.add(label, values, stroke_style={"width": 2} | ({"dasharray": dashes} if dashes else {}))
    return _plain(chart, view.phrase(CHARTS[name]))


def _lying(name: str, rows: Sequence[tuple[str, int]], view: View) -> str:
    import pygal

    settings = {**_settings(), "height": 70 + 30 * max(1, len(rows)), "show_legend": False}
    widest = max((_width(label) for label, _ in rows), default=0)
    chart = pygal.HorizontalBar(
        **settings,
        print_values=True,
        margin_left=8 + widest,
        range=(0, max(FEWEST, *(value for _, value in rows), 0)),
    )
    chart.x_labels = [label for label, _ in rows][::-1]
    chart.add("", [value for _, value in rows][::-1])
    return _plain(chart, view.phrase(CHARTS[name]))


def _width(label: str) -> float:
    """What the library's guess at a label's width, made for Latin letters, falls short of, in its pixels."""
    return sum(5.5 for letter in label if ord(letter) > 0x2E7F)


def _settings() -> dict[str, Any]:
    from pygal.style import Style

    style = Style(
        background="#ffffff",
        plot_background="#ffffff",
        foreground="#17212b",
        foreground_strong="#17212b",
        foreground_subtle="#51606f",
        guide_stroke_color="#d5dce3",
        major_guide_stroke_color="#c3ccd6",
        guide_stroke_dasharray="1,0",
        major_guide_stroke_dasharray="1,0",
        opacity="1",
        transition="0s",
        font_family=_FONT,
        label_font_size=13,
        major_label_font_size=13,
        value_font_size=13,
        legend_font_size=14,
        no_data_font_size=18,
        value_colors=("#ffffff",),
        colors=("#0a5a8c", "#b3490a"),
    )
    return {
        "style": style,
        "js": [],
        "disable_xml_declaration": True,
        "width": 640,
        "height": 280,
        "margin": 10,
        "legend_at_bottom": True,
        "truncate_label": -1,
        "truncate_legend": -1,
        "min_scale": 2,
        "value_formatter": lambda value: f"{value:,.10g}",
    }


def _plain(chart: Any, title: str) -> str:
    """The picture without the library's script and comments."""

    def clean(root: Any) -> Any:
        for parent in list(root.iter()):
            for child in list(parent):
                if not isinstance(child.tag, str) or child.tag.removeprefix(_SVG) in ("script", "desc"):
                    parent.remove(child)
        root.set("role", "img")
        root.set("aria-label", title)
        return root

    chart.add_xml_filter(clean)
    text: str = chart.render(is_unicode=True)
    return text
