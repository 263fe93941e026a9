"""The end of a chapter: what you can do now, how to run your program, and what comes next."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import shorten

from course.model.abilities import abilities
from course.model.chapters import Chapter, text_of
from course.model.progress import is_borrowed, is_untouched
from course.reports.board import after
from course.reports.elements import Rows

MOST = 320  # characters of what you can do now: five lines of a terminal


def finish(chapter: Chapter) -> Rows:
    """Return the rows for a chapter whose promises are all kept by the learner's file."""
    return Rows(tuple(_rows(chapter)))


def _rows(chapter: Chapter) -> Iterator[tuple[str, str]]:
    is_own = not is_borrowed(chapter)
    if is_own and (can := abilities(chapter)):
        yield "You can now", shorten("; ".join(can) + ".", MOST, placeholder=" …")
    if "by_hand(" in text_of(chapter.workbench):
        yield "Run it", f"python3 -m chapters.{chapter.stem} --port 8000"
    if is_own and chapter.solution.is_file():
        yield "Compare", f"python3 -m course solution {chapter.slug}"
    if following := after(chapter):
        verb = "lab" if is_untouched(following) else "check"
        yield "Next", f"python3 -m course {verb} {following.slug}"
    else:
        yield "Next", "All chapters are done. What will you build?"
