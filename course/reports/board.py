"""The board as data: a row for each chapter, and what is next. `table` draws it for a terminal."""

from __future__ import annotations

from dataclasses import dataclass
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


@dataclass(frozen=True)
class Row:
    """A chapter on the board. `is_current`: it is the first that has not passed."""

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
        file, number = shown(chapter.workbench), chapter.number
        check = f"python3 -m course check {number}"
        if not chapter.workbench.is_file():
            return "file is missing", f"{file} is missing: python3 -m course reset {number}"
        if is_untouched(chapter):
            lesson = f"python3 -m course lab {number}"
            return "not begun", f"Begin {file} with its lesson: {lesson}"
        if self.is_done:
            return "done", ""
        if is_borrowed(chapter):
            return "the reference", ""
        if not (record.kinds and self.progress.current_tasks(chapter)):
            state = "changed since" if record.kinds else "not checked yet"
            return state, f"Check {file} again: {check}"
        complete = [task for task in chapter.task_numbers if record.is_complete(task)]
        state = f"{len(record.of(kind=Kind.KEPT))} of {len(record.kinds)} kept"
        if self.is_partly_checked:
            state = f"{len(complete)} of {len(chapter.task_numbers)} tasks"
        if task := record.first(Kind.BROKEN):
            return state, f"Fix task {task} in {file}: {check}"
        if record.of(kind=Kind.NOT_CHECKED):
            return state, f"Python cannot read {file}: {check}"
        if left := [task for task in chapter.task_numbers if task not in complete]:
            return state, f"Write task {left[0]} in {file}, then: {check}"
        return state, f"Check all of {file}: {check}"

    @property
    def _record(self) -> Record:
        return self.progress.of(self.chapter)


def board(course: tuple[Chapter, ...] | None = None) -> list[Row]:
    """Return a row for each chapter. Raises CourseError if there are no chapters."""
    course = course or chapters()
    progress = Progress(course[0].root)
    current = next((chapter for chapter in course if not progress.has_passed(chapter)), None)
    return [Row(chapter, progress, chapter == current) for chapter in course]


def chapter_at_hand() -> Chapter:
    """Return the first chapter that has not passed; when all have, the last."""
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


def drawn(marks: list[Mark]) -> Text:
    """Draw marks beside each other."""
    return Text.assemble(*((f"{sign} ", style) for sign, style in marks))
