"""How long a lesson takes by the formula: in all, by leg, and from one tick to the next."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rich.table import Table

from course.maintain.lessons.legs import checked_task
from course.maintain.lessons.reading import Cell, Section, cells_of, parts, prose, sections
from course.model.chapters import Chapter, chapters, functions, parsed, task_marker, text_of

WORDS_A_MINUTE = 180
A_CELL = 20 / 60  # minutes to run a cell and to look
A_GUESS = 30 / 60
A_LINE = 1.0  # to write
TOLERANCE = 0.25
BETWEEN_TICKS = 20
IN_ALL = 90
IN_TWO_SITTINGS = 120  # from this chapter on:
LONG_FROM = "request"
STATED = re.compile(r"\*\*Time:\*\* (\d+) minutes to read and run, about (\d+) to write\.")
GUESS = re.compile(r"guess\(")


@dataclass
class Minutes:
    """What there is to do in one part of a lesson."""

    title: str
    words: int = 0
    cells: int = 0
    guesses: int = 0
    lines: int = 0
    is_extra: bool = False

    @property
    def reading(self) -> float:
        """Minutes to read, to guess, and to run."""
        return self.words / WORDS_A_MINUTE + self.cells * A_CELL + self.guesses * A_GUESS

    @property
    def writing(self) -> float:
        """Minutes to write."""
        return self.lines * A_LINE

    def add(self, text: str, is_code: bool, lines: dict[int, int]) -> None:
        """Count one piece of a lesson. A task's lines are written before the cell that checks it."""
        if not is_code:
            self.words += words(text)
        elif GUESS.match(text):
            self.guesses += 1
        else:
            self.cells += 1
            self.lines += lines.pop(checked_task(text) or 0, 0)


def words(text: str) -> int:
    """Count the words of a text as they are read: no tags, no addresses of links."""
    text = re.sub(r"<[^>]*>|\]\([^)]*\)", " ", text)
    return len(re.findall(r"\S*\w\S*", text))


def lines_to_write(chapter: Chapter) -> dict[int, int]:
    """Count the lines of each task's answer in the solution; empty lines and comments are none."""
    text = text_of(chapter.solution)
    lines = text.splitlines()
    counted: dict[int, int] = {}
    for _name, function in functions(parsed(text)):
        if marker := task_marker(function, lines):
            answer = lines[marker.last_line : function.end_lineno]
            code = [line for line in answer if line.strip() and not line.lstrip().startswith("#")]
            counted[marker.number] = counted.get(marker.number, 0) + len(code)
    return counted


def minutes(cells: list[Cell], chapter: Chapter) -> list[Minutes]:
    """Return a row for each part of a lesson, and one for each *Extra*, which is optional."""
    lines, rows = lines_to_write(chapter), []
    for part in parts(sections(cells)):
        row = Minutes(part[0].title)
        rows.append(row)
        for section, is_extra in _with_extras(part):
            if is_extra and section.title.startswith("Extra"):
                rows.append(Minutes(section.title, is_extra=True))
            target = rows[-1] if is_extra else row
            for is_code, text in section.pieces:
                target.add(text, is_code, lines)
    return rows


def _with_extras(part: list[Section]) -> Iterator[tuple[Section, bool]]:
    """Yield each section of a part, and whether an *Extra* holds it."""
    is_extra = False
    for section in part:
        if section.level <= 3:
            is_extra = section.level == 3 and section.title.startswith("Extra")
        yield section, is_extra


def between_ticks(cells: list[Cell], chapter: Chapter) -> list[tuple[int, float]]:
    """Return each task, and the minutes from the tick before it to its own."""
    lines, found = lines_to_write(chapter), []
    since = Minutes("")
    for part in parts(sections(cells)):
        for section, is_extra in _with_extras(part):
            for is_code, text in [] if is_extra else section.pieces:
                since.add(text, is_code, lines)
                if is_code and (task := checked_task(text)) is not None:
                    found.append((task, since.reading + since.writing))
                    since = Minutes("")
    return found


def minute_faults(cells: list[Cell], chapter: Chapter) -> Iterator[str]:
    """Compare a lesson's length with what it says, and with what is allowed."""
    rows = [row for row in minutes(cells, chapter) if not row.is_extra]
    reading, writing = sum(row.reading for row in rows), sum(row.writing for row in rows)
    total = reading + writing
    by_formula = f"by the formula it takes {reading:.0f} + {writing:.0f} minutes"
    if not (stated := STATED.search(prose(cells))):
        yield f"it does not say `**Time:** N minutes to read and run, about N to write.`; {by_formula}"
    elif abs(int(stated[1]) + int(stated[2]) - total) > TOLERANCE * total:
        yield f"it says {stated[1]} + {stated[2]} minutes; {by_formula}"
    if total > (most := _most(chapter)):
        yield f"{by_formula}, and at most {most} are allowed"
    for task, between in between_ticks(cells, chapter):
        if between > BETWEEN_TICKS:
            yield (
                f"the tick of task {task} comes {between:.0f} minutes after the one before; at most "
                f"{BETWEEN_TICKS} are allowed"
            )


def stated_minutes(chapter: Chapter) -> tuple[int, int]:
    """Return the minutes that a lesson says it takes, to read and to write; 0 if it does not say."""
    stated = STATED.search(prose(cells_of(chapter.notebook)))
    return (int(stated[1]), int(stated[2])) if stated else (0, 0)


def _most(chapter: Chapter) -> int:
    from_here = [each.stem for each in chapters(chapter.root) if each.slug == LONG_FROM]
    return IN_TWO_SITTINGS if from_here and chapter.stem >= from_here[0] else IN_ALL


def table(cells: list[Cell], chapter: Chapter) -> Table:
    """Draw the minutes of a lesson, part by part."""
    grid = Table(title=f"{chapter.slug}, by the formula", title_justify="left", box=None)
    grid.add_column("part")
    for column in ("words", "cells", "guesses", "lines", "read", "write", "minutes"):
        grid.add_column(column, justify="right", no_wrap=True)
    total = Minutes("in all, without extras")
    for row in minutes(cells, chapter):
        _add(grid, row)
        if not row.is_extra:
            for name in ("words", "cells", "guesses", "lines"):
                setattr(total, name, getattr(total, name) + getattr(row, name))
    _add(grid, total)
    if stated := STATED.search(prose(cells)):
        both = str(int(stated[1]) + int(stated[2]))
        grid.add_row("the lesson says", "", "", "", "", stated[1], stated[2], both)
    for task, between in between_ticks(cells, chapter):
        grid.add_row(f"to the tick of task {task}", *[""] * 6, f"{between:.0f}")
    return grid


def _add(grid: Table, row: Minutes) -> None:
    numbers = (row.words, row.cells, row.guesses, row.lines)
    times = (row.reading, row.writing, row.reading + row.writing)
    title = f"  {row.title}" if row.is_extra else row.title
    grid.add_row(title, *(str(n or "") for n in numbers), *(f"{m:.0f}" for m in times))
