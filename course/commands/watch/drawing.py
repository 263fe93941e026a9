"""What the screen shows, made of the same pieces as `status` and `check`."""

from __future__ import annotations

import signal

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.style import Style
from rich.text import Text

from course.commands.watch.children import Ended
from course.commands.watch.orders import LONGEST_SILENCE, Refused
from course.model.chapters import Chapter
from course.model.progress import Kind, Progress
from course.reports.board import BROKEN, DONE, OPEN, marks
from course.reports.explanation import WIDTH

BEGUN = "□"


def strip(course: tuple[Chapter, ...], progress: Progress, current: Chapter) -> Text:
    """Return the board in a line: a mark and a number a chapter, each to be clicked on."""
    line = Text()
    for chapter in course:
        mark, style = _mark(chapter, progress)
        name = f"{chapter.number} {chapter.slug}" if chapter == current else str(chapter.number)
        chip = Text.assemble(" ", (mark, style), f"{name} ")
        chip.stylize(Style(meta={"stem": chapter.stem}))
        if chapter == current:
            chip.stylize("reverse")
        line.append_text(chip)
    return line


def _mark(chapter: Chapter, progress: Progress) -> tuple[str, str]:
    record = progress.of(chapter)
    if progress.is_done(chapter):
        return DONE, "green"
    if record.has(Kind.BROKEN):
        return BROKEN, "red"
    return (BEGUN, "yellow") if record.kept() else (OPEN, "dim")


def state(chapter: Chapter, progress: Progress, words: str, style: str = "") -> Text:
    """Return the chapter's tasks as marks, and what there is to say about it."""
    return Text.assemble(" ", marks(chapter, progress), " ", (words, style))


def trouble(chapter: Chapter, news: Refused | Ended, promise: str) -> RenderableType:
    """Return what to show when a check came to no end; `promise` is the one it was at."""
    title = f"chapter {chapter.number} was not checked to the end"
    words = Text(news.line) if isinstance(news, Refused) else _ending(news, promise)
    return Panel(words, title=title, title_align="left", border_style="red", width=WIDTH)


def _ending(news: Ended, promise: str) -> RenderableType:
    if news.silent:
        what = f"Python itself gave no sign of life for {LONGEST_SILENCE:g} seconds."
        why = "Is there a calculation without end, or an enormous one, inside a single call?"
    elif news.status < 0:
        name = signal.Signals(-news.status).name
        what = f"The system ended the process that your code ran in ({name})."
        why = "Did it ask for more memory than there is, or kill itself?"
    else:
        what = f"Your code ended the whole process, with status {news.status}."
        why = "Something in it leaves Python without a word."
    at = f"It was at this promise: {promise}" if promise else "No promise had begun."
    return Group(Text(what, style="bold"), Text(at), "", Text(why))
