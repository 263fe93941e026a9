"""Hints: three levels for each promise, one at a time."""

from __future__ import annotations

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from course.checks.promises import Promise
from course.checks.suites import promises_of, unusable
from course.model.chapters import Chapter, find_task
from course.model.progress import Kind, Progress, Record, is_untouched

LEVELS = 3
Promises = dict[str, tuple[Promise, str]]


def hint(
    chapter: Chapter,
    console: Console,
    *,
    task: str | None = None,
    again: bool = False,
    everything: bool = False,
    next_by: str = "The same command",
) -> None:
    """Show the next hint of a chapter, or of one of its tasks; `next_by` says what shows one more.

    `again` shows those that were shown before instead, `everything` all of them.
    """
    promises = promises_of(chapter)
    if task is not None:
        number = find_task(task, chapter)
        promises = {test: found for test, found in promises.items() if found[0].task == number}
    if not promises:
        raise unusable(chapter.suite, "it has no promise here")
    progress = Progress(chapter.root)
    seen = {test: progress.of(chapter).hints.get(test, 0) for test in promises}
    if again or everything:
        levels = dict.fromkeys(promises, LEVELS) if everything else seen
        for test in promises:
            if levels[test]:
                _show(chapter, promises[test], levels[test], console)
        if not any(levels.values()):
            words = " None of these hints was shown yet. Leave out --again to see the first."
            console.print(Text(words))
        return
    test = _due(promises, progress.of(chapter))
    level = min(seen[test] + 1, LEVELS)
    progress.note_hint(chapter, test, level)
    if opening := _opening(chapter, progress):
        console.print(Text(f"\n {opening}", style="yellow"))
    _show(chapter, promises[test], level, console)
    for line in _following(chapter, promises, test, progress.of(chapter), next_by):
        console.print(Text(f" {line}", style="dim"))


def _opening(chapter: Chapter, progress: Progress) -> str:
    """Say when it is too early or too late for a hint to help."""
    if progress.is_done(chapter):
        return f"Chapter {chapter.number} is done: its hints are for looking back."
    if is_untouched(chapter):
        lesson = f"python3 -m course lab {chapter.number}"
        return f"Nothing is written yet. Begin with the lesson: {lesson}"
    return ""


def _due(promises: Promises, record: Record) -> str:
    """Return the test whose hint is next: the first that is broken, else the first that is to do.

    When all are kept it is the first that has hints which were not shown yet, else the last.
    """
    broken = [test for test in promises if record.kinds.get(test) == Kind.BROKEN]
    unkept = [test for test in promises if record.kinds.get(test) != Kind.KEPT]
    unseen = [test for test in promises if record.hints.get(test, 0) < LEVELS]
    return [*broken, *unkept, *unseen, *reversed(promises)][0]


def _following(
    chapter: Chapter, promises: Promises, test: str, record: Record, next_by: str
) -> list[str]:
    """Say how to see the next hint, or where to look when there is none."""
    promise, _ = promises[test]
    if record.hints[test] < LEVELS:
        return [f"{next_by} shows the next hint."]
    if record.kinds.get(test) != Kind.KEPT:
        return [
            f"That was the last hint. This is shown in {promise.usually.place}.",
            f"Or the reference: python3 -m course solution {chapter.number} "
            f"--task {promise.task} --spoil",
        ]
    if _due(promises, record) != test:
        return [f"You keep this promise. {next_by} shows the next promise's hints."]
    return ["You keep every promise and have seen every hint. --again shows them once more."]


def _show(chapter: Chapter, promised: tuple[Promise, str], level: int, console: Console) -> None:
    promise, words = promised
    grid = Table.grid(padding=(0, 2, 0, 0))
    for number, hint in enumerate(promise.hints[:level], start=1):
        grid.add_row(Text(f"Hint {number}", style="cyan"), Text(hint))
    console.print(Text(f"\n Chapter {chapter.number}, task {promise.task}", style="cyan"))
    console.print(Text(f" {words}\n", style="bold"))
    console.print(Padding(grid, (0, 0, 1, 1)))
