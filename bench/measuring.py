"""Round after round: each server under load and with idle connections, all in turn."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial

import psutil

from bench import http, load
from bench.echo import SERVERS
from bench.http import PLAIN, TALKS, Contestant
from bench.servers import running, tree
from course.model.errors import CourseError

MANY = 64
FEW = 10
HTTP_CONNECTIONS = 32
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


def measure_http(
    rounds: int, seconds: float, idle: int, package: str, core: int | None
) -> Measurements:
    """Return the same for HTTP servers. What is not installed is left out, with a line that says so."""
    present = {name: server for name, server in http.SERVERS.items() if not server.is_missing}
    for name in http.SERVERS:
        if name not in present:
            print(f"{name}: not installed, so left out")
    measurements: Measurements = {quantity: {} for talks in TALKS.values() for quantity in talks}
    measurements[MEMORY] = {}
    for number in range(1, rounds + 1):
        print(f"Round {number} of {rounds}", flush=True)
        for name, server in list(present.items()):
            limit = HANGING + 5 * seconds
            start = partial(running, name, package, core, limit, module="bench.http")
            try:
                samples = _http_samples(start, server, seconds, idle)
            except CourseError as error:
                if not server.command:
                    raise
                print(f"{error}; left out")
                del present[name]
                continue
            for quantity, sample in samples.items():
                measurements[quantity].setdefault(name, []).append(sample)
    return measurements


def _http_samples(
    start: Callable[[int], AbstractContextManager[tuple[int, psutil.Process]]],
    server: Contestant,
    seconds: float,
    idle: int,
) -> dict[str, Measurement]:
    samples = {}
    with start(HTTP_CONNECTIONS) as (port, process):
        for quantity, talk in TALKS[server.kind].items():
            with load.talking(port, HTTP_CONNECTIONS, talk) as (socks, length):
                exchange = partial(load.exchanges, socks, talk, length)
                samples[quantity] = _sample(process, exchange, seconds)
    if server.kind == "web":
        resident = []
        for count in (FEW, idle):
            with start(count) as (port, process), load.talking(port, count, PLAIN):
                resident.append(sum(each.memory_info().rss for each in tree(process.pid)))
        samples[MEMORY] = Measurement((resident[1] - resident[0]) / (idle - FEW))
    return samples


def _round_trips(
    process: psutil.Process, port: int, connections: int, size: int, seconds: float
) -> Measurement:
    with load.connected(port, connections) as socks:
        return _sample(process, partial(load.round_trips, socks, size), seconds)


def _sample(
    process: psutil.Process, exchange: Callable[[float], int], seconds: float
) -> Measurement:
    exchange(seconds * WARM_UP)
    server, client = _cpu_time(process), time.process_time()
    began = time.perf_counter()
    count = exchange(seconds)
    spent = time.perf_counter() - began
    server, client = _cpu_time(process) - server, time.process_time() - client
    return Measurement(count / spent, server / count * 1e6, client / spent)


def _cpu_time(process: psutil.Process) -> float:
    """Return the seconds, user and system, of a process and all that it has started."""
    return sum(sum(each.cpu_times()[:2]) for each in tree(process.pid))
