"""The lesson in JupyterLab, which closes with the screen."""

from __future__ import annotations

import subprocess
import sys
import webbrowser
from contextlib import suppress

import psutil

from course.model.chapters import ROOT, Chapter
from course.model.errors import CourseError

PATIENCE = 5.0  # s for JupyterLab and its kernels to end by themselves


class Lessons:
    """The JupyterLabs that this screen has opened."""

    def __init__(self) -> None:
        self._opened: list[psutil.Popen] = []

    def open(self, chapter: Chapter) -> None:
        """Start JupyterLab at the chapter's lesson. Raises CourseError if no browser is here."""
        command = ["-m", "course", "lab", str(chapter.number)]
        try:
            webbrowser.get()
        except webbrowser.Error:
            raise CourseError(
                "There is no browser here. In another terminal, this prints an address to open: "
                f"python3 {' '.join(command)} --no-browser"
            ) from None
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
