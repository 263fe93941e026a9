"""The screen: the board, the chapter's state, the first broken promise in full, and the keys."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from typing import ClassVar

from rich.text import Text
from textual import work
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.events import Click
from textual.message import Message
from textual.widgets import Footer, Static

from course.commands.watch import drawing
from course.commands.watch.children import Children, Ended, Job
from course.commands.watch.lesson import Lessons
from course.commands.watch.orders import Begun, Checked, News, Order, Refused, Said
from course.commands.watch.pages import Choose, Confirm
from course.commands.watch.panes import Aside, Head, Main
from course.commands.watch.saves import OFTEN, saves
from course.model.chapters import Chapter, chapters, find, shown
from course.model.errors import CourseError
from course.model.progress import Kind, Progress
from course.reports import board

NO_EVENTS = f"This folder does not tell when a file changes: it is looked at every {OFTEN:g} s."


class Told(Message):
    """A child process has told something about its job."""

    def __init__(self, job: Job, news: News | Ended) -> None:
        super().__init__()
        self.job = job
        self.news = news


class Watch(App[None]):
    """Checks a chapter on every save, until `q`."""

    CSS_PATH = "screen.tcss"
    ENABLE_COMMAND_PALETTE = False
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (76, "-wide")]  # noqa: RUF012  (declared by Textual)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("h", "order('hint')", "Hint"),
        Binding("n", "next", "Next"),
        Binding("l,p", "list", "List"),
        Binding("a", "all", "All"),
        Binding("o", "lesson", "Lesson"),
        Binding("r", "run", "Run"),
        Binding("e", "reset", "Reset"),
        Binding("s", "order('solution')", "Solution"),
        Binding("q", "quit", "Quit"),
        Binding("escape", "close_aside", show=False),
        Binding("ctrl+c", "stop", show=False),
    ]

    def __init__(self, chapter: Chapter, children: Children, lessons: Lessons) -> None:
        super().__init__(ansi_color=True)
        self._chapter = chapter
        self._children = children
        self._lessons = lessons
        self._checking: Job | None = None  # the check whose news is awaited
        self._sentence = ""  # the promise that it is at
        self._all: list[Chapter] = []  # the chapters to be checked after it, by the key `a`
        self._kinds: dict[str, Kind] | None = None  # what the last check of this chapter found
        self._ordered: Job | None = None  # the command that is being run
        self._remark = ""  # what to say with the result of the check
        self._polls = False  # whether saves are looked for, because no events arrive

    def compose(self) -> ComposeResult:
        """Lay out the parts, from top to bottom."""
        yield Head()
        yield Main()
        yield Aside()
        yield Static(id="note")
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """Check the chapter, and wait for saves."""
        self.theme = "ansi-dark"  # the terminal's own colours, on its own background
        self.query_one(Main).focus()
        if sys.platform != "win32":
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                asyncio.get_running_loop().add_signal_handler(number, self.exit)
        self.action_run()
        self._wait_for_saves()

    def on_unmount(self) -> None:
        """End the jobs that somebody here may wait for."""
        self._children.close()

    # --- Orders, and what comes of them ---------------------------------------------------------

    @work
    async def _wait_for_saves(self) -> None:
        async for names in saves(self._chapter.workbench.parent, self._say_that_it_polls):
            if not self.is_running:
                return
            self.action_run()
            if self._chapter.workbench.name not in names:
                self._remark = f"Saved: {', '.join(names)}. The key l chooses another chapter."

    @work(thread=True)
    def _carry_out(self, job: Job) -> None:
        for news in self._children.carry_out(job):
            self.post_message(Told(job, news))

    def _check(self, chapter: Chapter) -> None:
        self._stop()
        self._checking = Job(Order("check", chapter.stem))
        self._draw(f"Checking chapter {chapter.number} …")
        self._carry_out(self._checking)

    def _stop(self) -> None:
        if self._checking:
            self._checking.stop()
        self._checking = None
        self._sentence = ""

    def on_told(self, told: Told) -> None:
        """Show what comes of a job."""
        if not self.is_running:
            return  # parts of the screen are gone already
        if told.job is self._ordered:
            self._ordered = None
            self._show_words(told.job.order.verb, told.news)
        elif told.job is not self._checking:
            return
        elif isinstance(told.news, Begun):
            self._sentence = told.news.sentence
            chapter = find(told.job.order.stem)
            at = f"promise {told.news.number} of {told.news.total}"
            self.query_one(Head).say(f"Checking chapter {chapter.number}: {at} …")
        elif self._all:
            self._show_all()
        elif isinstance(told.news, Checked):
            self._show_check(told.news)
        elif isinstance(told.news, Refused | Ended):
            self._show_trouble(told.news)

    def on_click(self, event: Click) -> None:
        """Go to the chapter that was clicked on in the board's line."""
        if stem := event.style.meta.get("stem"):
            self.action_show(stem)

    # --- Keys -----------------------------------------------------------------------------------

    def action_run(self) -> None:
        """Check the chapter."""
        self._all.clear()
        self._remark = ""
        self._note("")
        self._check(self._chapter)

    def action_all(self) -> None:
        """Check every chapter, and show the board."""
        self.action_close_aside()
        self._note("")
        self._all = list(chapters())
        self._check(self._all[0])

    def action_show(self, stem: str) -> None:
        """Go to another chapter."""
        self._chapter = find(stem)
        self._kinds = None
        self.action_close_aside()
        self.query_one(Main).show([])
        self.action_run()

    def action_next(self) -> None:
        """Go to the chapter after this one."""
        left, following = self._chapter, self._following()
        if following:
            self.action_show(following[0].stem)
            if not Progress(left.root).is_done(left):
                self._remark = f"Chapter {left.number} is not done yet: l goes back to it."
        else:
            self._remark = "This is the last chapter. The key l chooses another one."
            self._note(self._remark)

    @work
    async def action_list(self) -> None:
        """Go to a chapter that is chosen from the board."""
        stem = await self.push_screen_wait(Choose(chapters(), self._chapter))
        if stem:
            self.action_show(stem)

    def action_order(self, verb: str) -> None:
        """Run one of the tool's commands on the chapter, one at a time, and show what it says."""
        if self._ordered is None:
            self._ordered = Job(Order(verb, self._chapter.stem, self.size.width - 2))
            self._carry_out(self._ordered)

    @work
    async def action_reset(self) -> None:
        """Put the starter back, after a question."""
        question = (
            f"Put the starter of chapter {self._chapter.number} back? "
            "A copy of your file is kept in .course/copies/."
        )
        if await self.push_screen_wait(Confirm(question)):
            self.action_order("reset")

    def action_lesson(self) -> None:
        """Open the lesson in the browser."""
        try:
            self._lessons.open(self._chapter)
        except CourseError as error:
            self._note(str(error))
            return
        self._note(
            f"Lesson {self._chapter.number} opens in your browser. It closes with this screen."
        )

    def action_close_aside(self) -> None:
        """Put away what a command has said."""
        self.query_one(Aside).display = False
        self.query_one(Main).display = True

    def action_stop(self) -> None:
        """Stop a check that is running, else leave."""
        if self._checking is None:
            self.exit()
            return
        self._stop()
        self._all.clear()
        self.query_one(Head).say("Stopped. The key r checks again, q leaves.")

    # --- What is shown --------------------------------------------------------------------------

    def _show_check(self, checked: Checked) -> None:
        self._stop()
        style = "green" if checked.complete else ""
        self._draw(f"{checked.summary}   {time.strftime('%H:%M:%S')}", style)
        self.query_one(Main).show([*self._praise(checked), *checked.parts])
        if self._kinds not in (None, checked.kinds):
            self.action_close_aside()
        self._kinds = checked.kinds
        if not self._remark and set(checked.kinds.values()) == {Kind.TO_DO}:
            file = shown(self._chapter.workbench)
            self._remark = f"Write in {file}: each save is checked. o: the lesson."
        self._note(self._remark)

    def _praise(self, checked: Checked) -> list[Text]:
        """Say first that the chapter is done: below, the promises may fill more than the screen."""
        if not checked.complete:
            return []
        done = f" Chapter {self._chapter.number} is done. s shows the reference beside yours"
        onward = ", n goes on." if self._following() else "."
        return [Text(f"{done}{onward}\n", "bold green")]

    def _show_trouble(self, news: Refused | Ended) -> None:
        panel = drawing.trouble(self._chapter, news, self._sentence)
        self._stop()
        self.action_close_aside()
        self._draw(f"Not checked to the end   {time.strftime('%H:%M:%S')}", "red")
        self.query_one(Main).show([panel])
        self._note(self._remark)

    def _show_all(self) -> None:
        self._all.pop(0)
        progress = Progress(self._chapter.root)
        self.query_one(Main).show([board.table(chapters(), progress)])
        if self._all:
            self._check(self._all[0])
            return
        self._stop()
        done = sum(progress.is_done(chapter) for chapter in chapters())
        self._draw(f"All chapters checked: {done} of {len(chapters())} are done.")
        self._note(f"The key r goes back to chapter {self._chapter.number}, l to another one.")

    def _show_words(self, verb: str, news: News | Ended) -> None:
        match news:
            case Said(text):
                words = Text.from_ansi(text.replace("The same command", "The key h"))
            case Refused(line):
                words = Text(line, "yellow")
            case _:
                words = Text(
                    f"The process ended. Does this work: python3 -m course {verb}", "yellow"
                )
        if verb == "reset":
            self._kinds = None  # so that these words stay, though the check that follows differs
        fills = verb == "solution" and isinstance(news, Said)
        self.query_one(Main).display = not fills
        self.query_one(Aside).show(words, fills=fills)

    def _draw(self, words: str, style: str = "") -> None:
        self.query_one(Head).draw(self._chapter, words, style)

    def _following(self) -> list[Chapter]:
        return [c for c in chapters() if c.number > self._chapter.number]

    def _say_that_it_polls(self) -> None:
        self._polls = True
        self._note("")

    def _note(self, words: str) -> None:
        """Show a line above the keys, or none."""
        lines = [line for line in (words, NO_EVENTS if self._polls else "") if line]
        note = self.query_one("#note", Static)
        note.update(Text("\n".join(lines)))
        note.display = bool(lines)
