"""A lesson as it is stored: its cells, its prose, its headings, and the text of its outputs."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

PERSONAL = re.compile(
    r'check\("(?P<slug>\w+)"(?:, task=(?P<task>\d+))?\)|(?:guesses|recall)\("(?P<of>\w+)"\)'
)
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)

Cell = dict[str, Any]


def cells_of(notebook: Path) -> list[Cell]:
    """Return the cells of a notebook. Raises ValueError, KeyError or TypeError if it is none."""
    cells: list[Cell] = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
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


def headings(cells: list[Cell]) -> list[str]:
    """Return the headings below the title, without their marks."""
    found = re.finditer(r"^##+ (.+)$", FENCE.sub("", prose(cells)), re.MULTILINE)
    return [match[1].strip() for match in found]


def shown(cell: Cell) -> str:
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
