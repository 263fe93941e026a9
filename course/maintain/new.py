"""Makes the files of a new chapter, with one task that every step of `test` accepts as it is."""

from __future__ import annotations

import re
from pathlib import Path

from rich.console import Console

from course.maintain.lessons.edit import run, text_form
from course.maintain.move import Move, table
from course.model.chapters import Chapter, chapters, shown
from course.model.errors import CourseError, UsageError
from course.model.starters import derive

TEMPLATE = Path(__file__).with_name("template")
NO_NEXT = "**Next:** nothing yet."
SLUG = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


def make(slug: str, number: int | None, console: Console) -> None:
    """Make a chapter: after the last, or as `number`; then those from there on move up by one.

    Raises UsageError for a slug or a number that cannot be taken, CourseError if something is in the
    way. Nothing has changed then.
    """
    known = chapters()
    following = known[-1].number + 1
    number = following if number is None else number
    if not SLUG.fullmatch(slug):
        raise UsageError(
            f"{slug!r} is not a slug. Use small letters, digits and _, as in four_tuple."
        )
    if slug in {chapter.slug for chapter in known}:
        raise UsageError(f"there is a chapter {slug} already. Choose another slug.")
    if not 1 <= number <= min(following, 99):
        raise UsageError(f"a new chapter's number is from 1 to {following}, not {number}.")
    chapter = Chapter(f"ch{number:02}_{slug}")
    texts = _texts(chapter)
    if there := [file for file in (*texts, chapter.notebook) if file.exists()]:
        raise CourseError(f"{shown(there[0])} exists already. Rename it, then run this again.")
    numbers = {each.number: each.number + (each.number >= number) for each in known}
    question = texts[chapter.solution].partition("\n")[0].partition(". ")[2]
    row = f"| {number} | {slug} | {question} | 8 + 9 |"  # minutes, as the template has them
    move = Move(numbers, row) if number < following else None
    if move:
        move.carry_out()
    try:
        for file, text in texts.items():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        run(chapter)
    except BaseException:
        for file in (*texts, chapter.notebook):
            file.unlink(missing_ok=True)
        if move:
            move.undo()
        raise
    if move:
        move.say(console)
    else:
        readme = chapter.root / "README.md"
        readme.write_text(table(readme.read_text("utf-8"), numbers, row), encoding="utf-8")
    console.print("\nNew, each with an example in it to be replaced:")
    console.print("\n".join(f"  {shown(file)}" for file in (*texts, chapter.notebook)))


def _texts(chapter: Chapter) -> dict[Path, str]:
    """Return the files of a new chapter, but for the notebook, which comes from running the last."""

    def text(name: str) -> str:
        raw = (TEMPLATE / name).read_text(encoding="utf-8")
        raw = raw.replace("ch00_template", chapter.stem).replace("template", chapter.slug)
        return re.sub(r"(?<=[Cc]hapter )0", str(chapter.number), raw)

    return {
        chapter.solution: text("solution.py"),
        chapter.workbench: derive(text("solution.py"), chapter.label),
        chapter.suite: text("suite.py"),
        chapter.mistakes: text("mistakes.py"),
        chapter.questions: text("questions.toml"),
        text_form(chapter): _linked(text("lesson.py"), chapter),
    }


def _linked(lesson: str, chapter: Chapter) -> str:
    """Let a lesson lead to the next one, which is what has its number before the others move."""
    following = [each for each in chapters() if each.number == chapter.number]
    for each in following:
        after = chapter.number + 1
        link = f"[Chapter {after}: {each.question}](ch{after:02}_{each.slug}.ipynb)"
        lesson = lesson.replace(NO_NEXT, f"**Next:** {link}")
    return lesson
