"""Round after round: each server under load and with idle connections, all in turn."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial

import psutil

from bench import load
from bench.echo import SERVERS
from bench.servers import running

MANY = 64
FEW = 10
WARM_UP = 0.1  # of the time that is measured
HANGING = 20.0  # seconds that a server may take in addition to the measurements
MEMORY = "Resident memory for each idle connection, in bytes (without the kernel's)"
ROUND_TRIPS = {  # the number of connections, and the size of a message
    "Round trips a second, 64 bytes, 1 connection": (1, 64),
    f"Round trips a second, 64 bytes, {MANY} connections": (MANY, 64),
    "Round trips a second, 64 KiB, 1 connection": (1, 65536),
}


@dataclass(frozen=True)
class Measurement:
    """What one round gave, and what one round trip cost where those were counted.

    `server_cpu` is in µs, `client_share` is the load generator's share of its core.
    """

    value: float
    server_cpu: float = 0.0
    client_share: float = 0.0


Measurements = dict[str, dict[str, list[Measurement]]]


def measure(rounds: int, seconds: float, idle: int, package: str, core: int | None) -> Measurements:
    """Return the samples of all rounds, by quantity and server. Raises CourseError if one fails.

    Each measurement takes `seconds`; `idle` connections are held to see what one costs in memory.
    """
    measurements: Measurements = {quantity: {} for quantity in (*ROUND_TRIPS, MEMORY)}
    for number in range(1, rounds + 1):
        print(f"Round {number} of {rounds}", flush=True)
        for name in SERVERS:
            start = partial(running, name, package, core, HANGING + 5 * seconds)
            with start(MANY) as (port, process):
                for quantity, (connections, size) in ROUND_TRIPS.items():
                    sample = _round_trips(process, port, connections, size, seconds)
                    measurements[quantity].setdefault(name, []).append(sample)
            resident = []  # of two processes, because a thread pool has its threads at once
            for count in (FEW, idle):
                with start(count) as (port, process), load.connected(port, count):
                    resident.append(process.memory_info().rss)
            sample = Measurement((resident[1] - resident[0]) / (idle - FEW))
            measurements[MEMORY].setdefault(name, []).append(sample)
    return measurements


def _round_trips(
    process: psutil.Process, port: int, connections: int, size: int, seconds: float
) -> Measurement:
    with load.connected(port, connections) as socks:
        load.round_trips(socks, size, seconds * WARM_UP)
        server, client = sum(process.cpu_times()[:2]), time.process_time()  # user and system
        began = time.perf_counter()
        count = load.round_trips(socks, size, seconds)
        spent = time.perf_counter() - began
        server, client = sum(process.cpu_times()[:2]) - server, time.process_time() - client
    return Measurement(count / spent, server / count * 1e6, client / spent)
