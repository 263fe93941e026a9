"""The board as data: a row for each chapter, and what is next. `table` draws it for a terminal."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest
from typing import NamedTuple

from rich.table import Table
from rich.text import Text

from course.model.chapters import Chapter, chapters, shown
from course.model.progress import Kind, Progress, Record, is_borrowed, is_untouched


class Mark(NamedTuple):
    """What is known of a task, or of a chapter, as one sign in one style."""

    sign: str
    style: str


DONE = Mark("■", "green")
BROKEN = Mark("✗", "red")
BEGUN = Mark("□", "yellow")
OPEN = Mark("·", "dim")
NOT_BEGUN = "not begun"


@dataclass(frozen=True)
class Row:
    """A chapter on the board. `is_current`: it is what comes next."""

    chapter: Chapter
    progress: Progress
    is_current: bool

    @property
    def is_done(self) -> bool:
        """Whether every promise was kept, by the file as it is now."""
        return self.progress.is_done(self.chapter)

    @property
    def mark(self) -> Mark:
        """The chapter's mark, as of its last check."""
        record = self._record
        if self.is_done:
            return DONE
        if record.first(Kind.BROKEN):
            return BROKEN
        return BEGUN if record.of(kind=Kind.KEPT) else OPEN

    @property
    def is_partly_checked(self) -> bool:
        """Whether some tasks were not checked with the file as it is now."""
        return not {*self.chapter.task_numbers} <= self.progress.current_tasks(self.chapter)

    @property
    def marks(self) -> list[Mark]:
        """One mark for each task, as of the last check."""
        return [self._mark_of(task) for task in self.chapter.task_numbers]

    def _mark_of(self, task: int) -> Mark:
        record = self._record
        if record.is_complete(task):
            return DONE
        return BROKEN if record.of(task, Kind.BROKEN) else OPEN

    @property
    def state(self) -> str:
        """The chapter's state in a few words."""
        return self._situation()[0]

    @property
    def advice(self) -> str:
        """What to do for the chapter, if it has not passed."""
        return self._situation()[1]

    def _situation(self) -> tuple[str, str]:
        chapter, record = self.chapter, self._record
        file, slug = shown(chapter.workbench), chapter.slug
        check = f"python3 -m course check {slug}"
        if not chapter.workbench.is_file():
            return "file missing", f"{file} is missing: python3 -m course reset {slug}"
        if is_untouched(chapter):
            lesson = f"python3 -m course lab {slug}"
            return NOT_BEGUN, f"Begin {slug} with its lesson: {lesson}"
        if self.is_done:
            return "done", ""
        if is_borrowed(chapter):
            return "the reference", ""
        if not (record.kinds and self.progress.current_tasks(chapter)):
            state = "changed since" if record.kinds else "not checked"
            return state, f"Check {slug} again: {check}"
        complete = [task for task in chapter.task_numbers if record.is_complete(task)]
        state = f"{len(record.of(kind=Kind.KEPT))} of {len(record.kinds)} kept"
        if self.is_partly_checked:
            state = f"{len(complete)} of {len(chapter.task_numbers)} tasks"
        if task := record.first(Kind.BROKEN):
            return state, f"Fix task {task} of {slug}: {check}"
        if record.of(kind=Kind.NOT_CHECKED):
            return state, f"Python cannot read your file: {check}"
        if left := [task for task in chapter.task_numbers if task not in complete]:
            return state, f"Write task {left[0]} of {slug}, then: {check}"
        return state, f"Check all of {slug}: {check}"

    @property
    def _record(self) -> Record:
        return self.progress.of(self.chapter)


def board(course: tuple[Chapter, ...] | None = None) -> list[Row]:
    """Return a row for each chapter. Raises CourseError if there are no chapters."""
    course = course or chapters()
    progress = Progress(course[0].root)
    current = _current(course, progress)
    return [Row(chapter, progress, chapter == current) for chapter in course]


def _current(course: tuple[Chapter, ...], progress: Progress) -> Chapter | None:
    """Return the chapter at hand: the one that was checked last, or the next that has not passed."""
    by_slug = {chapter.slug: chapter for chapter in course}
    known = [by_slug[slug] for slug in progress.latest() if slug in by_slug]
    latest = next((chapter for chapter in known if not is_untouched(chapter)), course[0])
    return _first_open(course, progress, latest.number)


def after(chapter: Chapter) -> Chapter | None:
    """Return the next chapter that has not passed; after the last, one that was left out."""
    return _first_open(chapters(chapter.root), Progress(chapter.root), chapter.number + 1)


def _first_open(course: tuple[Chapter, ...], progress: Progress, number: int) -> Chapter | None:
    """Return the first chapter that has not passed, from a number on and then from the beginning."""
    ordered = sorted(course, key=lambda chapter: chapter.number < number)
    return next((chapter for chapter in ordered if not progress.has_passed(chapter)), None)


def chapter_at_hand() -> Chapter:
    """Return the chapter on the board that is current; when all have passed, the last."""
    rows = board()
    return next((row for row in rows if row.is_current), rows[-1]).chapter


def next_step(rows: list[Row]) -> str:
    """Say in a line what to do next."""
    advice = [row.advice for row in rows if row.is_current]
    return advice[0] if advice else "All chapters are done. What will you build?"


def table(rows: list[Row], *, questions: bool = True) -> Table:
    """Draw the board: number, name, one mark a task, and the state.

    Below the name is the question; without `questions` only the current chapter's.
    """
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(justify="right", style="cyan")
    grid.add_column(ratio=1)
    grid.add_column(no_wrap=True)
    grid.add_column(no_wrap=True, min_width=15)
    for row in rows:
        name = Text(row.chapter.slug, "bold" if row.is_current else "")
        if questions or row.is_current:
            name = Text.assemble(name, "\n", (row.chapter.question, "dim"))
        grid.add_row(str(row.chapter.number), name, drawn(row.marks), row.state)
    return grid


def two_columns(rows: list[Row]) -> Table:
    """Draw the board in half as many lines: no questions, and no state of what is not begun."""
    grid = Table.grid(padding=(0, 1, 0, 0))
    for _ in range(2):
        grid.add_column(justify="right", style="cyan")
        grid.add_column(no_wrap=True)
        grid.add_column(no_wrap=True)
        grid.add_column(no_wrap=True, min_width=13)
    half = (len(rows) + 1) // 2
    for pair in zip_longest(rows[:half], rows[half:]):
        grid.add_row(*(cell for row in pair if row for cell in _narrow(row)))
    return grid


def _narrow(row: Row) -> tuple[str, Text, Text, str]:
    name = Text(row.chapter.slug, "bold" if row.is_current else "")
    state = "" if row.state == NOT_BEGUN else row.state
    return str(row.chapter.number), name, drawn(row.marks, between=""), state


def drawn(marks: list[Mark], between: str = " ") -> Text:
    """Draw marks beside each other."""
    return Text.assemble(*((f"{sign}{between}", style) for sign, style in marks))
