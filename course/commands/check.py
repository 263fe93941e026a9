"""`python3 -m course check`: a chapter's promises, and the first broken one in full."""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import signal
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import NoReturn

import pytest
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from course.checks.plugin import EXIT_TO_DO
from course.checks.verdict import Verdict
from course.checks.watchdog import leave_if_threads_remain
from course.model.chapters import Chapter, chapters, find, imports_of, shown
from course.model.errors import CourseError
from course.model.progress import Kind, Progress
from course.reports import files as exports
from course.reports.board import chapter_at_hand
from course.reports.explanation import by_hand, plain, report

MOST_PRINTED = 12  # lines
MARKS = {
    Kind.KEPT: ("✓", "green"),
    Kind.TO_DO: ("·", "yellow"),
    Kind.BROKEN: ("✗", "red"),
    Kind.NOT_CHECKED: ("?", "yellow"),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say which chapters, whose answers, and what is written into files."""
    parser.add_argument("chapter", nargs="*", help="by default the current chapter")
    parser.add_argument("--all", action="store_true", help="check every chapter")
    parser.add_argument("--solutions", action="store_true", help="check the reference instead")
    for form in exports.FORMS:
        what = f"write what was found into FILE, as {form}"
        parser.add_argument(f"--{form}", type=Path, metavar="FILE", help=what)


def run(options: argparse.Namespace, console: Console) -> int:
    """Check what the command line names; return the exit status."""
    wanted = chapters() if options.all else [find(name) for name in options.chapter]
    files = {form: file for form in exports.FORMS if (file := getattr(options, form))}
    status = check(wanted, console, solutions=options.solutions, files=files)
    leave_if_threads_remain(status)
    return status


def check(
    wanted: Sequence[Chapter],
    console: Console,
    *,
    solutions: bool = False,
    files: Mapping[str, Path] | None = None,
) -> int:
    """Check chapters (without any: the current one) and print what was found.

    `files` maps names of `exports.FORMS` to files that are written with the same, for programs.
    Returns 0 if every promise is kept, 8 if nothing is broken but something is to do, else 1.
    Raises CourseError if a suite itself cannot be run, and KeyboardInterrupt on Ctrl-C: what was
    found by then is not kept, for it is not the whole.
    """
    progress = Progress(chapters()[0].root)
    course = list(wanted) or [chapter_at_hand(progress)]
    for path in (files or {}).values():
        exports.refuse_unwritable(path)
    statuses, checked = [], []
    for chapter in course:
        file = chapter.solution if solutions else chapter.workbench
        console.print(Text(f"\n Chapter {chapter.number} · {chapter.question}", style="bold"))
        console.print(Text(f" {shown(file)}\n", style="dim"))
        began = time.perf_counter()
        suite = run_suite(chapter, solutions=solutions)
        seconds = time.perf_counter() - began
        if not solutions:
            progress.note(chapter, *outcomes(suite.verdicts))
        for part in story(chapter, suite, seconds, solutions=solutions):
            console.print(part, soft_wrap=isinstance(part, str))  # a command is not broken up
        if not solutions:
            for line in foundations(chapter, suite.verdicts, progress):
                console.print(line)
        statuses.append(status(suite.verdicts))
        found = (suite.verdicts, suite.durations, suite.skipped)
        checked.append(exports.Checked(chapter, file, *found, seconds))
    exports.write_all(files or {}, checked)
    return max(statuses, key=[0, EXIT_TO_DO, 1].index)


def status(verdicts: Sequence[Verdict]) -> int:
    """Return the exit status that the verdicts amount to."""
    kinds = {verdict.kind for verdict in verdicts}
    if kinds & {Kind.BROKEN, Kind.NOT_CHECKED}:
        return 1
    return EXIT_TO_DO if Kind.TO_DO in kinds else 0


def run_suite(chapter: Chapter, *, solutions: bool, observers: Sequence[object] = ()) -> Suite:
    """Run a chapter's suite in this process, and return what it found.

    `observers` are further pytest plugins.
    """
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # nbval alone costs two seconds
    sys.breakpointhook = _no_breakpoint
    suite = Suite()
    folder = (chapter.solution if solutions else chapter.workbench).parent
    if not folder.is_dir():
        raise CourseError(
            f"the folder {shown(folder)} is missing. "
            f"`python3 -m course reset {chapter.number}` makes it, with the starter in it."
        )
    arguments = ["-p", "no:terminal", "-p", "no:cacheprovider", "-p", "no:debugging"]
    arguments += [f"--rootdir={chapter.root}"] + (["--solutions"] if solutions else [])
    with _ctrl_c_noticed() as noticed, _stays(), contextlib.redirect_stderr(io.StringIO()):
        pytest.main([*arguments, str(chapter.suite)], plugins=[suite, *observers])
    if noticed:
        raise KeyboardInterrupt
    if suite.trouble or not (suite.verdicts or suite.skipped):
        trouble = suite.trouble or "it has no promises"
        raise CourseError(
            f"{shown(chapter.suite)} cannot be run: {trouble}. Has it been edited? "
            f"`git checkout {shown(chapter.suite)}` brings it back."
        )
    return suite


@contextlib.contextmanager
def _ctrl_c_noticed() -> Iterator[list[int]]:
    """Collect the Ctrl-C that pytest swallows."""
    noticed: list[int] = []

    def notice(number: int, _frame: object) -> None:
        noticed.append(number)
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, notice)
    try:
        yield noticed
    finally:
        signal.signal(signal.SIGINT, before)


@contextlib.contextmanager
def _stays() -> Iterator[None]:
    """Make os._exit() in the learner's code an error, which would end the check without a word."""
    leave, here = os._exit, os.getpid()

    def refuse(status: int) -> NoReturn:
        if os.getpid() != here:  # a child of the learner's own may leave
            leave(status)
        raise SystemExit(f"os._exit({status}) would end the check, too")

    os._exit = refuse
    try:
        yield
    finally:
        os._exit = leave


def _no_breakpoint(*_arguments: object, **_keywords: object) -> None:
    test = os.environ.get("PYTEST_CURRENT_TEST", "").partition(" ")[0]
    raise RuntimeError(
        f"breakpoint() does not work in a check. This stops there: .venv/bin/python -m pytest {test}"
    )


class Suite:
    """A pytest plugin that collects what the engine found in one suite."""

    def __init__(self) -> None:
        self.verdicts: list[Verdict] = []
        self.skipped: list[str] = []
        self.printed: dict[str, str] = {}
        self.durations: dict[str, float] = {}
        self.trouble = ""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep verdicts, what the code printed, reasons for skipping, and errors of the suite."""
        if verdict := getattr(report, "verdict", None):
            self.verdicts.append(verdict)
            self.printed[verdict.test] = report.capstdout
            self.durations[verdict.test] = report.duration
        elif report.skipped and isinstance(report.longrepr, tuple):
            self.skipped.append(report.longrepr[2].removeprefix("Skipped: "))
        elif report.failed:
            self.trouble = _last_line(str(report.longrepr))

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Notice a suite that cannot be read."""
        if report.failed:
            self.trouble = _last_line(str(report.longrepr))

    def pytest_internalerror(self, excrepr: object) -> bool:
        """Notice an error of pytest or of the engine; the answer keeps it from being printed."""
        self.trouble = _last_line(str(excrepr))
        return True


def _last_line(text: str) -> str:
    return text.strip().splitlines()[-1].removeprefix("E").strip() if text.strip() else ""


def story(
    chapter: Chapter, suite: Suite, seconds: float, *, solutions: bool = False
) -> Iterator[RenderableType]:
    """Yield what to print: the promises by task, the first broken one in full, the sum."""
    file = chapter.solution if solutions else chapter.workbench
    verdicts = suite.verdicts
    first_broken = next((v for v in verdicts if v.kind in (Kind.BROKEN, Kind.NOT_CHECKED)), None)
    if not (first_broken and first_broken.kind is Kind.NOT_CHECKED):
        is_whole = status(verdicts) == 0
        for task, group in groupby(verdicts, key=lambda verdict: verdict.promise.task):
            yield from _task(chapter, task, list(group), first_broken, folds=not is_whole)
    if first_broken:
        yield ""
        yield report(first_broken, lambda name: Path(name).parent == file.parent)
        yield from _printed(suite.printed[first_broken.test])
        yield from filter(None, [by_hand(first_broken)])
    for number in sorted({v.stands_on.chapter for v in verdicts if v.stands_on}):
        borrow = f"python3 -m course borrow {number}"
        yield Text(
            f"\n Chapter {number} comes first. Or take its reference: {borrow}", style="yellow"
        )
    for reason in sorted(set(suite.skipped)):
        yield Text(f" Skipped: {reason}.", style="dim")
    yield _sum(chapter, verdicts, seconds, solutions=solutions)


def _printed(text: str) -> Iterator[RenderableType]:
    """Show the last lines that the learner's code printed, which are often how they debug it."""
    if lines := text.strip().splitlines():
        yield Text("Your code printed:", style="cyan")
        yield from (Text(f"  {plain(line)}") for line in lines[-MOST_PRINTED:])


def foundations(
    chapter: Chapter, verdicts: list[Verdict], progress: Progress
) -> Iterator[RenderableType]:
    """Say which earlier chapters, that this one is built on, were not whole when last checked."""
    if all(verdict.kind in (Kind.KEPT, Kind.TO_DO) for verdict in verdicts):
        return
    earlier = [find(stem) for stem, _names in imports_of(chapter.workbench)]
    numbers = sorted({other.number for other in earlier if not progress.is_done(other)})
    if numbers:
        yield Text(
            f" This chapter is built on {in_words(numbers)}, not known to be whole:\n"
            f" python3 -m course check {' '.join(map(str, numbers))}",
            style="yellow",
        )


def in_words(numbers: Sequence[int]) -> str:
    """Return the chapters of these numbers, which ascend: "chapters 2, 4 and 6 to 9"."""
    parts: list[str] = []
    for _, group in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0]):
        neighbours = [str(number) for _, number in group]
        parts += [f"{neighbours[0]} to {neighbours[-1]}"] if len(neighbours) > 2 else neighbours
    *most, last = parts
    listed = f"{', '.join(most)} and {last}" if most else last
    return f"chapter {listed}" if len(numbers) == 1 else f"chapters {listed}"


