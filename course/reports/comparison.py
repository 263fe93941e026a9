"""The reference beside what the learner wrote, task by task."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher

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
Stretch = tuple[list[Text], list[Text]]  # of your lines and the reference's


def comparison(chapter: Chapter, task: str | None = None, *, spoil: bool = False) -> RenderableType:
    """Return how the reference differs from the learner's file, in one task or in all.

    Raises CourseError if the solution is not here; and, unless `spoil`, if the chapter (or that
    task) has not passed.
    """
    number = find_task(task, chapter) if task is not None else None
    page = _page(chapter, number)
    if not (spoil or Progress(chapter.root).has_passed(chapter, number)):
        what = f"Chapter {chapter.number}" + (f", task {number}," if number else "")
        raise CourseError(
            f"{what} has not passed yet. Run `python3 -m course check {chapter.number}`, "
            f"or add --spoil to `python3 -m course solution {chapter.number}`."
        )
    return page


def _page(chapter: Chapter, task: int | None) -> RenderableType:
    theirs = reference(chapter)
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
        *_tasks(chapter, task, mine, theirs),
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
    for old, new in _shortened(_stretches(yours, other)):
        is_equal = [line.plain for line in old] == [line.plain for line in new]
        for line in [] if is_equal else old:
            rows.add_row(Text("-", style="red"), _indented(Text(line.plain, style="red")))
        for line in new:
            rows.add_row(Text("" if is_equal else "+", style="bold green"), _indented(line))
    return rows


def _indented(line: Text) -> Padding:
    """Keep a line's indentation even where it has to be wrapped."""
    indent = len(line.plain) - len(line.plain.lstrip())
    return Padding(line[indent:], (0, 0, 0, indent))


def _stretches(yours: list[str], other: list[str]) -> list[Stretch]:
    """Compare line by line. A lone equal line between two differences does not separate them."""
    old, new = _coloured(yours), _coloured(other)
    opcodes = SequenceMatcher(None, yours, other, autojunk=False).get_opcodes()
    found: list[Stretch] = []
    differs = False
    for index, (tag, i1, i2, j1, j2) in enumerate(opcodes):
        is_inside = 0 < index < len(opcodes) - 1
        is_small = is_inside and sum(bool(line.strip()) for line in yours[i1:i2]) < 2
        if differs and (tag != "equal" or is_small):
            found[-1][0].extend(old[i1:i2])
            found[-1][1].extend(new[j1:j2])
        else:
            found.append((old[i1:i2], new[j1:j2]))
            differs = tag != "equal"
    return found


def _shortened(stretches: list[Stretch]) -> Iterator[Stretch]:
    """Cut what is equal down to the lines near a difference, and the function's first line."""
    for index, (old, new) in enumerate(stretches):
        above = CONTEXT if index else 1
        below = CONTEXT if index < len(stretches) - 1 else 0
        omitted = len(new) - above - below
        if [line.plain for line in old] == [line.plain for line in new] and omitted > 1:
            dots = [*new[:above], Text("...", style="dim"), *new[len(new) - below :]]
            yield dots, dots
        else:
            yield old, new


def _coloured(lines: list[str]) -> list[Text]:
    """Return the lines with the colours of Python's syntax."""
    syntax = Syntax("", "python", theme="ansi_dark", background_color="default")
    return list(syntax.highlight("\n".join(lines)).split("\n", allow_blank=True))[: len(lines)]
