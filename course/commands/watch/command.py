"""Starts the screen where there is a terminal, and leaves nothing behind."""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import closing
from threading import Thread

from rich.console import Console

from course.model.chapters import ROOT, Chapter, find
from course.model.errors import CourseError
from course.model.progress import Progress
from course.reports.board import chapter_at_hand


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say which chapter."""
    parser.add_argument("chapter", nargs="?", help="by default the current chapter")


def run(options: argparse.Namespace, _console: Console) -> int:
    """Watch the chapter that the command line names until `q`; the exit status is 0."""
    return watch(find(options.chapter) if options.chapter else None)


def watch(wanted: Chapter | None) -> int:
    """Watch a chapter (by default the current one) until `q`; the exit status is 0.

    Raises CourseError where there is no terminal that a screen can be drawn on, or no package.
    """
    chapter = wanted or chapter_at_hand(Progress(ROOT))
    streams = (sys.stdin, sys.stdout, sys.stderr)
    if not all(stream.isatty() for stream in streams) or os.environ.get("TERM") == "dumb":
        raise CourseError(
            "watch draws on a terminal, and there is none here. "
            f"This does the same once: python3 -m course check {chapter.number}"
        )
    try:
        return _draw(chapter)
    except ImportError as error:  # its name was found, but not that it is complete
        raise CourseError(
            f"watch cannot start: {error}. "
            "Delete the folder .venv, then run the same command again: it installs all anew."
        ) from None


def _draw(chapter: Chapter) -> int:
    from course.commands.watch.children import Children
    from course.commands.watch.lesson import Lessons

    with closing(Lessons()) as lessons, closing(Children()) as children:
        warming_up = Thread(target=children.prepare)
        warming_up.start()  # while the screen is being imported
        from course.commands.watch.screen import Watch

        Watch(chapter, children, lessons).run()
        warming_up.join()
    return 0
