"""The figures as medians, spread and ratios, in text of 80 columns and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from statistics import median

from bench.echo import YARDSTICK
from bench.measuring import ROUND_TRIPS, Measurements

BUSY = 0.9  # of its core: from here on the load generator may be the limit
HEADING = f"{'':21} {'median':>9} {'lowest':>9} {'highest':>9} {'ratio':>6} {'server':>8} client"
EXPLANATION = f"""
ratio: to the median of {YARDSTICK}
server: µs of its core for one round trip
client: the load generator's share of its core
     *: the client may be the limit; the server's µs are the truer figure
Where lowest and highest are far apart, other programs ran: measure again."""


def lines(measurements: Measurements) -> Iterator[str]:
    """Give a table for each quantity, and what one has to know to read it."""
    for quantity, by_server in measurements.items():
        yield f"\n{quantity}\n{HEADING if quantity in ROUND_TRIPS else HEADING[:58]}"
        yardstick = median(sample.value for sample in by_server[YARDSTICK])
        for name, samples in by_server.items():
            values = [sample.value for sample in samples]
            low, middle, high = min(values), median(values), max(values)
            ratio = f"{middle / yardstick:.2f}" if yardstick > 0 else "-"
            line = f"{name:21} {middle:9,.0f} {low:9,.0f} {high:9,.0f} {ratio:>6}"
            if quantity in ROUND_TRIPS:
                share = median(sample.client_share for sample in samples)
                line += f" {median(sample.server_cpu for sample in samples):8.1f} {share:6.0%}"
                line += "*" if share > BUSY else ""
            yield line
    yield EXPLANATION


def as_json(measurements: Measurements, conditions: list[str]) -> str:
    """Return the figures of every round as JSON."""
    whole = {"conditions": conditions, "yardstick": YARDSTICK, "measurements": measurements}
    return json.dumps(whole, indent=2, ensure_ascii=False, default=vars) + "\n"
