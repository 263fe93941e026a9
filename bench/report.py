"""The figures as medians, spread and ratios, in text of 80 columns and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from statistics import median

from bench.echo import YARDSTICK
from bench.measuring import MEMORY, ROUND_TRIPS, Measurements

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


HTTP_HEADING = f"{'':21} {'µs':>7} {'lowest':>7} {'highest':>7} {'ratio':>6} {'a second':>9} client"
HTTP_EXPLANATION = """
µs: CPU time, user and system, of the server and its workers for one request
ratio: requests that it serves in the CPU time in which the first one serves one
a second: requests, with the load generator on another core if there is one
client: the load generator's share of its core. *: it may limit the rate
Where lowest and highest are far apart, other programs ran: measure again."""


def http_lines(measurements: Measurements) -> Iterator[str]:
    """Give a table for each quantity: CPU time, which a slow client hardly changes."""
    for quantity, by_server in measurements.items():
        is_memory = quantity == MEMORY
        heading = HTTP_HEADING[:52].replace("µs", "  ") if is_memory else HTTP_HEADING
        yield f"\n{quantity}\n{heading}"
        first = 0.0
        for name, samples in by_server.items():
            values = [sample.value if is_memory else sample.server_cpu for sample in samples]
            middle = median(values)
            first = first or middle
            ratio = f"{first / middle:.2f}" if middle > 0 else "-"
            places = 0 if is_memory else 1
            line = f"{name:21} {middle:7.{places}f} {min(values):7.{places}f} "
            line += f"{max(values):7.{places}f} {ratio:>6}"
            if not is_memory:
                rate = median(sample.value for sample in samples)
                share = median(sample.client_share for sample in samples)
                line += f" {rate:9,.0f} {share:6.0%}" + ("*" if share > BUSY else "")
            yield line
    yield HTTP_EXPLANATION


def as_json(measurements: Measurements, conditions: list[str]) -> str:
    """Return the figures of every round as JSON."""
    whole = {"conditions": conditions, "measurements": measurements}
    return json.dumps(whole, indent=2, ensure_ascii=False, default=vars) + "\n"
