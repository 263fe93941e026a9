"""The parts of the screen, from top to bottom; each knows how to show what it is given."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Static

from course.commands.watch import drawing
from course.model.chapters import Chapter, chapters
from course.model.progress import Progress


class Head(Vertical):
    """The board in a line, the chapter's question, its tasks, and what happens."""

    def compose(self) -> ComposeResult:
        """Lay out three lines."""
        yield Static(id="board")
        yield Static(id="title")
        yield Static(id="state")

    def draw(self, chapter: Chapter, words: str, style: str = "") -> None:
        """Draw everything anew, as of the last check."""
        self._chapter = chapter
        self._progress = Progress(chapter.root)
        strip = drawing.strip(chapters(), self._progress, chapter)
        self.query_one("#board", Static).update(strip)
        title = f"Chapter {chapter.number} · {chapter.question}"
        self.query_one("#title", Static).update(Text(title))
        self.say(words, style)

    def say(self, words: str, style: str = "") -> None:
        """Draw only what happens."""
        line = drawing.state(self._chapter, self._progress, words, style)
        self.query_one("#state", Static).update(line, layout=False)


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

    def show(self, parts: Sequence[RenderableType]) -> None:
        """Show the parts of a check's story; its first panel is the report."""
        at = next((i for i, part in enumerate(parts) if isinstance(part, Panel)), len(parts))
        pieces = {"#before": parts[:at], "#report": parts[at : at + 1], "#after": parts[at + 1 :]}
        for name, piece in pieces.items():
            self.query_one(name, Static).update(Group(*piece))
        self.has_report = at < len(parts)
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
