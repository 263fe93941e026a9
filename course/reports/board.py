"""The board: every chapter, what is done, and what to do next."""

from __future__ import annotations

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from course import TITLE
from course.model.chapters import Chapter, chapters, shown
from course.model.progress import Kind, Progress, Record, is_borrowed, is_untouched

DONE, BROKEN, OPEN = "■", "✗", "·"
LINES_AROUND = 12  # of the table: the title, what to do next, the prompt


def run(console: Console) -> int:
    """Print the board; the exit status is 0."""
    course = chapters()
    progress = Progress(course[0].root)
    console.print()
    console.print(Text(f" {TITLE}", style="bold"))
    console.print()
    has_room = not console.is_terminal or console.height >= 2 * len(course) + LINES_AROUND
    console.print(Padding(table(course, progress, questions=has_room), (0, 0, 0, 1)))
    console.print()
    console.print(next_step(course, progress))
    return 0


def table(course: tuple[Chapter, ...], progress: Progress, *, questions: bool = True) -> Table:
    """Return one row a chapter: number, name, one mark a task, and where it stands.

    Below the name is the question; without `questions` only the current chapter's.
    """
    rows = Table.grid(padding=(0, 2, 0, 0))
    rows.add_column(justify="right", style="cyan")
    rows.add_column(ratio=1)
    rows.add_column(no_wrap=True)
    rows.add_column(no_wrap=True, min_width=15)
    current = current_chapter(course, progress)
    for chapter in course:
        name = Text(chapter.slug, "bold" if chapter == current else "")
        if questions or chapter == current:
            name = Text.assemble(name, "\n", (chapter.question, "dim"))
        rows.add_row(
            str(chapter.number), name, marks(chapter, progress), standing(chapter, progress)
        )
    return rows


def marks(chapter: Chapter, progress: Progress) -> Text:
    """Return one mark for each task, as of the last check."""
    record = progress.of(chapter)
    text = Text()
    for task in sorted({task.number for task in chapter.tasks}):
        if record.of(task) and record.kept(task) == len(record.of(task)):
            text.append(DONE, style="green")
        elif record.has(Kind.BROKEN, task):
            text.append(BROKEN, style="red")
        else:
            text.append(OPEN, style="dim")
        text.append(" ")
    return text


def standing(chapter: Chapter, progress: Progress) -> str:
    """Say in a few words where a chapter stands."""
    record = progress.of(chapter)
    if not chapter.workbench.is_file():
        return "file is missing"
    if is_untouched(chapter):
        return "not begun"
    if is_borrowed(chapter) and not progress.is_done(chapter):
        return "the reference"
    if not record.kinds:
        return "not checked yet"
    if not progress.is_current(chapter):
        return "changed since"
    if record.complete:
        return "done"
    return f"{record.kept()} of {len(record.kinds)} kept"


def current_chapter(course: tuple[Chapter, ...], progress: Progress) -> Chapter | None:
    """Return the first chapter that has not passed, or None."""
    return next((chapter for chapter in course if not progress.has_passed(chapter)), None)


def chapter_at_hand() -> Chapter:
    """Return the first chapter that has not passed; when all have, the last."""
    course = chapters()
    return current_chapter(course, Progress(course[0].root)) or course[-1]


def next_step(course: tuple[Chapter, ...], progress: Progress) -> Text:
    """Say what to do next, as commands."""
    chapter = current_chapter(course, progress)
    if chapter is None:
        return Text(
            " All chapters are done. `python3 -m course test` runs what the maintainers run."
        )
    lines = [
        ("Read ", f"python3 -m course lab {chapter.number}", "the lesson, in your browser"),
        (
            "Write",
            chapter.workbench.relative_to(chapter.root).as_posix(),
            "your file, in your editor",
        ),
        ("Check", f"python3 -m course check {chapter.number}", "the promises your code must keep"),
    ]
    text = Text()
    for verb, command, what in lines:
        text.append(f" {verb}  ", style="cyan").append(f"{command:<28}", style="bold")
        text.append(f"  {what}\n", style="dim")
    text.append("\n Stuck? ", style="cyan").append(f"python3 -m course hint {chapter.number}")
    text.append("    All commands: ", style="cyan").append("python3 -m course --help")
    return text


def in_a_line(chapter: Chapter | None, progress: Progress) -> str:
    """Say what to do for the chapter that is current, if there is one."""
    return _advice(chapter, progress) if chapter else "All chapters are done. What will you build?"


def _advice(chapter: Chapter, progress: Progress) -> str:
    """Say what to do for a chapter that is not done."""
    file, number, record = shown(chapter.workbench), chapter.number, progress.of(chapter)
    check = f"python3 -m course check {number}"
    if not chapter.workbench.is_file():
        return f"{file} is missing: python3 -m course reset {number}"
    if is_untouched(chapter):
        return f"Begin {file} with its lesson: python3 -m course lab {number}"
    if not (record.kinds and progress.is_current(chapter)):
        return f"Check {file} again: {check}"
    if task := _first(record, Kind.BROKEN):
        return f"Fix task {task} in {file}: {check}"
    if task := _first(record, Kind.TO_DO):
        return f"Write task {task} in {file}, then: {check}"
    return f"Python cannot read {file}: {check}"


def _first(record: Record, kind: Kind) -> int | None:
    """Return the first task with a promise of this outcome."""
    return next(
        (record.tasks[test] for test in record.kinds if record.kinds[test] == kind.value), None
    )
