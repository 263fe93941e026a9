"""`python3 -m course bench`: measure, print, and write the plot."""

from __future__ import annotations

import argparse
import math
import time
from pathlib import Path

from rich.console import Console

from bench import machine, measuring, plot, report
from bench.echo import SUBJECTS, YARDSTICK
from course.model.chapters import ROOT
from course.model.errors import CourseError, UsageError

TITLE = "Echo servers, measured"
QUICK = (2, 0.3)
THOROUGH = (5, 1.0)
LEAST_IDLE = 100


def run(options: argparse.Namespace, console: Console) -> int:
    """Measure, report and return 0. Raises CourseError when something stands in the way."""
    wanted = _settings(options)
    svg = Path(options.svg) if options.svg else ROOT / "build" / "bench" / "echo.svg"
    figures = Path(options.json) if options.json else None
    files = [svg, figures] if figures else [svg]
    for file in files:
        _make_sure_of(file)
    with machine.room_for(wanted.idle, least=LEAST_IDLE) as idle:
        settings = measuring.Settings(wanted.rounds, wanted.seconds, idle, wanted.package)
        if idle < wanted.idle:
            console.print(f"Open files are limited here: {idle:,} idle connections are used.")
        samples = _measure(settings, console)
    comparisons = report.compare(samples, YARDSTICK)
    result = report.Report(YARDSTICK, comparisons, _conditions(settings))
    console.print()
    report.show(result, console)
    _write(svg, plot.draw(result, TITLE))
    if figures:
        _write(figures, report.to_json(result))
    console.print(f"Written: {', '.join(map(_shown, files))}", soft_wrap=True)
    return 0


def _settings(options: argparse.Namespace) -> measuring.Settings:
    rounds, seconds = QUICK if options.quick else THOROUGH
    rounds = rounds if options.rounds is None else options.rounds
    seconds = seconds if options.seconds is None else options.seconds
    if rounds < 1:
        raise UsageError(f"--rounds {rounds}: at least 1 round is needed.")
    if not (math.isfinite(seconds) and seconds >= 0.01):
        raise UsageError(f"--seconds {seconds:g}: at least 0.01 seconds are needed.")
    if options.connections < LEAST_IDLE:
        raise UsageError(
            f"--connections {options.connections}: at least {LEAST_IDLE} are needed for a figure."
        )
    package = "chapters" if options.chapters else "solutions"
    return measuring.Settings(rounds, seconds, options.connections, package)


def _measure(settings: measuring.Settings, console: Console) -> measuring.Samples:
    began = time.perf_counter()

    def tell(what: str) -> None:
        console.print(f"{time.perf_counter() - began:5.0f} s  {what}")

    try:
        return measuring.measure(SUBJECTS, settings, tell)
    except OSError as error:
        raise CourseError(f"the measuring had to stop: {error.strerror or error}.") from error


def _conditions(settings: measuring.Settings) -> tuple[str, ...]:
    apart = "on a core each" if machine.separate_cores() else "on any core"
    whose = "; your own chapters" if settings.package == "chapters" else ""
    limits = [f"{subject.name}: {subject.most} client" for subject in SUBJECTS if subject.most]
    many = f"{settings.rounds} round{'s' * (settings.rounds > 1)}"
    return (
        f"{many} of {settings.seconds:g} s, new processes each time; "
        f"{settings.idle:,} idle connections",
        f"{'; '.join(limits)}; server and load generator {apart}{whose}",
        machine.describe(),
    )


def _make_sure_of(file: Path) -> None:
    """Find out before the measuring, not after it, that a file cannot be written."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        existed = file.exists()
        with file.open("ab"):
            pass
        if not existed:
            file.unlink()
    except OSError as error:
        raise _not_written(file, error) from error


def _write(file: Path, content: str) -> None:
    try:
        file.write_text(content, encoding="utf-8")
    except OSError as error:
        raise _not_written(file, error) from error


def _not_written(file: Path, error: OSError) -> CourseError:
    return CourseError(f"{file} cannot be written: {error.strerror or error}.")


def _shown(file: Path) -> str:
    return str(file.relative_to(ROOT)) if file.is_relative_to(ROOT) else str(file)
