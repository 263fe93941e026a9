"""`python3 -m course watch`: a screen that checks a chapter whenever you save.

- `screen` is the screen, made of `parts`, with a method for each key;
- `saves` notices when a file of yours has changed;
- `background` does what takes time: checks, which a host carries out in another process, the
  commands that keys run, and JupyterLab.
"""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import closing, suppress

from rich.console import Console

from course.model.chapters import find, find_task
from course.model.errors import CourseError
from course.reports.board import chapter_at_hand
from course.running.hosts import Host


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say which chapter, or which task of it."""
    parser.add_argument("chapter", nargs="?", help="by default the current chapter")
    parser.add_argument("--task", metavar="K", help="only the promises of this task")


def run(options: argparse.Namespace, _console: Console) -> int:
    """Watch a chapter until `q`; the exit status is 0.

    Raises CourseError without a terminal to draw on, or if a package cannot be imported.
    """
    chapter = find(options.chapter) if options.chapter else chapter_at_hand()
    task = find_task(options.task, chapter) if options.task else None
    streams = (sys.stdin, sys.stdout, sys.stderr)
    if not all(stream.isatty() for stream in streams) or os.environ.get("TERM") == "dumb":
        raise CourseError(
            "watch needs a terminal that it can draw on. "
            f"This checks once: python3 -m course check {chapter.slug}"
        )
    try:
        from course.commands.watch.background import Lessons

        with closing(Lessons()) as lessons, closing(Host()) as host:
            with suppress(OSError):  # the first check says so
                host.prepare()  # it imports what it needs, while the screen does the same
            from course.commands.watch.screen import Watch

            Watch(chapter, host, lessons, task).run()
    except ImportError as error:  # the package is there, but not complete
        raise CourseError(
            f"watch cannot start: {error}. "
            "Delete the folder .venv, then run the same command again: it installs everything again."
        ) from None
    return 0
