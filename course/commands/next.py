"""`python3 -m course next`: what to do now, in one line."""

from __future__ import annotations

import argparse

from rich.console import Console

from course.model.chapters import Chapter, chapters, shown
from course.model.progress import Kind, Progress, Record, is_untouched
from course.reports.board import current_chapter


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """There are none."""


def run(_options: argparse.Namespace, console: Console) -> int:
    """Print the line; the exit status is 0."""
    progress = Progress(chapters()[0].root)
    console.print(in_a_line(current_chapter(chapters(), progress), progress), soft_wrap=True)
    return 0


def in_a_line(chapter: Chapter | None, progress: Progress) -> str:
    """Say what to do for the chapter that is current, if there is one."""
    return advice(chapter, progress) if chapter else "All chapters are done. What will you build?"


def advice(chapter: Chapter, progress: Progress) -> str:
    """Say what to do for a chapter that is not done."""
    file, number, record = shown(chapter.workbench), chapter.number, progress.of(chapter)
    check = f"python3 -m course check {number}"
    if not chapter.workbench.is_file():
        return f"{file} is missing: python3 -m course reset {number}"
    if is_untouched(chapter):
        return f"Begin {file} with its lesson: python3 -m course lab {number}"
    if not (record.kinds and progress.is_current(chapter)):
        return f"See what {file} keeps by now: {check}"
    if task := _first(record, Kind.BROKEN):
        return f"Mend task {task} in {file}: {check}"
    if task := _first(record, Kind.TO_DO):
        return f"Write task {task} in {file}, then: {check}"
    return f"Python cannot read {file}: {check}"


def _first(record: Record, kind: Kind) -> int | None:
    """Return the first task with a promise of this outcome."""
    return next(
        (record.tasks[test] for test in record.kinds if record.kinds[test] == kind.value), None
    )
