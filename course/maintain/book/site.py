"""Writes the pages of the book, and has Sphinx make the website of them."""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from course import TITLE
from course.checks.promises import Misconception
from course.maintain.book import glossary, indexes
from course.maintain.book.figures import Figures
from course.maintain.book.pages import Lesson, Links, how_to_clone, lesson_page
from course.maintain.lessons.definitions import Definition, definitions
from course.maintain.lessons.minutes import stated_minutes
from course.maintain.lessons.reading import cells_of
from course.maintain.tools import run_module
from course.model.chapters import ROOT, Chapter, chapters, text_of
from course.model.errors import CourseError, UsageError
from course.model.guesses import questions_of
from course.model.starters import starter
from tests import beliefs as catalogue

HERE = Path(__file__).parent
BUILD = ROOT / "build" / "book"
HTML = BUILD / "html"
NEEDED = ("sphinx", "furo", "myst_parser")  # modules of requirements-book.txt
OURS = ".buildinfo"  # Sphinx's mark in a folder that it has filled
ABOUT = {  # pages from docs/, by name, with their titles in the navigation
    "syllabus": "Syllabus",
    "where-to-go": "Where to go from here",
    "teaching": "Teaching",
    "students": "For students",
    "updating": "Updating",
    "security": "What is protected",
    "accessibility": "Accessibility",
}

MISSING = (  # in the pages that Sphinx and the theme make: what is there, and what should be
    ('<aside class="sidebar-drawer"', r'\g<0> aria-label="Pages"'),
    ('<aside class="toc-drawer[^"]*"', r'\g<0> aria-label="On this page"'),
    ('<th class="head"><p></p></th>', "<td></td>"),
    ('<th class="head', '<th scope="col" class="head'),
    ('(?=<noscript>\n<div class="admonition error">)', "<h1>Search</h1>\n"),
)


@dataclass(frozen=True)
class Built:
    """A website that was built: where, of how many pages, how large, in how many seconds."""

    folder: Path
    pages: int
    octets: int
    largest: Path
    seconds: float

    def __str__(self) -> str:
        size = self.largest.stat().st_size
        return (
            f"{self.pages} pages, {self.octets / 1e6:.1f} MB, built in {self.seconds:.0f} s; the "
            f"largest is {self.largest.relative_to(self.folder)}, {size / 1e3:.0f} kB"
        )


def build(folder: Path) -> Built:
    """Build the book into a folder, which it empties if an earlier book is in it.

    Raises UsageError if something else is there, and CourseError if it cannot be built.
    """
    began = time.monotonic()
    try:
        shutil.rmtree(BUILD / "source", ignore_errors=True)
        _write_sources(BUILD / "source")
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            if not (folder / OURS).exists():
                raise UsageError(f"{folder} holds something else than a book. Name a new folder.")
            shutil.rmtree(folder)
    except OSError as error:
        raise CourseError(f"{error.filename} cannot be written: {error.strerror}.") from None
    _run_sphinx(BUILD / "source", folder)
    for page in folder.rglob("*.html"):
        page.write_text(accessible(page.read_text("utf-8")), "utf-8")
    pages = sorted(folder.rglob("*.html"), key=lambda file: file.stat().st_size)
    octets = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    return Built(folder, len(pages), octets, pages[-1], time.monotonic() - began)


def sources(course: Sequence[Chapter], repository: str = "") -> Iterator[tuple[str, str]]:
    """Yield the name and the text of each file that Sphinx reads."""
    lessons = lessons_of(course)
    defined = definitions(ROOT)
    reference = _reference(lessons, defined)
    figures = Figures()
    links = Links(_page_names(course), repository, glossary.names(defined))
    for lesson in lessons:
        yield f"lessons/{lesson.chapter.slug}.md", lesson_page(lesson, figures, links)
    for name in ABOUT:
        file = f"docs/{name}.md"
        yield f"{name}.md", links.in_text((ROOT / file).read_text("utf-8"), file, name)
    for name, text in reference.items():
        yield f"{name}.md", text
    yield "index.md", _front(course, reference, repository)
    yield "_static/pictures.css", figures.stylesheet()


