"""The parts of the screen, from top to bottom; each knows how to show what it is given."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.style import Style
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Static

from course.model.chapters import Chapter
from course.reports import board
from course.reports.board import Row
from course.reports.outline import Element, Frame
from course.reports.terminal import drawn


class Head(Vertical):
    """The board in a line, the chapter's question, its tasks, and what happens."""

    def compose(self) -> ComposeResult:
        """Lay out three lines."""
        yield Static(id="board")
        yield Static(id="title")
        yield Static(id="state")

    def draw(self, rows: list[Row], chapter: Chapter, words: str, style: str = "") -> None:
        """Draw everything anew, as of the last check."""
        (self._row,) = (row for row in rows if row.chapter == chapter)
        self.query_one("#board", Static).update(_strip(rows, chapter))
        title = f"Chapter {chapter.number} · {chapter.question}"
        self.query_one("#title", Static).update(Text(title))
        self.say(words, style)

    def say(self, words: str, style: str = "") -> None:
        """Draw only what happens, after a mark for each task."""
        line = Text.assemble(" ", board.drawn(self._row.marks), " ", (words, style))
        self.query_one("#state", Static).update(line, layout=False)


def _strip(rows: list[Row], current: Chapter) -> Text:
    """Return the board in a line: a mark and a number a chapter, each to be clicked on."""
    line = Text()
    for row in rows:
        chapter, mark = row.chapter, row.mark
        name = f"{chapter.number} {chapter.slug}" if chapter == current else str(chapter.number)
        chip = Text.assemble(" ", mark, f"{name} ")
        chip.stylize(Style(meta={"stem": chapter.stem}))
        if chapter == current:
            chip.stylize("reverse")
        line.append_text(chip)
    return line


class Main(VerticalScroll):
    """The promises, the first broken one in full, and what belongs to it."""

    has_report = False

    def compose(self) -> ComposeResult:
        """Lay out what comes before the report, the report, and what comes after it."""
        yield Static(id="before")
        yield Static(id="report")
        yield Static(id="after")

    def on_mount(self) -> None:
        """Look again whenever the parts have been laid out: on a busy machine this takes a while."""
        self.watch(self, "virtual_size", self.on_resize, init=False)

    def show(self, elements: Sequence[Element]) -> None:
        """Show a report's elements; its frame has to be in sight."""
        at = [i for i, each in enumerate(elements) if isinstance(each, Frame)] or [len(elements)]
        pieces = [drawn(element) for element in elements]
        self._update(pieces[: at[0]], pieces[at[0] : at[0] + 1], pieces[at[0] + 1 :])

    def show_board(self, rows: list[Row]) -> None:
        """Show the board."""
        self._update([board.table(rows)], [], [])

    def _update(self, *pieces: list[RenderableType]) -> None:
        for name, piece in zip(("#before", "#report", "#after"), pieces, strict=True):
            self.query_one(name, Static).update(Group(*piece))
        self.has_report = bool(pieces[1])
        self.on_resize()

    def on_resize(self) -> None:
        """Bring the report into sight, or the beginning, if there is none."""
        target = self.query_one("#report" if self.has_report else "#before")
        self.call_after_refresh(self.scroll_to_widget, target, top=True, animate=False)


class Aside(VerticalScroll):
    """What a command has said, below the main part or in its place."""

    def compose(self) -> ComposeResult:
        """Lay out the words."""
        self.border_title = " Esc closes this "
        yield Static(id="words")

    def show(self, words: Text, *, fills: bool) -> None:
        """Show words; if they `fill` the screen, from their beginning, else up to their end."""
        self.query_one("#words", Static).update(words)
        self.set_class(fills, "fills")
        self.display = True
        if fills:
            self.scroll_home(animate=False)
        else:
            self.scroll_end(animate=False)
