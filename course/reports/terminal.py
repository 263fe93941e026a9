"""Draws reports for a terminal."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from course.checks.blocks import Block, Code, Values, Words
from course.reports.elements import Element, Frame, Line, Rows, TaskLines

WIDTH = 80  # columns of a report


def console() -> Console:
    """Return the console that commands print to; a size of 0 in the environment means none."""
    for name in ("COLUMNS", "LINES"):
        if not os.environ.get(name, "1").strip("0"):
            del os.environ[name]
    return Console(highlight=False, markup=False)


def show(elements: Iterable[Element | RenderableType], to: Console) -> None:
    """Print the elements of a report."""
    for element in elements:
        to.print(drawn(element))


def as_text(
    elements: Iterable[Element | RenderableType], width: int = WIDTH, *, color: bool = False
) -> str:
    """Draw elements for a terminal `width` columns wide (or for none, without colour)."""
    canvas = Console(
        width=width, force_terminal=color, no_color=not color, highlight=False, markup=False
    )
    with canvas.capture() as capture:
        show(elements, canvas)
    return capture.get()


def drawn(element: Element | RenderableType) -> RenderableType:
    """Return an element as rich draws it; what rich draws anyway stays as it is."""
    match element:
        case Line(pieces, gap):
            words = Text.assemble(*pieces)
            return Padding(words, (int(gap), 0, 0, 1), expand=False) if words else words
        case TaskLines(heading, rows):
            grid = Table.grid(padding=(0, 1, 0, 0))
            for row in rows:
                grid.add_row(*(Text(*piece) for piece in row))
            return Group(drawn(heading), Padding(grid, (0, 0, 0, 3)))
        case Rows(labelled):
            table = _grid()
            for label, text in labelled:
                table.add_row(label, Text(text))
            return Padding(table, (0, 0, 0, 1))
        case Frame(title, blocks):
            content = Group(*(part for block in blocks for part in _block(block)))
            frame = Panel(content, title=title, title_align="left", border_style="red", width=WIDTH)
            return Padding(frame, (1, 0, 0, 0))
    return element


def _block(block: Block) -> Iterator[RenderableType]:
    match block:
        case Words(text, style):
            yield Text(text, style=style)
        case Values(rows):
            table = _grid()
            for label, value, style in rows:
                table.add_row(label, Text(value, style=style))
            yield Padding(table, (1, 0, 0, 0))
        case Code(file, lines):
            yield Text(f"  {file}", style="dim")
            table = _grid()
            for number, code in lines:
                table.add_row(f"  line {number}", Text(code))
            yield table


def _grid() -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="cyan", no_wrap=True, min_width=13)
    table.add_column(overflow="fold")
    return table