def _task(
    chapter: Chapter,
    number: int,
    verdicts: list[Verdict],
    first_broken: Verdict | None,
    *,
    folds: bool,
) -> Iterator[RenderableType]:
    """Yield a task and its promises; one line if all is to do, or kept and it `folds`."""
    names = ", ".join(chapter.functions_of(number))
    heading = Text(f" Task {number} · {names}", style="cyan")
    if all(verdict.kind is Kind.TO_DO for verdict in verdicts):
        count = f"{len(verdicts)} promise{'s' if len(verdicts) > 1 else ''}"
        yield heading.append(f"   {_waiting(verdicts[0])}: {count}", style="yellow")
        return
    if folds and all(verdict.kind is Kind.KEPT for verdict in verdicts):
        yield heading.append(f"   ✓ {len(verdicts)} kept", style="green")
        return
    yield heading
    grid = Table.grid(padding=(0, 1, 0, 0))
    for verdict in verdicts:
        mark, style = MARKS[verdict.kind]
        grid.add_row(
            Text(mark, style=style), Text(verdict.sentence, style=style if mark == "✗" else "")
        )
        if verdict.kind is not Kind.KEPT and verdict is not first_broken:
            grid.add_row("", Text(f"{verdict.line}", style="dim"))
    yield Padding(grid, (0, 0, 0, 3))


