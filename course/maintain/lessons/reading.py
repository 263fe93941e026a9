"""A lesson as it is stored: its cells, its prose, its headings, and the text of its outputs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from course.model.chapters import shown
from course.model.errors import CourseError

PERSONAL = re.compile(
    r'check\("(?P<slug>\w+)"(?:, task=(?P<task>\d+))?\)|(?:guesses|recall)\("(?P<of>\w+)"\)'
)
HEADING = re.compile(r"(#+) +(.+)")

Cell = dict[str, Any]


def cells_of(notebook: Path) -> list[Cell]:
    """Return the cells of a notebook. Raises CourseError if it is none."""
    try:
        cells: list[Cell] = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
        for cell in cells:
            cell["cell_type"], source(cell), cell["metadata"]
            if cell["cell_type"] == "code":
                cell["execution_count"], [output["output_type"] for output in cell["outputs"]]
    except OSError as error:
        raise CourseError(f"{shown(notebook)} cannot be read: {error.strerror}.") from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        what = f"{type(error).__name__}: {error}"
        raise CourseError(f"{shown(notebook)} is not a notebook: {what}") from None
    return cells


def code_cells(cells: list[Cell]) -> list[Cell]:
    """Return the cells of code."""
    return [cell for cell in cells if cell["cell_type"] == "code"]


def source(cell: Cell) -> str:
    """Return a cell's source, which is stored as one text or as a list of lines."""
    return "".join(cell["source"])


def prose(cells: list[Cell]) -> str:
    """Return everything that a lesson says outside of code cells."""
    return "\n".join(source(cell) for cell in cells if cell["cell_type"] == "markdown")


@dataclass
class Section:
    """A heading, and what follows it up to the next. What comes before any heading has level 0.

    `pieces` are texts in order, each with whether it is the source of a code cell.
    """

    level: int
    title: str
    pieces: list[tuple[bool, str]] = field(default_factory=list)

    @property
    def code(self) -> list[str]:
        """The sources of its code cells."""
        return [text for is_code, text in self.pieces if is_code]

    @property
    def prose(self) -> str:
        """What it says outside of code cells."""
        return "\n".join(text for is_code, text in self.pieces if not is_code)


def sections(cells: list[Cell]) -> list[Section]:
    """Return the sections of a lesson in order, from the title on."""
    found = [Section(0, "")]
    for cell in cells:
        if cell["cell_type"] == "code":
            found[-1].pieces.append((True, source(cell).strip()))
        elif cell["cell_type"] == "markdown":
            for heading, text in _under_headings(source(cell)):
                if heading:
                    found.append(Section(len(heading[1]), heading[2].strip()))
                found[-1].pieces.append((False, text))
    return found


def _under_headings(text: str) -> Iterator[tuple[re.Match[str] | None, str]]:
    """Cut a text at its headings, but not in code."""
    heading, lines, is_code = None, list[str](), False
    for line in text.splitlines():
        is_code ^= line.startswith("```")
        if not is_code and (match := HEADING.fullmatch(line)):
            yield heading, "\n".join(lines)
            heading, lines = match, []
        else:
            lines.append(line)
    yield heading, "\n".join(lines)


def parts(found: list[Section]) -> list[list[Section]]:
    """Group sections by the heading of level 1 or 2 that they are under."""
    grouped: list[list[Section]] = [[]]
    for section in found:
        if section.level in (1, 2):
            grouped.append([])
        grouped[-1].append(section)
    return [part for part in grouped if any(section.title for section in part)]


def headings(cells: list[Cell]) -> list[str]:
    """Return the headings below the title, without their marks."""
    return [section.title for section in sections(cells) if section.level > 1]


def output_text(cell: Cell) -> str:
    """Return all text that a code cell's outputs hold."""
    pieces: list[Any] = []
    for output in cell.get("outputs", []):
        pieces += [output.get("text", ""), *output.get("data", {}).values()]
    return "\n".join("".join(piece) if isinstance(piece, list) else str(piece) for piece in pieces)


def is_hidden(cell: Cell) -> bool:
    """Tell whether a cell's outputs stay unseen until it runs, if it has any."""
    marks, outputs = cell["metadata"].get("jupyter", {}), cell["outputs"]
    return not outputs or (marks.get("outputs_hidden") is True and outputs[0].get("data") == {})


def is_personal(text: str) -> bool:
    """Tell whether a cell is about the learner: it is run, but not compared, and stores nothing.

    Such a cell is one line: it checks a chapter or a task, or shows what the learner guessed.
    """
    return PERSONAL.fullmatch(text.strip()) is not None
