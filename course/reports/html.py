"""Draws a report as HTML for the cell of a notebook, with the text that a terminal shows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from pathlib import Path

from course.checks.blocks import Block, Code, Values, Words
from course.reports.elements import Element, Frame, Line, Piece, Rows, TaskLines
from course.reports.terminal import as_text

STYLESHEET = Path(__file__).with_name("report.css")


@dataclass(frozen=True, repr=False)
class Shown:
    """Something that a notebook shows as HTML and a terminal as text.

    In `body`, which is HTML, everything that a learner wrote is escaped.
    """

    text: str
    body: str

    def __repr__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, **_options: object) -> dict[str, str]:
        style = STYLESHEET.read_text(encoding="utf-8")
        page = f'<style>{style}</style>\n<div class="course-report">\n{self.body}\n</div>'
        return {"text/plain": self.text, "text/html": page}


def words(text: str) -> Shown:
    """Return one line of words in both forms."""
    return Shown(text, f"<p>{escape(text)}</p>")


def shown(elements: Iterable[Element]) -> Shown:
    """Return elements in both forms."""
    parts = list(elements)
    text = "\n".join(line.rstrip() for line in as_text(parts).strip("\n").splitlines())
    return Shown(text, "\n".join(map(_element, parts)))


def _element(element: Element) -> str:
    match element:
        case Line(pieces):
            return f"<p>{_spans(pieces)}</p>" if any(text for text, _ in pieces) else ""
        case Rows(labelled):
            rows = [((label, "cyan"), (text, _look(text))) for label, text in labelled]
            return f'<div class="rows">{_table(rows)}</div>'
        case Frame(title, blocks):
            inner = "\n".join(map(_block, blocks))
            return f'<div class="panel">{_tag("p", title, "title")}\n{inner}</div>'
        case TaskLines(heading, rows):
            marks = [mark for mark, _ in rows if mark[0]]
            is_open = any(style != "green" for _, style in marks)  # folded if all are kept
            return (
                f"<details{' open' if is_open else ''}><summary>{_spans(heading.pieces)}"
                f'<span class="marks" aria-hidden="true">{_spans(marks)}</span></summary>\n'
                f"{_table(rows)}</details>"
            )


def _look(text: str) -> str:
    return "code" if text.startswith("python3 ") else ""


def _block(block: Block) -> str:
    match block:
        case Words(text, style):
            return _tag("p", text, style)
        case Values(rows):
            labelled = [((label, "cyan"), (value, style)) for label, value, style in rows]
            return f"<p></p>{_table(labelled)}"
        case Code(file, lines):
            numbered = [((f"  line {number}", "cyan"), (code, "")) for number, code in lines]
            return _tag("p", f"  {file}", "dim") + _table(numbered)


def _table(rows: Iterable[Iterable[Piece]]) -> str:
    cells = ("".join(_tag("td", *piece) for piece in row) for row in rows)
    return "\n".join(["<table>", *(f"<tr>{row}</tr>" for row in cells), "</table>"])


def _spans(pieces: Iterable[Piece]) -> str:
    return "".join(_tag("span", *piece) for piece in pieces)


def _tag(name: str, text: str, style: str) -> str:
    look = f' class="{style}"' if style else ""
    return f"<{name}{look}>{escape(text)}</{name}>"
