"""What goes on beside the screen: checks and the keys' commands, in threads, and JupyterLab."""

from __future__ import annotations

import io
import subprocess
import sys
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass

import psutil
from rich.console import Console
from rich.text import Text

from course.model.chapters import ROOT, Chapter
from course.model.errors import CourseError
from course.model.my_lessons import provide
from course.model.progress import Progress, digest
from course.model.workbench import reset
from course.reports.comparison import comparison
from course.reports.hints import hint
from course.reports.report import Report, collect
from course.running.hosts import Host
from course.running.orders import Begun, News, Order

PATIENCE = 5.0  # s for JupyterLab and its kernels to end by themselves
COMMANDS: dict[str, Callable[[Chapter, Console], object]] = {
    "hint": lambda chapter, console: hint(chapter, console, next_by="The key h"),
    "reset": reset,
    "solution": lambda chapter, console: console.print(comparison(chapter)),
}


@dataclass
class Check:
    """A check of a chapter, or of one task, which can be stopped at any moment."""

    chapter: Chapter
    host: Host
    task: int | None = None
    is_stopped: bool = False

    def stop(self) -> None:
        """End the check."""
        self.is_stopped = True
        self.host.stop()

    def report(self, tell: Callable[[Begun], object]) -> Report:
        """Carry it out, and note what was found if it is about the file as it is now.

        `tell` hears which promise has begun.
        """
        chapter = self.chapter
        before = digest(chapter)
        try:
            report = collect(chapter, chapter.workbench, self._news(), tell, task=self.task)
        except (CourseError, OSError) as error:
            why = str(error)
            if isinstance(error, OSError):
                why = f"No process could be started: {error}. Leave with q, and try again."
            return Report(chapter, chapter.workbench, (), {}, 0.0, trouble=(why, ""))
        if digest(chapter) == before:
            report.note(Progress(chapter.root))
        return report

    def _news(self) -> Iterator[News]:
        for piece in self.host.run(Order(self.chapter.stem, task=self.task)):
            if self.is_stopped:
                self.host.stop()  # again: the first time, the suite may not have begun
            yield piece


def said(command: str, chapter: Chapter, width: int) -> tuple[Text, bool]:
    """Run a command; return what it printed, `width` columns wide, and whether it succeeded."""
    out = io.StringIO()  # no terminal: nothing asks, nothing pages
    console = Console(file=out, width=width, color_system="standard", highlight=False, markup=False)
    try:
        COMMANDS[command](chapter, console)
    except (CourseError, OSError) as error:
        return Text(str(error), "yellow"), False
    return Text.from_ansi(out.getvalue().strip("\n")), True


class Lessons:
    """The JupyterLabs that this screen has opened."""

    def __init__(self) -> None:
        self._opened: list[psutil.Popen] = []

    def open(self, chapter: Chapter) -> None:
        """Start JupyterLab at the chapter's lesson.

        Raises CourseError if no browser is here, or your copy of the lesson cannot be opened.
        """
        command = ["-m", "course", "lab", chapter.slug]
        try:
            webbrowser.get()
        except webbrowser.Error:
            raise CourseError(
                "There is no browser here. In another terminal, this prints an address to open: "
                f"python3 {' '.join(command)} --no-browser"
            ) from None
        provide(chapter)
        self.start([sys.executable, *command])

    def start(self, command: list[str]) -> None:
        """Start a command that `close` ends, with everything that it has started."""
        nowhere = subprocess.DEVNULL
        started = psutil.Popen(
            command, cwd=ROOT, stdin=nowhere, stdout=nowhere, stderr=nowhere, start_new_session=True
        )
        self._opened.append(started)

    def close(self) -> None:
        """End them, first by asking."""
        running: list[psutil.Process] = []
        for opened in self._opened:
            with suppress(psutil.NoSuchProcess):
                running += [*opened.children(recursive=True), opened]
        if running:
            print("JupyterLab is closing.")
        for end in (psutil.Process.terminate, psutil.Process.kill):
            for process in running:
                with suppress(psutil.NoSuchProcess):
                    end(process)
            _, running = psutil.wait_procs(running, PATIENCE)
