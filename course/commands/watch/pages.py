"""Two pages that lie over the screen: choose a chapter, and a question before something is done."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Footer, OptionList, Static
from textual.widgets.option_list import Option

from course.model.chapters import Chapter
from course.reports.board import Row, drawn


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
                    drawn(row.marks),
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
