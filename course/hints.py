"""`python3 -m course hint`: three levels for each promise, one at a time."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from course.board import current_chapter
from course.chapters import Chapter, chapters
from course.checks.promises import Misconception, Promise, sentence
from course.checks.verdict import Kind
from course.errors import CourseError
from course.progress import Progress, Record


def run(wanted: Chapter | None, console: Console) -> int:
    """Show the next hint for the first promise that is not kept (of the current chapter)."""
    progress = Progress(chapters()[0].root)
    chapter = wanted or current_chapter(chapters(), progress) or chapters()[-1]
    promises = promises_of(chapter)
    if progress.is_done(chapter):
        return _all(chapter, promises, console)
    test = first_open(promises, progress.of(chapter))
    promise, words = promises[test]
    level = min(progress.of(chapter).hints.get(test, 0) + 1, len(promise.hints))
    progress.note_hint(chapter, test, level)

    console.print(Text(f"\n Chapter {chapter.number}, task {promise.task}", style="cyan"))
    console.print(Text(f" {words}\n", style="bold"))
    _show(promise.hints[:level], console)
    following = "The same command shows the next hint."
    if level == len(promise.hints):
        following = f"That was the last hint. Near by in the lesson: “{promise.usually.see}”."
    console.print(Text(f"\n {following}", style="dim"))
    return 0


def _all(chapter: Chapter, promises: dict[str, tuple[Promise, str]], console: Console) -> int:
    """Show every hint of a chapter that is done, to compare with what was written."""
    console.print(Text(f"\n Chapter {chapter.number} is done. Its hints, to compare with:"))
    for promise, words in promises.values():
        console.print(Text(f"\n {words}", style="bold"))
        _show(promise.hints, console)
    return 0


def _show(hints: Sequence[str], console: Console) -> None:
    grid = Table.grid(padding=(0, 2, 0, 0))
    for number, hint in enumerate(hints, start=1):
        grid.add_row(Text(f"Hint {number}", style="cyan"), Text(hint))
    console.print(Padding(grid, (0, 0, 0, 1)))


def first_open(promises: dict[str, tuple[Promise, str]], record: Record) -> str:
    """Return the test whose hint is due: the first broken one, else the first that is not kept."""
    kinds = {test: record.kinds.get(test, Kind.TO_DO.value) for test in promises}
    broken = [test for test in promises if kinds[test] == Kind.BROKEN.value]
    unkept = [test for test in promises if kinds[test] != Kind.KEPT.value]
    return [*broken, *unkept, *reversed(promises)][0]


def promises_of(chapter: Chapter) -> dict[str, tuple[Promise, str]]:
    """Return a suite's promises and their sentences by the names of their tests, in order."""
    suite: dict[str, Any] = vars(_import(chapter.suite))
    return {
        name: (check.promise, sentence(check))
        for name, check in suite.items()
        if name.startswith("test_") and hasattr(check, "promise")
    }


def misconceptions_of(chapter: Chapter) -> list[Misconception]:
    """Return every misconception that a suite names."""
    values = vars(_import(chapter.suite)).values()
    return [value for value in values if isinstance(value, Misconception)]


def _import(file: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise CourseError(f"{file.name} cannot be read: {type(error).__name__}: {error}") from None
    return module
