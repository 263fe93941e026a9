"""The figures as medians, ratios and spread: in the terminal and as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bench.measuring import Measure, Samples

BUSY = 0.9  # of its core: from here on the load generator may be the limit
WIDTH = 80
TIMES = "\N{MULTIPLICATION SIGN}"
DASH = "\N{EN DASH}"
CLIENT = "client CPU: the share of its core that the load generator used"
NARROW = (
    "* the load generator used more than 90 % of its core there: it may be the limit,",
    "  and not the server, whose own CPU per round trip is the truer figure",
)
WIDE = 1.5  # times the lowest round: such a difference is not the servers'


@dataclass(frozen=True)
class Row:
    """One subject by one measure; `ratio` is to the yardstick's median."""

    subject: str
    rounds: tuple[float, ...]
    ratio: float | None
    share: float | None

    @property
    def median(self) -> float:
        """The middle of the rounds."""
        return median(self.rounds)

    @property
    def low(self) -> float:
        """The least of the rounds."""
        return min(self.rounds)

    @property
    def high(self) -> float:
        """The most of the rounds."""
        return max(self.rounds)

    @property
    def width(self) -> float:
        """How many times the lowest round the highest is."""
        return self.high / self.low if self.low > 0 else 1.0

    @property
    def is_narrow(self) -> bool:
        """Whether the load generator may have been the limit."""
        return self.share is not None and self.share > BUSY


@dataclass(frozen=True)
class Comparison:
    """All subjects by one measure."""

    measure: Measure
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Report:
    """The comparisons, and the lines that say how they came about."""

    yardstick: str
    comparisons: tuple[Comparison, ...]
    conditions: tuple[str, ...]

    @property
    def notes(self) -> tuple[str, ...]:
        """All that has to be known to read the figures."""
        rows = [row for comparison in self.comparisons for row in comparison.rows]
        narrow = NARROW if any(row.is_narrow for row in rows) else ()
        widest = max((row.width for row in rows if row.share is not None), default=1.0)
        disturbed = (
            f"rounds differ by up to {widest:.1f} times: if other programs were at work, run it again",
        )
        return narrow + (disturbed if widest > WIDE else ()) + self.conditions


def compare(samples: Samples, yardstick: str) -> tuple[Comparison, ...]:
    """Return medians, ratios and spread, in the order of the samples; what has none is left out."""
    comparisons = []
    for measure, by_subject in samples.items():
        if not by_subject:
            continue
        values = {name: tuple(one.value for one in taken) for name, taken in by_subject.items()}
        unit = median(values.get(yardstick, (0.0,)))
        rows = []
        for name, taken in by_subject.items():
            shares = [one.share for one in taken if one.share is not None]
            ratio = median(values[name]) / unit if unit > 0 else None
            rows.append(Row(name, values[name], ratio, median(shares) if shares else None))
        comparisons.append(Comparison(measure, tuple(rows)))
    return tuple(comparisons)


def show(report: Report, console: Console) -> None:
    """Print the report, at most 80 columns wide."""
    for comparison in report.comparisons:
        measure = comparison.measure
        console.print(Text(f"{measure.title} ({measure.units})", style="bold"), width=WIDTH)
        console.print(_table(comparison, report.yardstick), width=WIDTH)
        console.print()
    console.print("\n".join([CLIENT, *report.notes]), width=WIDTH)


def figure(value: float, measure: Measure) -> str:
    """Return a figure as it is read."""
    return f"{value:,.{measure.decimals}f}"


def mark(row: Row) -> str:
    """Return the sign that refers to the note about the load generator, or a blank."""
    return "*" if row.is_narrow else " "


def ratio(row: Row) -> str:
    """Return how many times the yardstick's median a row's median is."""
    return DASH if row.ratio is None else f"{row.ratio:.2f}"


def to_json(report: Report) -> str:
    """Return the report with every round's figure."""
    measures = [
        {
            "measure": comparison.measure.key,
            "title": comparison.measure.title,
            "unit": comparison.measure.unit,
            "more_is_better": comparison.measure.more_is_better,
            "subjects": [_entry(row) for row in comparison.rows],
        }
        for comparison in report.comparisons
    ]
    whole = {
        "conditions": report.conditions,
        "yardstick": report.yardstick,
        "measures": measures,
    }
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def _entry(row: Row) -> dict[str, str | float | Sequence[float] | None]:
    return {
        "name": row.subject,
        "median": row.median,
        "min": row.low,
        "max": row.high,
        "ratio": row.ratio,
        "load_generator_share": row.share,
        "rounds": row.rounds,
    }


def _table(comparison: Comparison, yardstick: str) -> Table:
    measure = comparison.measure
    table = Table(box=None, padding=(0, 1, 0, 0), header_style="dim")
    table.add_column("", width=21, no_wrap=True)
    columns = [("median", 9), (f"min{DASH}max", 16), (f"{TIMES} {yardstick}", 17)]
    if any(row.share is not None for row in comparison.rows):
        columns.append(("client CPU", 11))
    for heading, width in columns:
        table.add_column(heading, justify="right", width=width, no_wrap=True)
    for row in comparison.rows:
        spread = f"{figure(row.low, measure)}{DASH}{figure(row.high, measure)}"
        share = [] if row.share is None else [f"{row.share:.0%}{mark(row)}"]
        table.add_row(row.subject, figure(row.median, measure), spread, ratio(row), *share)
    return table
