"""`python3 -m course check`: a chapter's promises, and the first broken one in full."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

import pytest
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from course.board import current_chapter
from course.chapters import Chapter, chapters, find
from course.checks.answers import imports_of, shown
from course.checks.plugin import EXIT_TO_DO
from course.checks.report import by_hand, plain, report
from course.checks.verdict import Kind, Verdict
from course.errors import CourseError
from course.progress import Progress

MOST_PRINTED = 12  # lines
MARKS = {
    Kind.KEPT: ("✓", "green"),
    Kind.TO_DO: ("·", "yellow"),
    Kind.BROKEN: ("✗", "red"),
    Kind.NOT_CHECKED: ("?", "yellow"),
}


def run(wanted: Sequence[Chapter], console: Console, *, solutions: bool = False) -> int:
    """Check chapters (without any: the current one) and print what was found.

    Returns 0 if every promise is kept, 8 if nothing is broken but something is to do, else 1.
    Raises CourseError if a suite itself cannot be run, and KeyboardInterrupt on Ctrl-C: what was
    found by then is not kept, for it is not the whole.
    """
    progress = Progress(chapters()[0].root)
    course = list(wanted) or [current_chapter(chapters(), progress) or chapters()[-1]]
    statuses = []
    for chapter in course:
        file = chapter.solution if solutions else chapter.workbench
        console.print(Text(f"\n Chapter {chapter.number} · {chapter.question}", style="bold"))
        console.print(Text(f" {shown(file)}\n", style="dim"))
        began = time.perf_counter()
        suite = run_suite(chapter, solutions=solutions)
        seconds = time.perf_counter() - began
        if not solutions:
            progress.note(chapter, suite.verdicts)
        for part in story(chapter, suite, seconds, solutions=solutions):
            console.print(part, soft_wrap=isinstance(part, str))  # a command is not broken up
        if not solutions:
            for line in foundations(chapter, suite.verdicts, progress):
                console.print(line)
        statuses.append(status(suite.verdicts))
    return max(statuses, key=[0, EXIT_TO_DO, 1].index)


def status(verdicts: Sequence[Verdict]) -> int:
    """Return the exit status that the verdicts amount to."""
    kinds = {verdict.kind for verdict in verdicts}
    if kinds & {Kind.BROKEN, Kind.NOT_CHECKED}:
        return 1
    return EXIT_TO_DO if Kind.TO_DO in kinds else 0


def run_suite(chapter: Chapter, *, solutions: bool) -> Suite:
    """Run a chapter's suite in this process, and return what it found."""
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # nbval alone costs two seconds
    sys.breakpointhook = _no_breakpoint
    suite = Suite()
    arguments = ["-p", "no:terminal", "-p", "no:cacheprovider", "-p", "no:debugging"]
    arguments += [f"--rootdir={chapter.root}"] + (["--solutions"] if solutions else [])
    with _ctrl_c_noticed() as noticed, contextlib.redirect_stderr(io.StringIO()):
        pytest.main([*arguments, str(chapter.suite)], plugins=[suite])
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


def _no_breakpoint(*_arguments: object, **_keywords: object) -> None:
    raise RuntimeError(
        "breakpoint() does not work in a check. `.venv/bin/python -m pytest -k NAME tests` stops there."
    )


class Suite:
    """A pytest plugin that collects what the engine found in one suite."""

    def __init__(self) -> None:
        self.verdicts: list[Verdict] = []
        self.skipped: list[str] = []
        self.printed: dict[str, str] = {}
        self.trouble = ""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep verdicts, what the code printed, reasons for skipping, and errors of the suite."""
        if verdict := getattr(report, "verdict", None):
            self.verdicts.append(verdict)
            self.printed[verdict.test] = report.capstdout
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
        for task, group in groupby(verdicts, key=lambda verdict: verdict.promise.task):
            yield from _task(chapter, task, list(group), first_broken)
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
    for earlier in (find(stem) for stem, _ in imports_of(chapter.workbench)):
        if not progress.is_done(earlier):
            yield Text(
                f" This chapter is built on chapter {earlier.number}, which is not known to be whole:"
                f" python3 -m course check {earlier.number}",
                style="yellow",
            )


def _task(
    chapter: Chapter, number: int, verdicts: list[Verdict], first_broken: Verdict | None
) -> Iterator[RenderableType]:
    names = ", ".join(task.name for task in chapter.tasks if task.number == number)
    heading = Text(f" Task {number} · {names}", style="cyan")
    if all(verdict.kind is Kind.TO_DO for verdict in verdicts):
        count = f"{len(verdicts)} promise{'s' if len(verdicts) > 1 else ''}"
        yield heading.append(f"   {_waiting(verdicts[0])}: {count}", style="yellow")
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
    counts = {kind: sum(verdict.kind is kind for verdict in verdicts) for kind in Kind}
    parts = [f"{counts[Kind.KEPT]} of {len(verdicts)} promises kept"]
    parts += [
        f"{counts[kind]} {kind.value}"
        for kind in (Kind.BROKEN, Kind.TO_DO, Kind.NOT_CHECKED)
        if counts[kind]
    ]
    text = Text(f"\n {' · '.join(parts)}", style="bold").append(f"   {seconds:.1f} s", style="dim")
    if counts[Kind.KEPT] == len(verdicts) and not solutions:
        following = [c for c in chapters() if c.number > chapter.number]
        text.append(f"\n Chapter {chapter.number} is done.", style="green")
        if following:
            text.append(f" Next: python3 -m course lab {following[0].number}")
    return text
