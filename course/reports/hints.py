"""Hints: three levels for each promise, one at a time."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from course.checks.promises import Misconception, Promise, name_of
from course.checks.suites import promises_of, unusable
from course.model.chapters import Chapter, find_task
from course.model.progress import Kind, Progress, Record, is_untouched

LEVELS = 3
WHEN = {
    "hang": "When your code is still waiting at the deadline:",
    "silence": "When your code has ended, and the other side still waits:",
    "spin": "When your code is still computing at the deadline:",
    "leak": "When something is left open:",
}
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

    Where every promise is kept, no hint is shown. `again` shows those that were shown before instead,
    `everything` all of them.
    """
    promises = promises_of(chapter)
    if task is not None:
        number = find_task(task, chapter)
        promises = {test: found for test, found in promises.items() if found[0].task == number}
    if not promises:
        raise unusable(chapter.suite, "it has no promise here")
    progress = Progress(chapter.root)
    record = progress.of(chapter)
    if again or everything:
        _look_back(chapter, promises, record, console, everything=everything)
        return
    if all(record.is_complete(promise.task) for promise, _ in promises.values()):
        console.print(Text(f"\n {_none_due(chapter, promises, progress, task)}"))
        return
    test = _due(promises, record, progress.current_tasks(chapter))
    clue = _clue(promises, test, record)
    fault = _fault(record, test, clue)
    level = min(_seen(record, test, fault) + 1, LEVELS)
    progress.note_hint(chapter, _key(test, fault), level)
    if opening := _opening(chapter, progress):
        console.print(Text(f"\n {opening}", style="yellow"))
    _show(chapter, promises[test], clue, level, console)
    for line in _following(chapter, promises, test, record, next_by):
        console.print(Text(f" {line}", style="dim"))


def _look_back(
    chapter: Chapter, promises: Promises, record: Record, console: Console, *, everything: bool
) -> None:
    """Show every hint, or every hint that has been shown, with when it is for."""
    shown = False
    for test, promised in promises.items():
        promise, _ = promised
        for clue in ("", *map(name_of, promise.hints_if)):
            if level := LEVELS if everything else _most_seen(promise, record, test, clue):
                _show(chapter, promised, clue, level, console, when=_when(promise, clue))
                shown = True
    if not shown:
        words = " None of these hints was shown yet. Leave out --again to see the first."
        console.print(Text(words))


def _when(promise: Promise, clue: str) -> str:
    """Say which failure other hints are for."""
    clues = {name_of(each): each for each in promise.hints_if}
    match clues.get(clue):
        case Misconception(belief=belief):
            return f"When you may think “{belief}”"
        case type():
            return f"When your code raises {clue}:"
    return WHEN.get(clue, "When it fails in another way:") if clue else ""


def _clue(promises: Promises, test: str, record: Record) -> str:
    """Return the clue of a test's last failure that has hints of its own, or ''."""
    promise, _ = promises[test]
    return promise.clue(record.clues.get(test, ()))


def _fault(record: Record, test: str, clue: str) -> str:
    """Return what a test's last failure is counted by: its clue, else the first of its signs, or ''."""
    return clue or next(iter(record.clues.get(test, ())), "")


def _key(test: str, fault: str) -> str:
    return f"{test} {fault}".strip()


def _seen(record: Record, test: str, fault: str) -> int:
    """Return how many hints were shown for a fault. Those from before any failure count for each."""
    return max(record.hints.get(_key(test, each), 0) for each in ("", fault))


def _most_seen(promise: Promise, record: Record, test: str, clue: str) -> int:
    """Return how many of the hints for a clue were shown, whatever the fault was."""
    levels = ((*key.partition(" "), level) for key, level in record.hints.items())
    return max(
        (n for name, _, fault, n in levels if name == test and promise.clue([fault]) == clue),
        default=0,
    )


def _opening(chapter: Chapter, progress: Progress) -> str:
    """Say when it is too early for a hint to help."""
    if not progress.is_done(chapter) and is_untouched(chapter):
        lesson = f"python3 -m course lab {chapter.slug}"
        return f"Nothing is written yet. Begin with the lesson: {lesson}"
    return ""


def _none_due(chapter: Chapter, promises: Promises, progress: Progress, task: str | None) -> str:
    """Say that no promise needs a hint, as far as the last check knows."""
    tasks = {promise.task for promise, _ in promises.values()}
    where = f"chapter {chapter.number}" if task is None else f"task {min(tasks)}"
    of_task = "" if task is None else f" --task {min(tasks)}"
    if old := sorted(tasks - progress.current_tasks(chapter)):
        checked = f"task {old[0]} was" if len(old) == 1 else f"tasks {_listed(old)} were"
        return (
            f"Every promise of {where} was kept when it was checked. The file has changed since "
            f"{checked} checked, so check again: python3 -m course check {chapter.slug}{of_task}"
        )
    return (
        f"You keep every promise of {where}, so no hint is due. "
        f"To look back at all of them: python3 -m course hint {chapter.slug}{of_task} --all"
    )


def _listed(tasks: Sequence[int]) -> str:
    *most, last = map(str, tasks)
    return f"{', '.join(most)} and {last}"


def _due(promises: Promises, record: Record, current: set[int]) -> str:
    """Return the test whose hint is next: the first that is broken, else the first that is to do.

    What was found in the file as it is now comes before what was found in an earlier state of it:
    `current` are the tasks that were checked since.
    """
    broken = [test for test in promises if record.kinds.get(test) == Kind.BROKEN]
    broken.sort(key=lambda test: promises[test][0].task not in current)
    unkept = [test for test in promises if record.kinds.get(test) != Kind.KEPT]
    return [*broken, *unkept][0]


def _following(
    chapter: Chapter, promises: Promises, test: str, record: Record, next_by: str
) -> list[str]:
    """Say how to see the next hint, or where to look when there is none."""
    promise, _ = promises[test]
    if _seen(record, test, _fault(record, test, _clue(promises, test, record))) < LEVELS:
        return [f"{next_by} shows the next hint."]
    belief = _belief(promise, record, test)
    where = f" This is shown in {belief.place}." if belief else ""
    return [
        f"That was the last hint.{where}",
        f"Or the reference: python3 -m course solution {chapter.slug} "
        f"--task {promise.task} --spoil",
    ]


def _belief(promise: Promise, record: Record, test: str) -> Misconception | None:
    """Return the misconception that the last failure came from; the usual one before any failure."""
    if record.kinds.get(test) != Kind.BROKEN:
        return promise.usually
    named = [promise.usually, *promise.signs.values()]
    named += [each for each in promise.hints_if if isinstance(each, Misconception)]
    return next((each for each in named if each.id in record.clues.get(test, ())), None)


def _show(
    chapter: Chapter,
    promised: tuple[Promise, str],
    clue: str,
    level: int,
    console: Console,
    when: str = "",
) -> None:
    promise, words = promised
    grid = Table.grid(padding=(0, 2, 0, 0))
    for number, hint in enumerate(promise.hints_for(clue)[:level], start=1):
        grid.add_row(Text(f"Hint {number}", style="cyan"), Text(hint))
    console.print(Text(f"\n Chapter {chapter.number}, task {promise.task}", style="cyan"))
    console.print(Text(f" {words}\n", style="bold"))
    if when:
        console.print(Text(f" {when}", style="yellow"))
    console.print(Padding(grid, (0, 0, 1, 1)))
