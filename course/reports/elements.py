"""What a report consists of, for any renderer: lines, tasks, rows, a frame."""

from __future__ import annotations

from dataclasses import dataclass

from course.checks.blocks import Block

Piece = tuple[str, str]  # a text and its style


@dataclass(frozen=True)
class Line:
    """A line. `gap` says that an empty line comes before it."""

    pieces: tuple[Piece, ...]
    gap: bool = False


@dataclass(frozen=True)
class TaskLines:
    """A task and its promises: rows of a mark and a sentence, or of "" and what happened."""

    heading: Line
    rows: tuple[tuple[Piece, Piece], ...]


@dataclass(frozen=True)
class Rows:
    """Labels, and what belongs to each: words or a command."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Frame:
    """What happened, in full."""

    title: str
    blocks: tuple[Block, ...]


Element = Line | TaskLines | Rows | Frame


def line(text: str, style: str = "", *, gap: bool = False) -> Line:
    """Return a line in one style."""
    return Line(((text, style),), gap)
