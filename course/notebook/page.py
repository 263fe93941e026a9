"""The report of a check as HTML, made of the same pieces that `check` prints."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.style import Style
from rich.table import Table
from rich.text import Text

from course.reports.explanation import WIDTH, as_text

from .shown import Shown

KEPT = "✓"
UNBROKEN = 10_000  # columns
_CONSOLE = Console(color_system="standard")


def page(parts: Sequence[RenderableType]) -> Shown:
    """Return what to show of a report, in both forms; the strings in it are commands."""
    pieces = [as_text(part, UNBROKEN if isinstance(part, str) else WIDTH) for part in parts]
    lines = [line.rstrip() for line in "".join(pieces).strip("\n").splitlines()]
    return Shown("\n".join(lines), "\n".join(_blocks(parts)))


def _blocks(parts: Sequence[RenderableType]) -> Iterator[str]:
    heading: Text | None = None  # of a task whose promises may follow
    for part in parts:
        if heading and isinstance(part, Padding) and isinstance(part.renderable, Table):
            yield _task(heading, part.renderable)
            heading = None
            continue
        if heading:
            yield _paragraph(heading)
        heading = part if isinstance(part, Text) else None
        if part and not heading:
            yield _html(part)
    if heading:
        yield _paragraph(heading)


def _paragraph(text: Text) -> str:
    """Return a line of the report, or of what the learner's code printed, which is set in further."""
    start = '<p class="code">' if text.plain.startswith("  ") else "<p>"
    return f"{start}{_inline(_trimmed(text))}</p>"


def _trimmed(text: Text) -> Text:
    """Return a text without the spaces and lines around it, by which a terminal sets it off."""
    start = len(text.plain) - len(text.plain.lstrip())
    return text[start : len(text.plain.rstrip())]


def _task(heading: Text, promises: Table) -> str:
    """Return a task's promises, folded if all are kept."""
    marks = [cell for cell in promises.columns[0].cells if cell]
    unfolded = " open" if any(str(mark) != KEPT for mark in marks) else ""
    row = "".join(map(_inline, marks))
    return (
        f"<details{unfolded}><summary>{_inline(_trimmed(heading))}"
        f'<span class="marks" aria-hidden="true">{row}</span></summary>\n'
        f"{_html(promises)}</details>"
    )


def _html(part: RenderableType) -> str:
    if isinstance(part, Panel):
        title = _inline(part.title or "")
        return f'<div class="panel"><p class="title">{title}</p>\n{_html(part.renderable)}</div>'
    if isinstance(part, Group):
        return "\n".join(map(_html, part.renderables))
    if isinstance(part, Padding):
        return "<p></p>" * part.top + _html(part.renderable) + "<p></p>" * part.bottom
    if isinstance(part, Table):
        return _table(part)
    if isinstance(part, str) and part:
        return f'<p class="code">{escape(part)}</p>'
    return f"<p>{_inline(part)}</p>"


def _table(table: Table) -> str:
    columns = [[_cell(cell, column.style) for cell in column.cells] for column in table.columns]
    rows = "\n".join(f"<tr>{''.join(row)}</tr>" for row in zip(*columns, strict=True))
    return f"<table>\n{rows}\n</table>"


def _cell(content: RenderableType, style: str | Style) -> str:
    return f"<td{_classes(style)}>{_inline(content)}</td>"


def _inline(content: RenderableType) -> str:
    """Return a text with its styles; of anything else, the characters that a terminal shows."""
    if not isinstance(content, Text):
        plain = content if isinstance(content, str) else as_text(content, WIDTH)
        return escape(plain)
    segments = Text.assemble(content).render(_CONSOLE)  # the style of the whole becomes a part's
    return "".join(f"<span{_classes(s.style or '')}>{escape(s.text)}</span>" for s in segments)


def _classes(style: str | Style) -> str:
    """Return the attribute that names a style: its colour, bold, dim."""
    found = Style.parse(style) if isinstance(style, str) else style
    names = [found.color.name] if found.color else []
    names += ["bold"] * bool(found.bold) + ["dim"] * bool(found.dim)
    return f' class="{" ".join(names)}"' if names else ""