def _waiting(verdict: Verdict) -> str:
    missing = verdict.missing
    assert missing
    if verdict.stands_on:
        return verdict.line
    if missing.task != verdict.promise.task:
        return f"waits for task {missing.task}, {missing.name}"
    return "to do"


def _sum(chapter: Chapter, verdicts: list[Verdict], seconds: float, *, solutions: bool) -> Text:
    text = Text(f"\n {counted(verdicts)}", style="bold").append(f"   {seconds:.1f} s", style="dim")
    if status(verdicts) == 0 and not solutions:
        following = [c for c in chapters() if c.number > chapter.number]
        text.append(f"\n Chapter {chapter.number} is done.", style="green")
        if following:
            text.append(f" Next: python3 -m course lab {following[0].number}")
    elif status(verdicts) == EXIT_TO_DO:
        waiting = [v for v in verdicts if v.kind is Kind.TO_DO]
        if not any(verdict.stands_on for verdict in waiting):
            task = waiting[0].promise.task
            text.append(f"\n Next: task {task}, {', '.join(chapter.functions_of(task))}.")
    return text


def counted(verdicts: Sequence[Verdict]) -> str:
    """Say how many promises are kept, and what became of the others."""
    counts = {kind: sum(verdict.kind is kind for verdict in verdicts) for kind in Kind}
    parts = [f"{counts[Kind.KEPT]} of {len(verdicts)} promises kept"]
    parts += [
        f"{counts[kind]} {kind.value}"
        for kind in (Kind.BROKEN, Kind.TO_DO, Kind.NOT_CHECKED)
        if counts[kind]
    ]
    return " · ".join(parts)


def outcomes(verdicts: Sequence[Verdict]) -> tuple[dict[str, Kind], dict[str, int]]:
    """Return the kind and the task of each promise, by its test."""
    kinds = {verdict.test: verdict.kind for verdict in verdicts}
    return kinds, {verdict.test: verdict.promise.task for verdict in verdicts}
