"""`python3 -m bench`: measure, print the figures, and write them as JSON if you ask for it."""

from __future__ import annotations

import argparse
import os
import platform
import sys
from datetime import date
from pathlib import Path

from course.model.errors import CourseError, UsageError
from course.setup.bootstrap import ensure


def main() -> int:
    """Run the benchmark and return its exit status."""
    try:
        ensure()
        run(_options())
        return 0
    except (CourseError, OSError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return getattr(error, "status", 1)
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return 130


def run(options: argparse.Namespace) -> None:
    """Measure and report. Raises CourseError or OSError."""
    from bench import measuring, report, servers

    rounds, seconds, idle = options.rounds, options.seconds, options.connections
    package = "chapters" if options.chapters else "solutions"
    if not (rounds >= 1 and 0.01 <= seconds <= 3600 and idle >= 100):
        raise UsageError("give at least 1 round, 0.01 seconds (at most 3600), 100 connections.")
    if options.json and (options.json.is_dir() or not options.json.parent.is_dir()):
        raise UsageError(f"--json {options.json}: give a file in a folder that exists.")
    servers.make_room_for(idle)
    core = servers.take_core()
    is_http = options.what == "http"
    measure = measuring.measure_http if is_http else measuring.measure
    measurements = measure(rounds, seconds, idle, package, core)
    conditions = [
        f"rounds: {rounds}, in new processes; {seconds:g} s each; {idle:,} idle connections",
        f"{package}/; client and server on {'any core' if core is None else 'a core each'}",
        f"Python {platform.python_version()}, {platform.system()} {platform.machine()}, "
        f"{os.cpu_count()} cores, {date.today()}",
    ]
    lines = report.http_lines if is_http else report.lines
    print("\n".join([*lines(measurements), *conditions]))
    if options.json:
        options.json.write_text(report.as_json(measurements, conditions), encoding="utf-8")


def _options() -> argparse.Namespace:
    about = (
        "Measure the chapters' servers: echo beside asyncio's, or HTTP, WSGI and WebSocket beside "
        "nginx, http.server, and those of uvicorn, granian, gunicorn, waitress and websockets that "
        "are installed here or on the PATH."
    )
    parser = argparse.ArgumentParser(prog="python3 -m bench", description=about)
    add = parser.add_argument
    add("what", nargs="?", choices=("echo", "http"), default="echo", help="(%(default)s)")
    add("--rounds", type=int, default=5, metavar="N", help="how many (%(default)s)")
    add("--seconds", type=float, default=1.0, metavar="S", help="each measurement (%(default)s)")
    add("--connections", type=int, default=1000, metavar="N", help="idle ones (%(default)s)")
    add("--chapters", action="store_true", help="measure your own code")
    add("--json", type=Path, metavar="FILE", help="write every figure of every round")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
