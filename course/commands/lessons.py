"""`python3 -m course lessons`: run lessons and store their outputs, or write their text forms.

It can also list what lessons hold, without running them: their minutes, terms and citations.
"""

from __future__ import annotations

import argparse

from rich.console import Console

from course.maintain.lessons import edit
from course.maintain.lessons.minutes import table
from course.maintain.lessons.reading import cells_of
from course.maintain.lessons.terms import citations, terms
from course.model.chapters import chapters, find


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say which lessons, and what to do with them."""
    parser.add_argument("chapter", nargs="*", help="by default every chapter")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--text", action="store_true", help="write their text forms into build/")
    what.add_argument(
        "--minutes", action="store_true", help="list the minutes that each part takes"
    )
    what.add_argument("--terms", action="store_true", help="list the terms that they define")
    what.add_argument("--citations", action="store_true", help="list the sources that they cite")


def run(options: argparse.Namespace, console: Console) -> int:
    """Store the lessons; return 1 if one breaks a rule. Or list what was asked for."""
    wanted = [find(name) for name in options.chapter]
    if options.text:
        return edit.write_texts(wanted, console)
    if not (options.minutes or options.terms or options.citations):
        return edit.store(wanted, console)
    lessons = [(chapter, cells_of(chapter.notebook)) for chapter in wanted or chapters()]
    if options.minutes:
        for chapter, cells in lessons:
            console.print(table(cells, chapter))
        return 0
    if options.terms:
        found = [
            f"{term.name}: {term.chapter.slug}, {term.heading}: {term.sentence}"
            for chapter, cells in lessons
            for term in terms(chapter, cells)
        ]
    else:
        found = [
            f"{' '.join((each.source, each.place)).strip()}: {each.chapter.slug}, {each.heading}"
            for chapter, cells in lessons
            for each in citations(chapter, cells)
        ]
    for line in sorted(found, key=str.lower):
        console.print(line, soft_wrap=True, markup=False, highlight=False)
    return 0
