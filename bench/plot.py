"""The figures as a picture: a panel for each measure, a bar for each subject."""

from __future__ import annotations

from itertools import zip_longest

from bench.report import TIMES, Comparison, Report, Row, figure, mark, ratio
from course.pictures.drawing import CARD_WIDTH, Card

MARGIN = 20
GAP = 28
COLUMNS = 2
PANEL_WIDTH = (CARD_WIDTH - 2 * MARGIN - (COLUMNS - 1) * GAP) / COLUMNS
BAR_START = 134
BAR_END = PANEL_WIDTH - 102
FIRST_ROW = 58
ROW_HEIGHT = 20
LINE_HEIGHT = 16
HEAD = 52


class _Chart(Card):
    def bar(self, x: float, y: float, width: float, height: float, style: str) -> None:
        self._elements.append(
            f'<rect class="{style}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" '
            f'height="{height:g}" rx="2" fill-opacity="0.6"/>'
        )


def draw(report: Report, title: str) -> str:
    """Return the report as one SVG for light and dark pages."""
    comparisons = report.comparisons
    bands = list(zip_longest(*[iter(comparisons)] * COLUMNS))
    heights = [max(_height(panel) for panel in band if panel) for band in bands]
    height = HEAD + sum(heights) + LINE_HEIGHT * len(report.notes) + 12
    chart = _Chart(height, title, _description(comparisons))
    chart.text(MARGIN, 28, title, "ink prose bold")
    legend = f"medians; line: lowest to highest round; {TIMES}: {report.yardstick} = 1"
    chart.text(CARD_WIDTH - MARGIN, 28, legend, "soft prose small", "end")
    top: float = HEAD
    for band, band_height in zip(bands, heights, strict=True):
        for column, panel in enumerate(band):
            if panel:
                left = MARGIN + column * (PANEL_WIDTH + GAP)
                _draw_panel(chart, left, top, panel)
        top += band_height
    for number, line in enumerate(report.notes):
        chart.text(MARGIN, top + 10 + LINE_HEIGHT * number, line, "soft prose small")
    return chart.finish() + "\n"


def _height(comparison: Comparison) -> float:
    return FIRST_ROW + ROW_HEIGHT * len(comparison.rows)


def _description(comparisons: tuple[Comparison, ...]) -> str:
    return "; ".join(
        f"{comparison.measure.title} ({comparison.measure.units}): "
        + ", ".join(
            f"{row.subject} {figure(row.median, comparison.measure)}" for row in comparison.rows
        )
        for comparison in comparisons
    )


def _draw_panel(chart: _Chart, left: float, top: float, comparison: Comparison) -> None:
    chart.text(left, top + 12, comparison.measure.title, "ink prose bold")
    chart.text(left, top + 27, comparison.measure.units, "soft prose small")
    most = max(row.high for row in comparison.rows)
    scale = (BAR_END - BAR_START) / most if most > 0 else 0.0
    for number, row in enumerate(comparison.rows):
        baseline = top + FIRST_ROW - 10 + ROW_HEIGHT * number
        style = "client" if row.subject.startswith("chapter") else "soft"
        _draw_row(chart, left, baseline, comparison, row, scale, style)
    chart.line(
        left + BAR_START,
        top + 36,
        left + BAR_START,
        top + 36 + ROW_HEIGHT * len(comparison.rows),
        "soft thin",
    )


def _draw_row(
    chart: _Chart,
    left: float,
    baseline: float,
    comparison: Comparison,
    row: Row,
    scale: float,
    style: str,
) -> None:
    start = left + BAR_START
    chart.text(left, baseline, row.subject, "ink prose")
    chart.bar(start, baseline - 10, max(row.median, 0.0) * scale, 12, style)
    low, high = max(row.low, 0.0), max(row.high, 0.0)
    chart.line(start + low * scale, baseline - 4, start + high * scale, baseline - 4, "ink")
    value = f"{figure(row.median, comparison.measure)}{mark(row)} {ratio(row)}{TIMES}"
    chart.text(left + PANEL_WIDTH, baseline, value, "ink small", "end")
