"""Draws a report as HTML for the cell of a notebook, with the text that a terminal shows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from pathlib import Path

from course.checks.blocks import Block, Code, Values, Words
from course.reports.outline import Command, Element, Frame, Line, TaskLines
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
        case Line():
            return f"<p>{_pieces(element)}</p>" if any(p for p, _ in element.pieces) else ""
        case Command(text):
            return f'<p class="code">{escape(text)}</p>'
        case Frame(title, blocks):
            inner = "\n".join(_block(block) for block in blocks)
            return f'<div class="panel"><p class="title">{escape(title)}</p>\n{inner}</div>'
        case TaskLines():
            return _task(element)


def _task(task: TaskLines) -> str:
    """Return a task's promises, folded if all are kept."""
    is_open = " open" if any(promise.style != "green" for promise in task.promises) else ""
    marks = "".join(_span(promise.mark, promise.style) for promise in task.promises)
    rows = "\n".join(
        f"<tr>{_cell(mark, style)}{_cell(words, look)}</tr>"
        for promise in task.promises
        for mark, style, words, look in (
            (promise.mark, promise.style, promise.sentence, _red(promise.style)),
            ("", "", promise.line, "dim"),
        )
        if words
    )
    return (
        f"<details{is_open}><summary>{_pieces(task.heading)}"
        f'<span class="marks" aria-hidden="true">{marks}</span></summary>\n'
        f"<table>\n{rows}\n</table></details>"
    )


def _red(style: str) -> str:
    return style if style == "red" else ""


def _block(block: Block) -> str:
    match block:
        case Words(text, style):
            return f"<p{_class(style)}>{escape(text)}</p>"
        case Values(rows):
            return f"<p></p>{_table(rows)}"
        case Code(file, lines):
            listed = ((f"  line {number}", code, "") for number, code in lines)
            return f'<p class="dim">  {escape(file)}</p>{_table(listed)}'


def _table(rows: Iterable[tuple[str, str, str]]) -> str:
    drawn = (
        f"<tr>{_cell(label, 'cyan')}{_cell(value, style)}</tr>" for label, value, style in rows
    )
    return "\n".join(["<table>", *drawn, "</table>"])


def _pieces(line: Line) -> str:
    return "".join(_span(text, style) for text, style in line.pieces)


def _span(text: str, style: str) -> str:
    return f"<span{_class(style)}>{escape(text)}</span>"


def _cell(text: str, style: str) -> str:
    return f"<td{_class(style)}>{escape(text)}</td>"


def _class(style: str) -> str:
    return f' class="{style}"' if style else ""
