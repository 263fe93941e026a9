"""`check(5)`: a chapter is checked by a process of its own, which ends with the check."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import time
from contextlib import suppress
from threading import Thread

from course.commands.lab import environment
from course.model.chapters import ROOT, Chapter, find
from course.model.errors import CourseError
from course.setup import venv

from .shown import Shown, line, refusal

LONGEST_SILENCE = 10.0  # s between two lines of the process; the engine gives one promise 2.5
LOOK = 0.1  # s between two looks: on Windows nothing interrupts the kernel while it waits
GRACE = 1.0  # s for a process to be gone once its output has ended
PATIENCE = 2.0  # s for a killed process to be gone

Lines = queue.Queue[str]


def check(chapter: int | str | None = None) -> Shown:
    """Check a chapter (without one: the current), and return what `python3 -m course check` says.

    Your code cannot harm the notebook: it runs elsewhere, and is ended when it gives no sign of
    life, or when you interrupt the cell.
    """
    if missing := venv.missing(venv.LEARNERS, sys.path):
        return line(
            f"The checks need {', '.join(missing)}, which the Python of this notebook does not "
            "have. Open the lesson with `python3 -m course lab`, or choose the kernel in .venv."
        )
    try:
        return _checked(_current() if chapter is None else find(str(chapter)))
    except (CourseError, OSError) as error:  # OSError: no process could be started
        return refusal(error)


def _current() -> Chapter:
    from course.model.progress import Progress
    from course.reports.board import chapter_at_hand

    return chapter_at_hand(Progress(ROOT))


def _checked(chapter: Chapter) -> Shown:
    process = subprocess.Popen(
        [sys.executable, "-m", f"{__package__}.child", chapter.stem],
        cwd=ROOT,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
    )
    lines: Lines = queue.Queue()
    reader = Thread(target=_read, args=[process, lines], daemon=True)
    reader.start()
    try:
        return _outcome(chapter, process, lines)
    except KeyboardInterrupt:
        return line(f"Stopped. Chapter {chapter.number} was not checked to the end.")
    finally:
        _end(process)
        reader.join(PATIENCE)


def _read(process: subprocess.Popen[str], lines: Lines) -> None:
    assert process.stdout
    with process.stdout:
        for text in process.stdout:
            if text.endswith("\n"):  # else the process died while it wrote
                lines.put(text)
    lines.put("")


def _outcome(chapter: Chapter, process: subprocess.Popen[str], lines: Lines) -> Shown:
    """Follow the process from promise to promise to its report, or to its end without one."""
    sentence = ""
    while text := _next(lines):
        news = json.loads(text)
        if "body" in news:
            return Shown(**news)
        if "refused" in news:
            return refusal(news["refused"])
        sentence = news["at"]
    return _trouble(chapter, process, sentence)


def _next(lines: Lines) -> str:
    """Return the next line, or nothing at the end or after too long a silence."""
    patience = time.monotonic() + LONGEST_SILENCE
    while time.monotonic() < patience:
        with suppress(queue.Empty):
            return lines.get(timeout=LOOK)
    return ""


def _trouble(chapter: Chapter, process: subprocess.Popen[str], sentence: str) -> Shown:
    """Say that the check came to no end, at this promise, as `watch` says it."""
    from course.commands.watch.children import Ended
    from course.commands.watch.drawing import trouble

    from .page import page

    with suppress(subprocess.TimeoutExpired):
        process.wait(GRACE)
    silent = process.returncode is None
    return page([trouble(chapter, Ended(process.returncode or 0, silent), sentence)])


def _end(process: subprocess.Popen[str]) -> None:
    """End the process, and on Linux and macOS all that it has started."""
    if sys.platform != "win32":
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.wait(PATIENCE)
