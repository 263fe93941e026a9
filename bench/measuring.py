"""Round after round: each subject under load and with idle connections, all in turn."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bench import load
from bench.machine import pinned, separate_cores
from bench.servers import RunningServer, running
from bench.subjects import Subject

MANY = 64
FEW = 10
WARM_UP = 0.1  # of the time that is measured


@dataclass(frozen=True)
class Measure:
    """One figure that all subjects are compared by."""

    key: str
    title: str
    unit: str
    more_is_better: bool
    decimals: int = 0

    @property
    def units(self) -> str:
        """The unit, and which way is better."""
        return f"{self.unit}; {'more' if self.more_is_better else 'less'} is better"


@dataclass(frozen=True)
class Sample:
    """What one round gave; `share` is the load generator's share of its core."""

    value: float
    share: float | None = None


@dataclass(frozen=True)
class Settings:
    """How long and how often; `idle` connections are held for the memory's sake."""

    rounds: int
    seconds: float
    idle: int
    package: str


Samples = dict[Measure, dict[str, list[Sample]]]

TRIPS_ONE = Measure("trips_1", "Round trips of 64 bytes, 1 connection", "a second", True)
TRIPS_MANY = Measure(
    f"trips_{MANY}", f"Round trips of 64 bytes, {MANY} connections", "a second", True
)
CPU_ONE = Measure("cpu_1", "Server CPU per round trip, 1 connection", "µs", False, 1)
CPU_MANY = Measure(f"cpu_{MANY}", f"Server CPU per round trip, {MANY} connections", "µs", False, 1)
BULK = Measure("bulk", "Bulk echo in pieces of 64 KiB, 1 connection", "MB/s", True)
MEMORY = Measure(
    "memory", "Resident memory per idle connection", "kB, without the kernel's", False, 1
)
MEASURES = (TRIPS_ONE, TRIPS_MANY, CPU_ONE, CPU_MANY, BULK, MEMORY)


def measure(
    subjects: Sequence[Subject], settings: Settings, tell: Callable[[str], object]
) -> Samples:
    """Return every round's figures by measure and subject's name; `tell` hears which round it is.

    Raises CourseError when a server fails.
    """
    samples: Samples = {measure: {} for measure in MEASURES}
    cores = separate_cores()
    theirs, ours = cores or (None, None)
    with pinned(ours):
        for number in range(1, settings.rounds + 1):
            tell(f"round {number} of {settings.rounds}")
            for subject in subjects:
                for measured, sample in _round(subject, settings, theirs):
                    samples[measured].setdefault(subject.name, []).append(sample)
    return samples


def _round(
    subject: Subject, settings: Settings, core: int | None
) -> Iterator[tuple[Measure, Sample]]:
    with running(subject, settings.package, MANY, core) as server:
        yield from _trips(server, 1, settings.seconds, TRIPS_ONE, CPU_ONE)
        if subject.takes(MANY):
            yield from _trips(server, MANY, settings.seconds, TRIPS_MANY, CPU_MANY)
        yield from _bulk(server, settings.seconds)
    if subject.takes(settings.idle):
        yield from _memory(subject, settings, core)


def _trips(
    server: RunningServer, connections: int, seconds: float, trips: Measure, cpu: Measure
) -> Iterator[tuple[Measure, Sample]]:
    with load.connected(server.port, connections) as socks:
        load.round_trips(socks, seconds * WARM_UP)
        before = server.cpu_seconds()
        done = load.round_trips(socks, seconds)
        after = server.cpu_seconds()
    yield trips, Sample(done.rate, done.share)
    if before is not None and after is not None:
        yield cpu, Sample((after - before) / done.count * 1e6)


def _bulk(server: RunningServer, seconds: float) -> Iterator[tuple[Measure, Sample]]:
    with load.connected(server.port, 1) as (sock,):
        load.bulk(sock, seconds * WARM_UP)
        done = load.bulk(sock, seconds)
    yield BULK, Sample(done.rate / 1e6, done.share)


def _memory(
    subject: Subject, settings: Settings, core: int | None
) -> Iterator[tuple[Measure, Sample]]:
    """Compare a server that holds few connections with one that holds many.

    Two processes, because a server with threads has them all from its start.
    """
    few, many = (
        _resident(subject, settings.package, connections, core)
        for connections in (FEW, settings.idle)
    )
    if few is not None and many is not None:
        yield MEMORY, Sample((many - few) / (settings.idle - FEW) / 1e3)


def _resident(subject: Subject, package: str, connections: int, core: int | None) -> int | None:
    with (
        running(subject, package, connections, core) as server,
        load.connected(server.port, connections),
    ):
        return server.resident_bytes()
