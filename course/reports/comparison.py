"""The reference beside what the learner wrote, task by task."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import NamedTuple

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from course.model.chapters import TASK, Chapter, find_task, shown
from course.model.errors import CourseError
from course.model.progress import Progress
from course.model.source import Source, reference, written, written_by_learners

CONTEXT = 3  # equal lines shown before and after a difference


class Stretch(NamedTuple):
    """Lines of yours and of the reference, which are the same or differ."""

    is_equal: bool
    yours: list[str]
    other: list[Text]


def comparison(chapter: Chapter, task: str | None = None, *, spoil: bool = False) -> RenderableType:
    """Return how the reference differs from the learner's file, in one task or in all.

    Raises CourseError if the solution is not here; and, unless `spoil`, if the chapter (or that
    task) has not passed.
    """
    number = find_task(task, chapter) if task is not None else None
    theirs = reference(chapter)
    if not (spoil or Progress(chapter.root).has_passed(chapter, number)):
        what = f"Chapter {chapter.number}" + (f", task {number}," if number else "")
        raise CourseError(
            f"{what} has not passed yet. Run `python3 -m course check {chapter.slug}`, "
            f"or add --spoil to `python3 -m course solution {chapter.slug}`."
        )
    trouble = ""
    try:
        mine = written(chapter)
    except CourseError as error:
        mine, trouble = Source(""), f" {error}\n"
    return Group(
        Text(f"\n Chapter {chapter.number} · {chapter.question}", style="bold"),
        Text(f" {shown(chapter.solution)} beside {shown(chapter.workbench)}", style="dim"),
        Text.assemble(" ", ("- yours", "red"), "   ", ("+ the reference\n", "green")),
        *([Text(trouble, style="yellow")] if trouble else []),
        *_tasks(chapter, number, mine, theirs),
    )


def _tasks(
    chapter: Chapter, wanted: int | None, mine: Source, theirs: Source
) -> Iterator[RenderableType]:
    given = theirs.definitions.keys() - theirs.left_out
    seen = given | written_by_learners(chapter)
    for number in chapter.task_numbers:
        names = chapter.functions_of(number)
        helpers = theirs.needs(names, seen)
        if wanted in (None, number):
            seen.update(helpers)  # a helper is shown once, where it is needed first
            yield from _task(number, names, helpers, mine, theirs)


def _task(
    number: int, names: list[str], helpers: list[str], mine: Source, theirs: Source
) -> Iterator[RenderableType]:
    heading = Text(f" Task {number} · {', '.join(names)}", style="cyan")
    pairs = [
        (_without_marker(mine.lines_of(name)), _without_marker(theirs.lines_of(name)))
        for name in [*names, *helpers]
    ]
    if all(yours == other for yours, other in pairs):
        yield heading.append("\n    Yours is the same, word for word.\n", style="green")
        return
    yield heading
    for yours, other in pairs:
        yield difference(yours, other)
        yield ""


def _without_marker(lines: list[str]) -> list[str]:
    """Leave out the comment that says what to write: it does not belong to the answer."""
    kept: list[str] = []
    inside = False
    for line in lines:
        text = line.lstrip()
        inside = TASK.match(text) is not None or (inside and text.startswith("#"))
        kept += [] if inside else [line]
    return kept


def difference(yours: list[str], other: list[str]) -> RenderableType:
    """Lay two functions out as one: what only yours has, what only the reference has, and both."""
    rows = Table.grid(padding=(0, 1, 0, 0))
    rows.add_column(width=3, justify="right")
    rows.add_column(overflow="fold")
    stretches = _stretches(yours, other)
    for index, stretch in enumerate(stretches):
        if stretch.is_equal:
            above = CONTEXT if index else 1  # a function's first line says which it is
            below = CONTEXT if index < len(stretches) - 1 else 0
            for line in _shortened(stretch.other, above, below):
                rows.add_row("", _indented(line))
        else:
            for text in stretch.yours:
                rows.add_row(Text("-", style="red"), _indented(Text(text, style="red")))
            for line in stretch.other:
                rows.add_row(Text("+", style="bold green"), _indented(line))
    return rows


def _indented(line: Text) -> Padding:
    """Keep a line's indentation even where it has to be wrapped."""
    indent = len(line.plain) - len(line.plain.lstrip())
    return Padding(line[indent:], (0, 0, 0, indent))


def _stretches(yours: list[str], other: list[str]) -> list[Stretch]:
    """Compare line by line. A lone equal line between two differences does not separate them."""
    syntax = Syntax("", "python", theme="ansi_dark", background_color="default")
    coloured = list(syntax.highlight("\n".join(other)).split("\n", allow_blank=True))
    opcodes = SequenceMatcher(None, yours, other, autojunk=False).get_opcodes()
    found: list[Stretch] = []
    for index, (tag, i1, i2, j1, j2) in enumerate(opcodes):
        is_inside = 0 < index < len(opcodes) - 1
        is_small = is_inside and sum(bool(line.strip()) for line in yours[i1:i2]) < 2
        if found and not found[-1].is_equal and (tag != "equal" or is_small):
            found[-1].yours.extend(yours[i1:i2])
            found[-1].other.extend(coloured[j1:j2])
        else:
            found.append(Stretch(tag == "equal", yours[i1:i2], coloured[j1:j2]))
    return found


def _shortened(lines: list[Text], above: int, below: int) -> list[Text]:
    """Cut equal lines down to so many at their beginning and their end."""
    if len(lines) - above - below < 2:
        return lines
    return [*lines[:above], Text("...", style="dim"), *lines[len(lines) - below :]]
