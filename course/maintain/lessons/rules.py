"""The rules of a lesson, so that `pytest --nbval` cannot pass a notebook that shows nothing."""

from __future__ import annotations

import configparser
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from course.checks.suites import misconceptions_of
from course.maintain.lessons.definitions import definition_faults
from course.maintain.lessons.legs import leg_faults
from course.maintain.lessons.minutes import minute_faults
from course.maintain.lessons.questions import question_faults
from course.maintain.lessons.reading import (
    PERSONAL,
    Cell,
    cells_of,
    code_cells,
    headings,
    is_hidden,
    is_personal,
    output_text,
    prose,
    source,
)
from course.maintain.lessons.terms import term_faults
from course.model.chapters import Chapter, find
from course.model.errors import CourseError

SANITISE = Path(__file__).with_name("sanitise.cfg")
CELL_TIMEOUT = 20.0  # s; nbval's own is more than half an hour
MAX_CELL_LINES = 13  # that are not blank
FORBIDDEN_WORDS = re.compile(r"\b(simply|just|obviously|trivial(?:ly)?|of course)\b", re.IGNORECASE)
OLD_RFCS = re.compile(r"\bRFC (?:793|2616|723[0-5])\b")
OF_ONE_MACHINE = re.compile(r"(?:/home/|/root/|/Users/|/work/|/tmp/|[A-Z]:\\)")
MINUTES = re.compile(r"(\d+) minutes to read and run, (?:about )?(\d+)")
TAKEN_OUT = re.compile(r"nbval|# Not compared", re.IGNORECASE)
ITS_DATA = re.compile(r"(?<![\w/-])(?:\./)?data/[\w.]+")
LINK = re.compile(r"\]\((?![a-z]+:|#)([^)#\s]+)")
PLACEHOLDERS = re.compile(r"fd=N|PORT|HEXPORT|\bN\b|127\.0\.0\.\d+|[\W_]+")


def faults(notebook: Path, chapter: Chapter | None = None) -> list[str]:
    """Return everything that is wrong with a lesson, a line each; nothing if it keeps every rule.

    By default the chapter is the one that the notebook is named after.
    """
    try:
        cells = cells_of(notebook)
    except CourseError as error:
        return [str(error)]
    chapter = chapter or find(notebook.name)
    found = [*_cells(code_cells(cells)), *_wording(cells)]
    title = f"# Chapter {chapter.number} · {chapter.question}"
    if title not in prose(cells).splitlines():
        found.append(f"its title has to be {title!r}, as the solution's docstring asks")
    found += [*_checks(cells, chapter), *_seen_in(cells, chapter), *_links(cells, chapter)]
    if not chapter.questions.is_file():
        found.append(f"it asks nothing: its questions have to be in {chapter.questions.name}")
    found += question_faults(chapter, cells)
    for rules in (leg_faults, minute_faults, term_faults, definition_faults):
        found += rules(cells, chapter)
    return found


def compared(notebook: Path) -> tuple[int, int]:
    """Return how many code cells have an output that nbval compares, and how many there are."""
    code = code_cells(cells_of(notebook))
    return sum(_says_something(cell) for cell in code), len(code)


def row(chapter: Chapter) -> str:
    """Return the chapter's row in README.md: its question, and the minutes that its lesson says."""
    found = MINUTES.search(prose(cells_of(chapter.notebook)))
    minutes = f"{found[1]} + {found[2]}" if found else "as the lesson has to say"
    return f"| {chapter.number} | {chapter.slug} | {chapter.question} | {minutes} |"


def _cells(code: list[Cell]) -> Iterator[str]:
    counts = [cell["execution_count"] for cell in code]
    if counts != list(range(1, len(code) + 1)):
        yield f"it has not been run from top to bottom: execution counts are {counts}"
    for number, cell in enumerate(code, start=1):
        text = source(cell)
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) > MAX_CELL_LINES:
            yield f"cell {number} has {len(lines)} lines; at most {MAX_CELL_LINES} are allowed"
        if is_personal(text):
            if cell["outputs"]:
                yield f"cell {number} stores what is about somebody's own work"
            continue
        if not is_hidden(cell):
            yield f"cell {number} shows its output before it is run: store it with `lessons`"
        if not _says_something(cell) and "# No output:" not in text:
            yield f"cell {number} shows nothing that is compared, and no `# No output: why` says why"
        if _says_something(cell) and "# No output:" in text:
            yield f"cell {number} says that it has no output, but has one"
        if TAKEN_OUT.search(text) or "raises-exception" in cell["metadata"].get("tags", []):
            yield f"cell {number} takes itself out of the comparison"
        if any(output["output_type"] == "error" for output in cell["outputs"]):
            yield f"cell {number} ends in an error: catch and print it, so that it has to happen"
        if match := OF_ONE_MACHINE.search(output_text(cell)):
            yield f"cell {number} shows a path of one machine: {match[0]}"


def _checks(cells: list[Cell], chapter: Chapter) -> Iterator[str]:
    """Require one cell that checks the chapter, and personal cells that are about this chapter."""
    personal = [text for cell in code_cells(cells) if is_personal(text := source(cell).strip())]
    wanted = f'check("{chapter.slug}")'
    if (there := personal.count(wanted)) != 1:
        yield f"exactly one cell has to be `{wanted}`, not {there}"
    for text in personal:
        match = PERSONAL.fullmatch(text)
        if match and (match["slug"] or match["of"]) != chapter.slug:
            yield f"`{text}` is about another chapter"


def _says_something(cell: Cell) -> bool:
    """Tell whether anything is left to compare once ports and the like are put aside."""
    return bool(PLACEHOLDERS.sub("", sanitised(output_text(cell))))


def sanitised(text: str) -> str:
    """Replace what may differ between two runs, as nbval does."""
    for pattern, replacement in _replacements():
        text = re.sub(pattern, replacement, text)
    return text


@cache
def _replacements() -> tuple[tuple[str, str], ...]:
    parser = configparser.ConfigParser(delimiters=(":",), interpolation=None)
    parser.read(SANITISE, encoding="utf-8")
    return tuple((parser[rule]["regex"], parser[rule]["replace"]) for rule in parser.sections())


def _wording(cells: list[Cell]) -> Iterator[str]:
    for match in FORBIDDEN_WORDS.finditer(prose(cells)):
        yield f"{match[0]!r} says to the reader that it is easy"
    for match in OLD_RFCS.finditer(prose(cells)):
        yield f"{match[0]!r} is obsolete"


def _seen_in(cells: list[Cell], chapter: Chapter) -> Iterator[str]:
    """Require that each part which a report sends the learner to exists."""
    sent_to = {reason.see for reason in misconceptions_of(chapter)}
    for part in sorted(sent_to - set(headings(cells))):
        yield f"a report sends the learner to {part!r}, which is not a heading here"


def _links(cells: list[Cell], chapter: Chapter) -> Iterator[str]:
    """Require that files are found from `notebooks/` and from `my_lessons/`, where learners read."""
    for match in (match for cell in cells for match in ITS_DATA.finditer(source(cell))):
        yield f"{match[0]} is not found from my_lessons/: write ../notebooks/{match[0]}"
    for link in LINK.findall(prose(cells)):
        target = chapter.notebook.parent / link
        if not target.is_file():
            yield f"a link leads to {link}, which does not exist"
        elif not link.startswith("../") and target.suffix != ".ipynb":
            yield f"a link to {link} does not work in my_lessons/: write ../notebooks/{link}"
