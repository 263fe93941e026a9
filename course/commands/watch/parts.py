"""The parts of the screen, from top to bottom, and two pages that lie over it (`Choose`, `Confirm`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.console import Group
from rich.style import Style
from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Footer, OptionList, Static
from textual.widgets.option_list import Option

from course.model.chapters import Chapter
from course.reports import board
from course.reports.board import Row
from course.reports.elements import Element, Frame, Rows
from course.reports.terminal import drawn


class Head(Vertical):
    """The board in a line, the chapter's question, its tasks, and what happens."""

    _chapter: Chapter | None = None
    _marks = Text()

    def compose(self) -> ComposeResult:
        """Lay out three lines."""
        yield from (Static(id=name) for name in ("board", "title", "state"))

    def draw(self, rows: list[Row], chapter: Chapter, words: str, style: str = "") -> None:
        """Draw everything anew, as of the last check."""
        is_another, self._chapter = chapter != self._chapter, chapter
        self._marks = next(board.drawn(row.marks) for row in rows if row.chapter == chapter)
        self.query_one("#board", Static).update(_strip(rows, chapter), layout=is_another)
        title = Text(f"Chapter {chapter.number} · {chapter.question}")
        self.query_one("#title", Static).update(title, layout=is_another)
        self.say(words, style)

    def say(self, words: str, style: str = "") -> None:
        """Draw only what happens, after a mark for each task."""
        line = Text.assemble(" ", self._marks, " ", (words, style))
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

    _in_sight = "#before"

    def compose(self) -> ComposeResult:
        """Lay out what comes before the report, the report, and what comes after it."""
        yield from (Static(id=name) for name in ("before", "report", "after"))

    def on_mount(self) -> None:
        """Look again whenever the parts have been laid out: on a busy machine this takes a while."""
        self.watch(self, "virtual_size", self.on_resize, init=False)

    def show(self, parts: Sequence[Element | Table]) -> None:
        """Show a report's elements, with its frame or its last rows in sight, or the board."""
        pieces = [drawn(part) for part in parts]
        frames = [place for place, part in enumerate(parts) if isinstance(part, Frame | Rows)]
        at = frames[0] if frames else len(parts)
        self.query_one("#before", Static).update(Group(*pieces[:at]))
        self.query_one("#report", Static).update(Group(*pieces[at : at + 1]))
        self.query_one("#after", Static).update(Group(*pieces[at + 1 :]))
        self._in_sight = "#report" if frames else "#before"
        self.on_resize()

    def on_resize(self) -> None:
        """Bring the report into sight, or the beginning, if there is none."""
        target = self.query_one(self._in_sight)
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
        scroll = self.scroll_home if fills else self.scroll_end
        scroll(animate=False)


class Choose(ModalScreen[str]):
    """The board as a list; choosing a chapter returns its stem, Escape ''."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,l,p,ctrl+c", "dismiss('')", "Back", key_display="Esc"),
    ]

    def __init__(self, rows: list[Row], current: Chapter) -> None:
        super().__init__()
        self._rows = rows
        self._current = current

    def compose(self) -> ComposeResult:
        """Draw the chapters, with the current one highlighted."""
        options = [
            Option(
                Text.assemble(
                    f"{row.chapter.number:>2}  {row.chapter.slug:<14}",
                    (f"{row.state:<16}", "dim"),
                    board.drawn(row.marks),
                ),
                row.chapter.stem,
            )
            for row in self._rows
        ]
        with Vertical() as frame:
            frame.border_title = "Which chapter? ↑ and ↓, then Enter"
            listed = OptionList(*options, markup=False)
            listed.highlighted = [row.chapter for row in self._rows].index(self._current)
            yield listed
        yield Footer(show_command_palette=False)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Return the chapter."""
        self.dismiss(event.option_id or "")


class Confirm(ModalScreen[bool]):
    """A question; returns whether the answer was yes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "dismiss(True)", "Yes"),
        Binding("n", "dismiss(False)", "No"),
        Binding("escape,q,ctrl+c", "dismiss(False)", show=False),
    ]

    def __init__(self, question: str) -> None:
        super().__init__()
        self._question = question

    def compose(self) -> ComposeResult:
        """Draw the question."""
        with Vertical():
            yield Static(Text(self._question))
        yield Footer(show_command_palette=False)
