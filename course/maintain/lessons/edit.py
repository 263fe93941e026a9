"""Edit a lesson as text, run it from top to bottom, and store what a clean run shows."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from course.maintain.lessons.reading import is_personal
from course.maintain.lessons.rules import CELL_TIMEOUT, compared, faults
from course.model.chapters import ROOT, Chapter, chapters, shown
from course.model.errors import CourseError
from course.model.guesses import REHEARSAL

TEXTS = ROOT / "build" / "lessons"
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
# JupyterLab shows an output again when its cell runs. Until then it shows the first line of a cell's
# first output, so the first one is empty.
HIDDEN = {"jupyter": {"outputs_hidden": True}}
EMPTY = {"output_type": "display_data", "data": {}, "metadata": {}}


def write_texts(wanted: Sequence[Chapter], console: Console) -> int:
    """Write the text form of lessons into `build/lessons/`, to be edited there."""
    import jupytext
    import nbformat

    TEXTS.mkdir(parents=True, exist_ok=True)
    for chapter in wanted or chapters():
        text, notebook = text_form(chapter), jupytext.read(chapter.notebook)
        for cell in notebook.cells:
            cell.metadata = nbformat.from_dict({})
        jupytext.write(notebook, text, fmt="py:percent")
        console.print(f"Edit {shown(text)}, then: python3 -m course lessons {chapter.slug}")
    return 0


def store(wanted: Sequence[Chapter], console: Console) -> int:
    """Take over edited text forms, run the lessons, and store them with their outputs.

    Returns 1 if a stored lesson breaks a rule. Raises CourseError if a cell raises.
    """
    broken = 0
    for chapter in wanted or chapters():
        run(chapter)
        with_output, cells = compared(chapter.notebook)
        console.print(f"{shown(chapter.notebook)}: {cells} code cells, {with_output} compared")
        for fault in faults(chapter.notebook):
            broken = 1
            console.print(f"  {fault}")
    return broken


def run(chapter: Chapter) -> None:
    """Run one lesson and write its notebook."""
    import jupytext
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError

    text = text_form(chapter)
    source = text if text.is_file() else chapter.notebook
    subprocess.run([sys.executable, "-m", "ruff", "format", "--quiet", str(source)], check=True)
    notebook = jupytext.read(source)
    notebook.metadata = nbformat.from_dict(METADATA)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    for number, cell in enumerate(notebook.cells, start=1):
        cell.id = f"cell-{number:02}"
        cell.metadata = nbformat.from_dict({})
    client = NotebookClient(
        notebook,
        timeout=CELL_TIMEOUT,
        coalesce_streams=True,
        kernel_name="python3",
        extra_arguments=["--log-level=ERROR"],  # it warns that it does not encrypt, on loopback
        resources={"metadata": {"path": str(chapter.notebook.parent)}},
    )
    try:
        client.execute(env=os.environ | {REHEARSAL: "1"})
    except CellExecutionError as error:
        raise CourseError(f"{shown(source)}: a cell raised.\n{error}") from None
    for cell in notebook.cells:
        cell.metadata = nbformat.from_dict({})  # the times at which cells ran
        if is_personal(cell.source):
            cell.outputs = []
        elif cell.get("outputs"):
            cell.metadata = nbformat.from_dict(HIDDEN)
            cell.outputs.insert(0, nbformat.from_dict(EMPTY))
    nbformat.validate(notebook)
    nbformat.write(notebook, chapter.notebook)


def text_form(chapter: Chapter) -> Path:
    """Return where the text form of a lesson is edited."""
    return TEXTS / f"{chapter.stem}.py"
