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
from textual.widgets import Footer, Static

from course.commands.watch.background import Check, Lessons, said
from course.commands.watch.parts import Aside, Choose, Confirm, Head, Main
from course.commands.watch.saves import saves
from course.model.chapters import Chapter, chapters, shown
from course.model.errors import CourseError
from course.model.progress import EXIT_TO_DO, Kind, Progress
from course.reports.board import board, table
from course.reports.outline import body
from course.reports.report import Report
from course.running.hosts import Host
from course.running.orders import Begun


class Watch(App[None]):
    """Checks a chapter, or one task of it, on every save, until `q`."""

    CSS_PATH = "screen.tcss"
    ENABLE_COMMAND_PALETTE = False
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (76, "-wide")]  # noqa: RUF012  (declared by Textual)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("h", "command('hint')", "Hint"),
        Binding("t", "task", "Task"),
        Binding("n", "next", "Next"),
        Binding("l,p", "list", "List"),
        Binding("a", "all", "All"),
        Binding("o", "lesson", "Lesson"),
        Binding("r", "run", "Run"),
        Binding("e", "reset", "Reset"),
        Binding("s", "command('solution')", "Solution"),
        Binding("q", "quit", "Quit"),
        Binding("escape", "close_aside", show=False),
        Binding("ctrl+c", "stop", show=False),
    ]

    def __init__(
        self, chapter: Chapter, host: Host, lessons: Lessons, task: int | None = None
    ) -> None:
        super().__init__(ansi_color=True)
        self._course = chapters()
        self._chapter = chapter
        self._only = task  # the task that is checked; None: all
        self._host = host
        self._lessons = lessons
        self._turn = asyncio.Lock()  # a host runs one suite at a time
        self._check: Check | None = None  # whose report is awaited
        self._kinds: dict[str, Kind] | None = None  # what the last check of this chapter found
        self._command = asyncio.Lock()  # one at a time
        self._remark = ""  # what to say with the report

    def compose(self) -> ComposeResult:
        """Lay out the parts, from top to bottom."""
        yield Head()
        yield Main()
        yield Aside()
        yield Static(id="note")
        yield Footer(show_command_palette=False, compact=True)

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
        """End the check that a thread may wait for."""
        self._stop()
        self._host.close()

    # --- Saves and checks -----------------------------------------------------------------------

    @work
    async def _wait_for_saves(self) -> None:
        async for names in saves(self._chapter.workbench.parent):
            if not self.is_running:
                return
            self.action_run()
            if self._chapter.workbench.name not in names:
                self._remark = f"Saved: {', '.join(names)}. The key l chooses another chapter."

    def _begin(self, chapter: Chapter, task: int | None = None) -> Check:
        """Prepare the check of a chapter or task, in the place of one that is running."""
        self._stop()
        self._check = Check(chapter, self._host, task)
        self._draw(f"Checking {_named(self._check)} …")
        return self._check

    async def _report_of(self, check: Check) -> Report | None:
        """Carry a check out; return None if something else took its place."""
        call = asyncio.get_running_loop().call_soon_threadsafe
        async with self._turn:
            if check is self._check:
                report = await asyncio.to_thread(
                    check.report, lambda begun: call(self._show_begun, check, begun)
                )
        if check is not self._check or not self.is_running:
            return None
        self._check = None
        return report

    def _stop(self) -> None:
        if self._check:
            self._check.stop()
        self._check = None

    # --- Keys -----------------------------------------------------------------------------------

    def action_run(self) -> None:
        """Check the chapter, or the task."""
        self._remark = ""
        self._show_report(self._begin(self._chapter, self._only))

    def action_task(self) -> None:
        """Go from all tasks to the first that is not done, from a task that is done to the next."""
        record = Progress(self._chapter.root).of(self._chapter)
        is_over = self._only is None or record.is_complete(self._only)
        left = [task for task in self._chapter.task_numbers if not record.is_complete(task)]
        self._only = left[0] if is_over and left else None
        self._kinds = None
        self.action_close_aside()
        self.action_run()

    @work
    async def action_all(self) -> None:
        """Check every chapter, and show the board."""
        self.action_close_aside()
        self._note("")
        for chapter in self._course:
            if await self._report_of(self._begin(chapter)) is None:
                return
            rows = board(self._course)
            self.query_one(Main).show([table(rows)])
        done = sum(row.is_done for row in rows)
        self._draw(f"All chapters checked: {done} of {len(rows)} are done.")
        self._note(f"The key r goes back to chapter {self._chapter.number}, l to another one.")

    def on_click(self, event: Click) -> None:
        """Go to the chapter that was clicked on in the board's line."""
        if stem := event.style.meta.get("stem"):
            self.action_show(stem)

    def action_show(self, stem: str) -> None:
        """Go to another chapter."""
        (self._chapter,) = (chapter for chapter in self._course if chapter.stem == stem)
        self._kinds = self._only = None
        self.action_close_aside()
        self._note("")
        self.query_one(Main).show([])
        self.action_run()

    def action_next(self) -> None:
        """Go to the next chapter that is not done, or say that none comes after this one."""
        left, following = self._chapter, self._following()
        if following:
            self.action_show(following[0].stem)
            if not Progress(left.root).has_passed(left):
                self._remark = f"Chapter {left.number} is not done yet: l goes back to it."
        else:
            is_last = left == self._course[-1]
            what = "This is the last chapter." if is_last else "All later chapters are done."
            self._remark = f"{what} The key l chooses another one."
            self._note(self._remark)

    @work
    async def action_list(self) -> None:
        """Go to a chapter that is chosen from the board."""
        if stem := await self.push_screen_wait(Choose(board(self._course), self._chapter)):
            self.action_show(stem)

    @work
    async def action_command(self, name: str) -> None:
        """Run one of the tool's commands on the chapter, one at a time, and show what it says."""
        chapter, width = self._chapter, self.size.width - 2
        async with self._command:
            words, succeeded = await asyncio.to_thread(said, name, chapter, width)
        if not self.is_running:
            return
        if name == "reset":
            self._kinds = None  # so that these words stay, though the check that follows differs
        fills = name == "solution" and succeeded
        self.query_one(Main).display = not fills
        self.query_one(Aside).show(words, fills=fills)

    @work
    async def action_reset(self) -> None:
        """Put the starter back, after a question."""
        question = (
            f"Put the starter of chapter {self._chapter.number} back? "
            "A copy of your file is kept in .course/copies/."
        )
        if await self.push_screen_wait(Confirm(question)):
            self.action_command("reset")

    def action_lesson(self) -> None:
        """Open the lesson in the browser."""
        try:
            self._lessons.open(self._chapter)
            self._note(
                f"Lesson {self._chapter.number} opens in your browser. It closes with watch."
            )
        except CourseError as error:
            self._note(str(error))

    def action_close_aside(self) -> None:
        """Put away what a command has said."""
        self.query_one(Aside).display = False
        self.query_one(Main).display = True

    def action_stop(self) -> None:
        """Stop a check that is running, else leave."""
        if self._check:
            self._stop()
            self._note("")
            self.query_one(Head).say("Stopped. The key r checks again, q leaves.")
        else:
            self.exit()

    # --- What is shown --------------------------------------------------------------------------

    def _show_begun(self, check: Check, begun: Begun) -> None:
        if check is self._check and self.is_running:
            at = f"promise {begun.number} of {begun.total}"
            self.query_one(Head).say(f"Checking {_named(check)}: {at} …")

    @work
    async def _show_report(self, check: Check) -> None:
        if (report := await self._report_of(check)) is None:
            return
        kinds = {verdict.test: verdict.kind for verdict in report.verdicts}
        words, style = report.tick or report.sum, "" if report.status else "green"
        if report.trouble:
            words, style = "The check did not finish", "red"
        self._draw(f"{words}   {time.strftime('%H:%M:%S')}", style)
        self.query_one(Main).show(list(body(report)))
        if self._kinds not in (None, kinds):
            self.action_close_aside()
        self._kinds = kinds
        self._remark = self._remark or self._advice(report)
        self._note(self._remark)

    def _advice(self, report: Report) -> str:
        """Say what to do now, or which key does it."""
        if report.tick:
            return "The key t goes on to the next task, or back to the whole chapter."
        if report.task:
            return f"Only task {report.task} is checked. The key t goes back to all."
        if report.status == EXIT_TO_DO and not report.of(Kind.KEPT):
            file = shown(self._chapter.workbench)
            return f"Write in {file}: each save is checked. o opens the lesson."
        if report.status == 0:
            onward = ", n goes on." if self._following() else "."
            return f"Chapter {self._chapter.number} is done. s shows the reference beside yours{onward}"
        return ""

    def _draw(self, words: str, style: str = "") -> None:
        self.query_one(Head).draw(board(self._course), self._chapter, words, style)

    def _following(self) -> list[Chapter]:
        later = [c for c in self._course if c.number > self._chapter.number]
        return [c for c in later if not Progress(c.root).has_passed(c)]

    def _note(self, words: str) -> None:
        """Show a line above the keys, or none."""
        note = self.query_one("#note", Static)
        note.update(Text(words))
        note.display = bool(words)


def _named(check: Check) -> str:
    return f"task {check.task}" if check.task else f"chapter {check.chapter.number}"
