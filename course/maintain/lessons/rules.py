"""The rules of a lesson, so that `pytest --nbval` cannot pass a notebook that shows nothing."""

from __future__ import annotations

import configparser
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from course.checks.suites import misconceptions_of
from course.maintain.lessons.questions import question_faults
from course.model.chapters import Chapter, find

SANITISE = Path(__file__).with_name("sanitise.cfg")
CELL_TIMEOUT = 20.0  # s; nbval's own is more than half an hour
MAX_CELL_LINES = 13  # that are not blank
SECTIONS = "Recall", "The version that everyone writes first", "Your turn", "Explain", "In the wild"
FORBIDDEN_WORDS = re.compile(r"\b(simply|just|obviously|trivial(?:ly)?|of course)\b", re.IGNORECASE)
OLD_RFCS = re.compile(r"\bRFC (?:793|2616|723[0-5])\b")
OF_ONE_MACHINE = re.compile(r"(?:/home/|/root/|/Users/|/work/|/tmp/|[A-Z]:\\)")
MINUTES = re.compile(r"(\d+) minutes to read and run, (?:about )?(\d+)")
TAKEN_OUT = re.compile(r"nbval|# Not compared", re.IGNORECASE)
PLACEHOLDERS = re.compile(r"fd=N|PORT|HEXPORT|\bN\b|127\.0\.0\.\d+|[\W_]+")
CHECK_CELL = """\
# Check your chapter here, too: run this cell whenever you have saved your file.
# Not compared: it is about your own file.
import sys

sys.path.insert(0, "..")
from course.notebook import check

check({number})"""

Cell = dict[str, Any]


def faults(notebook: Path) -> list[str]:
    """Return everything that is wrong with a lesson, a line each; nothing if it keeps every rule."""
    try:
        cells: list[Cell] = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
        code = _code(cells)
        found = [*_cells(code), *_shape(cells), *_wording(cells)]
        sources = [_source(cell) for cell in code]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        return [f"this is not a notebook: {type(error).__name__}: {error}"]
    chapter = find(notebook.name)
    title = f"# Chapter {chapter.number} · {chapter.question}"
    if title not in _prose(cells).splitlines():
        found.append(f"its title has to be {title!r}, as the solution's docstring asks")
    wanted = CHECK_CELL.format(number=chapter.number)
    if [source for cell in code if is_check_cell(source := _source(cell))] != [wanted]:
        found.append("exactly one cell has to check the chapter, as CHECK_CELL in the rules has it")
    guessing = question_faults(chapter, sources, _headings(cells))
    return [*found, *_seen_in(notebook, cells), *guessing]


def compared(notebook: Path) -> tuple[int, int]:
    """Return how many code cells have an output that nbval compares, and how many there are."""
    code = _code(json.loads(notebook.read_text(encoding="utf-8"))["cells"])
    return sum(_says_something(cell) for cell in code), len(code)


def row(chapter: Chapter) -> str:
    """Return the chapter's row in README.md: its question, and the minutes that its lesson says."""
    found = MINUTES.search(
        _prose(json.loads(chapter.notebook.read_text(encoding="utf-8"))["cells"])
    )
    minutes = f"{found[1]} + {found[2]}" if found else "as the lesson has to say"
    return f"| {chapter.number} | {chapter.slug} | {chapter.question} | {minutes} |"


def _cells(code: list[Cell]) -> Iterator[str]:
    counts = [cell["execution_count"] for cell in code]
    if counts != list(range(1, len(code) + 1)):
        yield f"it has not been run from top to bottom: execution counts are {counts}"
    for number, cell in enumerate(code, start=1):
        source = _source(cell)
        lines = [line for line in source.splitlines() if line.strip()]
        if len(lines) > MAX_CELL_LINES:
            yield f"cell {number} has {len(lines)} lines; at most {MAX_CELL_LINES} are allowed"
        if is_check_cell(source):
            if cell["outputs"]:
                yield f"cell {number} stores a report, which is about somebody's own file"
            continue
        if not _says_something(cell) and "# No output:" not in source:
            yield f"cell {number} shows nothing that is compared, and no `# No output: why` says why"
        if _says_something(cell) and "# No output:" in source:
            yield f"cell {number} says that it has no output, but has one"
        if TAKEN_OUT.search(source) or "raises-exception" in cell["metadata"].get("tags", []):
            yield f"cell {number} takes itself out of the comparison"
        if any(output["output_type"] == "error" for output in cell["outputs"]):
            yield f"cell {number} ends in an error: catch and print it, so that it has to happen"
        if match := OF_ONE_MACHINE.search(_shown(cell)):
            yield f"cell {number} shows a path of one machine: {match[0]}"


def is_check_cell(source: str) -> bool:
    """Tell whether a cell checks a chapter: the one kind whose output is not compared."""
    start, _, end = CHECK_CELL.partition("{number}")
    return re.fullmatch(rf"{re.escape(start)}\d+{re.escape(end)}", source) is not None


def _says_something(cell: Cell) -> bool:
    """Tell whether anything is left to compare once ports and the like are put aside."""
    return bool(PLACEHOLDERS.sub("", sanitised(_shown(cell))))


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


def _shape(cells: list[Cell]) -> Iterator[str]:
    headings = _headings(cells)
    parts = sum(bool(re.match(r"\d+\. ", heading)) for heading in headings)
    if not 3 <= parts <= 6:
        yield f"it has {parts} numbered parts; a lesson has three to six"
    for section in SECTIONS:
        if not any(heading.startswith(section) for heading in headings):
            yield f"the section {section!r} is missing"
    for word in ("<details>", "**Predict"):
        if not any(word in _source(cell) for cell in cells):
            yield f"{word} occurs nowhere"


def _wording(cells: list[Cell]) -> Iterator[str]:
    for match in FORBIDDEN_WORDS.finditer(_prose(cells)):
        yield f"{match[0]!r} says to the reader that it is easy"
    for match in OLD_RFCS.finditer(_prose(cells)):
        yield f"{match[0]!r} is obsolete"


def _seen_in(notebook: Path, cells: list[Cell]) -> Iterator[str]:
    """Require that each part which a report sends the learner to exists."""
    sent_to = {reason.see for reason in misconceptions_of(find(notebook.name))}
    for part in sorted(sent_to - set(_headings(cells))):
        yield f"a report sends the learner to {part!r}, which is not a heading here"


def _headings(cells: list[Cell]) -> list[str]:
    prose = re.sub(r"^```.*?^```", "", _prose(cells), flags=re.MULTILINE | re.DOTALL)
    return [match[1].strip() for match in re.finditer(r"^##+ (.+)$", prose, re.MULTILINE)]


def _prose(cells: list[Cell]) -> str:
    return "\n".join(_source(cell) for cell in cells if cell["cell_type"] == "markdown")


def _shown(cell: Cell) -> str:
    """Return all text that a code cell's outputs hold."""
    pieces: list[Any] = []
    for output in cell.get("outputs", []):
        pieces += [output.get("text", ""), *output.get("data", {}).values()]
    return "\n".join("".join(piece) if isinstance(piece, list) else str(piece) for piece in pieces)


def _code(cells: list[Cell]) -> list[Cell]:
    return [cell for cell in cells if cell["cell_type"] == "code"]


def _source(cell: Cell) -> str:
    return "".join(cell["source"])  # it is a text, or a list of lines
