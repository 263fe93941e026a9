"""Starts the screen where there is a terminal, and leaves nothing behind."""

from __future__ import annotations

import os
import sys
from contextlib import closing
from threading import Thread

from course.board import chapter_at_hand
from course.chapters import ROOT, Chapter
from course.errors import CourseError
from course.progress import Progress


def run(wanted: Chapter | None) -> int:
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
    except ImportError as error:  # `course.bootstrap` has found its name, but not that it is whole
        raise CourseError(
            f"watch cannot start: {error}. "
            "Delete the folder .venv, then run the same command again: it installs all anew."
        ) from None


def _draw(chapter: Chapter) -> int:
    from course.watch.children import Children
    from course.watch.lesson import Lessons

    with closing(Lessons()) as lessons, closing(Children()) as children:
        warming_up = Thread(target=children.prepare)
        warming_up.start()  # while the screen is being imported
        from course.watch.screen import Watch

        Watch(chapter, children, lessons).run()
        warming_up.join()
    return 0
