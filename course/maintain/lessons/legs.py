"""The shape of a lesson: legs, each with something to write and its check."""

from __future__ import annotations

import re
from collections.abc import Iterator

from course.maintain.lessons.reading import PERSONAL, Cell, Section, parts, prose, sections
from course.model.chapters import Chapter, chapters

LEG = re.compile(r"(\d+) · \S.*")
WRITE = re.compile(r"(?:Extra · )?Write tasks? (\d+(?:(?:, | and )\d+)*) · (.+)")
LOOKS_LIKE_WRITE = re.compile(r"(?:Extra\W+)?Write\b", re.IGNORECASE)
AFTER_THE_LEGS = ["Run it", "Explain", "In the wild"]
FIRST_TRY = re.compile(r"that\s+everyone\s+writes\s+first", re.IGNORECASE)
MOST_TASKS = 2  # of a leg


def leg_faults(cells: list[Cell], chapter: Chapter) -> Iterator[str]:
    """Yield what is wrong with the shape of a lesson, a line each."""
    found = sections(cells)
    grouped = parts(found)
    titles = [part[0].title for part in grouped if part[0].level == 2]
    legs = [part for part in grouped if LEG.fullmatch(part[0].title)]
    numbers = [int(part[0].title.split()[0]) for part in legs]
    wanted = ["Recall", *(leg[0].title for leg in legs), *AFTER_THE_LEGS]
    if titles != wanted:
        yield (
            "its parts have to be Recall, the legs (`## 1 · Title`), "
            f"{', '.join(AFTER_THE_LEGS)}. They are: {', '.join(titles)}"
        )
    if numbers != [*range(1, len(legs) + 1)] or not 3 <= len(legs) <= 6:
        yield f"it has three to six legs, numbered from 1. Its legs are {numbers}"
    yield from _written_in(grouped, legs, chapter)
    yield from _checked(found, chapter)
    yield from _around(grouped, chapter)
    if not any(FIRST_TRY.search(f"{s.title}\n{s.prose}") for leg in legs for s in leg):
        yield "no leg shows the version that everyone writes first, in these words"
    yield from _next(cells, chapter)


def tasks_of(section: Section) -> list[int]:
    """Return the tasks that are written in a section, by its heading."""
    match = WRITE.fullmatch(section.title) if section.level == 3 else None
    return [int(number) for number in re.findall(r"\d+", match[1])] if match else []


def checked_task(text: str) -> int | None:
    """Return the task that a cell checks, None for any other cell."""
    match = PERSONAL.fullmatch(text)
    return int(match["task"]) if match and match["task"] else None


def _written_in(
    grouped: list[list[Section]], legs: list[list[Section]], chapter: Chapter
) -> Iterator[str]:
    """Require a heading for each task, with its functions, and one or two tasks in each leg."""
    for part in grouped:
        for section in part:
            if section.level > 1 and LOOKS_LIKE_WRITE.match(section.title):
                yield from _names(section, chapter)
        count = sum(len(tasks_of(section)) for section in part)
        if part in legs and not 1 <= count <= MOST_TASKS:
            yield f"one or two tasks are written in a leg; in {part[0].title!r} there are {count}"
        if part not in legs and count:
            yield f"tasks are written in legs, not in {part[0].title!r}"
    tasks = [task for part in grouped for section in part for task in tasks_of(section)]
    if tasks != chapter.task_numbers:
        yield (
            "each task has one heading, in the order of their numbers: "
            f"the chapter has the tasks {chapter.task_numbers}, the headings {tasks}"
        )


def _names(section: Section, chapter: Chapter) -> Iterator[str]:
    """Require that a heading reads `Write task 1 · open_listener`, with all functions of the task."""
    match, tasks = WRITE.fullmatch(section.title), tasks_of(section)
    names = [name for task in tasks for name in chapter.functions_of(task)]
    listed = re.split(r", | and ", match[2].replace("`", "").replace("()", "")) if match else []
    right = [
        name in (each, each.rpartition(".")[2]) for name, each in zip(listed, names, strict=False)
    ]
    word = "tasks" if len(tasks) > 1 else "task"
    if not (match and all(right) and len(listed) == len(names) and f" {word} " in match[0]):
        yield (
            f"{section.title!r} has to read `### Write task 1 · function`, with the functions of "
            f"its tasks in the order of the file: {', '.join(names) or 'here there are none'}"
        )


def _checked(found: list[Section], chapter: Chapter) -> Iterator[str]:
    """Require a check of each task, below its heading and before the next task or part.

    A second check of the task is allowed there: after a first try the lesson may go on about it.
    """
    expected: list[int] = []
    where, last = "", 0
    for section in found:
        if section.level <= 2 or tasks_of(section):
            yield from (_missing(task, where, chapter) for task in expected)
            expected, where, last = tasks_of(section), section.title, 0
        for text in section.code:
            if (task := checked_task(text)) is None:
                continue
            if expected[:1] == [task]:
                last = expected.pop(0)
            elif task != last:
                due = f'`check("{chapter.slug}", task={expected[0]})`' if expected else "none"
                yield f"`{text}` comes where {due} is due: below its task's heading"
    yield from (_missing(task, where, chapter) for task in expected)


def _missing(task: int, where: str, chapter: Chapter) -> str:
    return f'`check("{chapter.slug}", task={task})` is missing below {where!r}'


def _around(grouped: list[list[Section]], chapter: Chapter) -> Iterator[str]:
    """Require what the learner guessed wrong before at the beginning, and the guesses at the end."""
    is_first = chapter.stem == chapters(chapter.root)[0].stem
    slug = chapter.slug
    wanted = {
        "Recall": [] if is_first else [f'recall("{slug}")'],
        "Explain": [f'guesses("{slug}")'],
    }
    for part in grouped:
        title = part[0].title
        cells = [text for section in part for text in section.code]
        there = [text for text in cells if re.match(r"(?:recall|guesses)\(", text)]
        if there != wanted.get(title, []):
            due = " and ".join(wanted.get(title, [])) or "no such cell"
            yield f"in {title!r}, {', '.join(there) or 'nothing'} is where {due} has to be"
        if title in wanted and not any("<details>" in section.prose for section in part):
            yield f"in {title!r} there is no folded answer (<details>)"


def _next(cells: list[Cell], chapter: Chapter) -> Iterator[str]:
    """Require a link to the next lesson at the end."""
    following = [each for each in chapters(chapter.root) if each.stem > chapter.stem][:1]
    for each in following:
        if f"]({each.notebook.name})" not in prose(cells[-1:]):
            yield f"its last cell has no link to the next lesson: [Chapter …]({each.notebook.name})"
