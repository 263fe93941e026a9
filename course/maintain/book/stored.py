"""Checks of the website as it is stored, without a browser: links, hosts, solutions, paths."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from posixpath import normpath
from urllib.parse import unquote, urlsplit

from course.maintain.book.faults import Fault
from course.maintain.book.markup import Markup, loaded_by_css
from course.maintain.lessons.reading import cells_of, output_text, source
from course.model.chapters import ROOT, Chapter, text_of
from course.model.starters import starter

ANYWHERE = ("", "top")  # fragments that every page has
NO_FILE = ("data", "mailto", "javascript")

Pages = Mapping[str, Markup]


def read_pages(site: Path) -> dict[str, Markup]:
    """Read every page of a website, by its name."""
    return {
        file.relative_to(site).as_posix(): Markup(file.read_text("utf-8"))
        for file in sorted(site.rglob("*.html"))
    }


def check(site: Path, pages: Pages, course: Sequence[Chapter]) -> list[Fault]:
    """Return all that is wrong with the files of a website."""
    return [
        *links(site, pages),
        *hosts(site, pages),
        *solutions(pages, course),
        *paths(site),
    ]


def links(site: Path, pages: Pages) -> Iterator[Fault]:
    """Yield links that lead nowhere, and ids of which a page has several."""
    for page, markup in pages.items():
        for link in {*markup.links, *markup.loads}:
            if is_internal(link) and (what := _dead(site, pages, page, link)):
                yield Fault(page, "links", what)
        for name, count in Counter(markup.ids).items():
            if count > 1:
                yield Fault(page, "links", f"#{name} is there {count} times")


def is_internal(link: str) -> bool:
    """Tell whether a link leads to a file of the website."""
    parts = urlsplit(link)
    return not (parts.netloc or parts.scheme)


def _dead(site: Path, pages: Pages, page: str, link: str) -> str:
    parts = urlsplit(link)
    target = normpath(f"{page}/../{unquote(parts.path)}") if parts.path else page
    if (site / target).is_dir():
        target = normpath(f"{target}/index.html")
    if target.startswith("..") or not (site / target).is_file():
        return f"{link} leads to no file"
    fragment = unquote(parts.fragment)
    if target in pages and fragment not in (*ANYWHERE, *pages[target].ids):
        return f"{link} leads to no place in {target}"
    return ""


def hosts(site: Path, pages: Pages) -> Iterator[Fault]:
    """Yield what a page or a style sheet loads from another host."""
    loads = [(page, markup.loads) for page, markup in pages.items()]
    loads += [
        (file.relative_to(site).as_posix(), loaded_by_css(file.read_text("utf-8")))
        for file in sorted(site.rglob("*.css"))
    ]
    for page, found in loads:
        for link in dict.fromkeys(found):
            if not is_internal(link) and urlsplit(link).scheme not in NO_FILE:
                yield Fault(page, "hosts", f"{link} is loaded from elsewhere")


def solutions(pages: Pages, course: Sequence[Chapter]) -> Iterator[Fault]:
    """Yield lines of code that are of a solution, and that no starter, lesson or document shows."""
    shown = "\n".join(text for chapter in course for text in _shown(chapter))
    shown += "\n".join(text_of(file) for file in (ROOT / "docs").glob("*.md"))
    for chapter in course:
        answers = _lines(text_of(chapter.solution)) - _lines(starter(chapter))
        for page, markup in pages.items():
            for line in sorted(answers & markup.code):
                if line not in shown:
                    yield Fault(page, "solutions", f"`{line}` is of the solution of {chapter.slug}")


def _shown(chapter: Chapter) -> Iterator[str]:
    """Yield all that learners see of a chapter before they have written anything."""
    yield starter(chapter)
    yield text_of(chapter.notebook.with_suffix(".toml"))
    for cell in cells_of(chapter.notebook):
        yield source(cell)
        yield output_text(cell) if "outputs" in cell else ""


def _lines(text: str) -> set[str]:
    return {line.strip() for line in text.splitlines()} - {""}


def paths(site: Path) -> Iterator[Fault]:
    """Yield files that name folders of the machine where the website was built."""
    folders = [f"{folder}/" for folder in (ROOT, Path.home()) if folder != Path("/")]
    for file in sorted(site.rglob("*")):
        content = file.read_bytes() if file.is_file() else b""
        for folder in folders:
            if folder.encode() in content:
                what = f"{folder} is a folder of the machine where it was built"
                yield Fault(file.relative_to(site).as_posix(), "paths", what)


def counts(pages: Pages) -> dict[str, int]:
    """Return how many links there are, within the website and to others."""

    def count(which: Callable[[str], bool]) -> int:
        return sum(which(link) for markup in pages.values() for link in markup.links)

    inside = count(is_internal)
    return {"links": inside, "links elsewhere": count(lambda link: not is_internal(link))}
