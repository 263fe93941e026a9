"""What a report consists of, as data: words, labelled values, and lines of the learner's code."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """A paragraph. `style` is "", "bold", "dim" or a colour."""

    text: str
    style: str = ""


@dataclass(frozen=True)
class Values:
    """Rows of a label, a value and its style, such as what was sent, expected and got."""

    rows: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class Code:
    """Lines of one file, with their numbers, from the outermost call to the innermost."""

    file: str
    lines: tuple[tuple[int, str], ...]


Block = Words | Values | Code
