"""`python3 -m course check`: a chapter's promises, and the first broken one in full."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

import pytest
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from course.board import current_chapter
from course.chapters import Chapter, chapters
from course.checks.answers import shown
from course.checks.plugin import EXIT_TO_DO
from course.checks.report import by_hand, report
from course.checks.verdict import Kind, Verdict
from course.errors import CourseError
from course.progress import Progress

MARKS = {
    Kind.KEPT: ("✓", "green"),
    Kind.TO_DO: ("·", "yellow"),
    Kind.BROKEN: ("✗", "red"),
    Kind.NOT_CHECKED: ("?", "yellow"),
}


def run(wanted: Sequence[Chapter], console: Console, *, solutions: bool = False) -> int:
    """Check chapters (without any: the current one) and print what was found.

    Returns 0 if every promise is kept, 8 if nothing is broken but something is to do, else 1.
    Raises CourseError if a suite itself cannot be run.
    """
    progress = Progress(chapters()[0].root)
    course = list(wanted) or [current_chapter(chapters(), progress) or chapters()[-1]]
    statuses = []
    for chapter in course:
        began = time.perf_counter()
        verdicts, skipped = verdicts_of(chapter, solutions=solutions)
        if not solutions:
            progress.note(chapter, verdicts)
        seconds = time.perf_counter() - began
        for part in story(chapter, verdicts, skipped, seconds, solutions=solutions):
            console.print(part, soft_wrap=isinstance(part, str))  # a command is not broken up
        statuses.append(status(verdicts))
    return max(statuses, key=[0, EXIT_TO_DO, 1].index)


def status(verdicts: Sequence[Verdict]) -> int:
    """Return the exit status that the verdicts amount to."""
    kinds = {verdict.kind for verdict in verdicts}
    if kinds & {Kind.BROKEN, Kind.NOT_CHECKED}:
        return 1
    return EXIT_TO_DO if Kind.TO_DO in kinds else 0


def verdicts_of(chapter: Chapter, *, solutions: bool) -> tuple[list[Verdict], list[str]]:
    """Run a chapter's suite in this process; return its verdicts, and why others were skipped."""
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # nbval alone costs two seconds
    listener = _Listener()
    arguments = ["-p", "no:terminal", "-p", "no:cacheprovider", f"--rootdir={chapter.root}"]
    arguments += ["--solutions"] if solutions else []
    pytest.main([*arguments, str(chapter.suite)], plugins=[listener])
    if listener.trouble or not (listener.verdicts or listener.skipped):
        trouble = listener.trouble or "it has no promises"
        raise CourseError(
            f"{shown(chapter.suite)} cannot be run: {trouble}. Has it been edited? "
            f"`git checkout {shown(chapter.suite)}` brings it back."
        )
    return listener.verdicts, listener.skipped


class _Listener:
    """A pytest plugin that collects what the engine found."""

    def __init__(self) -> None:
        self.verdicts: list[Verdict] = []
        self.skipped: list[str] = []
        self.trouble = ""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep verdicts, reasons for skipping, and errors of the suite itself."""
        if verdict := getattr(report, "verdict", None):
            self.verdicts.append(verdict)
        elif report.skipped and isinstance(report.longrepr, tuple):
            self.skipped.append(report.longrepr[2].removeprefix("Skipped: "))
        elif report.failed:
            self.trouble = _last_line(str(report.longrepr))

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Notice a suite that cannot be read."""
        if report.failed:
            self.trouble = _last_line(str(report.longrepr))

    def pytest_internalerror(self, excrepr: object) -> None:
        """Notice an error of pytest or of the engine."""
        self.trouble = _last_line(str(excrepr))


def _last_line(text: str) -> str:
    return text.strip().splitlines()[-1].removeprefix("E").strip() if text.strip() else ""


def story(
    chapter: Chapter,
    verdicts: list[Verdict],
    skipped: list[str],
    seconds: float,
    *,
    solutions: bool = False,
) -> Iterator[object]:
    """Yield what to print: the promises by task, the first broken one in full, the sum."""
    file = chapter.solution if solutions else chapter.workbench
    yield Text(f"\n Chapter {chapter.number} · {chapter.question}", style="bold")
    yield Text(f" {shown(file)}\n", style="dim")
    first_broken = next((v for v in verdicts if v.kind in (Kind.BROKEN, Kind.NOT_CHECKED)), None)
    if not (first_broken and first_broken.kind is Kind.NOT_CHECKED):
        for task, group in groupby(verdicts, key=lambda verdict: verdict.promise.task):
            yield from _task(chapter, task, list(group), first_broken)
    if first_broken:
        yield ""
        yield report(first_broken, lambda name: Path(name).parent == file.parent)
        yield by_hand(first_broken)
    for reason in sorted(set(skipped)):
        yield Text(f" Skipped: {reason}.", style="dim")
    yield _sum(chapter, verdicts, seconds, solutions=solutions)


def _task(
    chapter: Chapter, number: int, verdicts: list[Verdict], first_broken: Verdict | None
) -> Iterator[object]:
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
        return (
            f"stands on chapter {missing.chapter}, task {missing.task} ({missing.name}). "
            f"Write it, or take the reference: python3 -m course borrow {missing.chapter}"
        )
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