def accessible(page: str) -> str:
    """Return a page with what Sphinx and the theme leave out, and screen readers need."""
    for found, better in MISSING:
        page = re.sub(found, better, page)
    return page


def repository() -> str:
    """Return the address of the course's repository: as cited, else where CI runs, else ''."""
    cited = re.search(
        r'^repository-code: "?([^"\s]+)', text_of(ROOT / "CITATION.cff"), re.MULTILINE
    )
    here = [os.environ.get(f"GITHUB_{part}", "") for part in ("SERVER_URL", "REPOSITORY")]
    return cited[1] if cited else "/".join(here) * all(here)


def lessons_of(course: Sequence[Chapter]) -> list[Lesson]:
    """Return what the pages of the lessons are made of."""
    return [
        Lesson(
            chapter,
            cells_of(chapter.notebook),
            {question.id: question for question in questions_of(chapter)},
            starter(chapter),
            stated_minutes(chapter),
            before,
            after,
        )
        for before, chapter, after in zip(
            [None, *course[:-1]], course, [*course[1:], None], strict=True
        )
    ]


def _reference(lessons: Sequence[Lesson], defined: Sequence[Definition]) -> dict[str, str]:
    """Return the pages to look things up in, by their names."""
    slugs = {lesson.chapter.slug for lesson in lessons}
    believed = [belief for belief in beliefs() if belief.lesson in slugs]
    found = indexes.index(lessons, believed)
    return {
        "glossary": glossary.glossary_page(glossary.entries(lessons, defined)),
        "misconceptions": indexes.index_of_misconceptions(lessons, believed),
        "standards": indexes.index_of_standards(found),
        "man-pages": indexes.index_of_man_pages(found),
    }


def beliefs() -> list[Misconception]:
    """Return the catalogue of beliefs, by lesson and id."""
    return [each for each in vars(catalogue).values() if isinstance(each, Misconception)]


def _page_names(course: Sequence[Chapter]) -> dict[str, str]:
    lessons = {f"notebooks/{each.stem}.ipynb": f"lessons/{each.slug}" for each in course}
    return lessons | {f"docs/{name}.md": name for name in ABOUT} | {"README.md": "index"}


def _front(course: Sequence[Chapter], reference: dict[str, str], repository: str) -> str:
    rows = [
        f"| [{each.number} · {each.slug}](lessons/{each.slug}.md) | {each.question} "
        "| {} + {} |".format(*stated_minutes(each))
        for each in course
    ]
    return (
        (HERE / "front.md")
        .read_text("utf-8")
        .format(
            title=TITLE,
            clone=f"{how_to_clone(repository)}\n" if repository else "",
            rows="\n".join(rows),
            indexes="\n".join(f"- []({name}.md)" for name in reference),
            chapters="\n".join(f"{c.number} · {c.slug} <lessons/{c.slug}>" for c in course),
            reference="\n".join(reference),
            about="\n".join(f"{title} <{name}>" for name, title in ABOUT.items()),
        )
    )


def _write_sources(folder: Path) -> None:
    for name, text in sources(chapters(), repository()):
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    shutil.copytree(ROOT / "docs" / "images", folder / "images")
    shutil.copytree(HERE / "static", folder / "_static", dirs_exist_ok=True)
    for picture in (ROOT / "docs" / "images").glob("ladder-*.svg"):
        shutil.copy(picture, folder / "_static")
    shutil.copy(HERE / "conf.py", folder)


def _run_sphinx(source: Path, folder: Path) -> None:
    options = ["-W", "--keep-going", "-q", "-E", "-b", "html", "-d", str(BUILD / "doctrees")]
    done = run_module("sphinx", *options, str(source), str(folder))
    if done.returncode:
        raise CourseError(f"Sphinx could not make the book:\n{done.stdout.strip()}")
