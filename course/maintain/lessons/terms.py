"""Collects what lessons define and cite: the glossary's terms, RFCs and man pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from course.maintain.lessons.reading import Cell, Section, cells_of, sections
from course.model.chapters import Chapter, chapters
from course.model.errors import CourseError

DFN = re.compile(r"<dfn>(.+?)</dfn>", re.DOTALL)
SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z`*<(\"'])")
CODE = re.compile(r"^```.*?^```|`[^`]*`", re.MULTILINE | re.DOTALL)
PAGE = re.compile(r"\b([A-Za-z_][\w.-]*)\(([1-8]\w{0,4})\)")  # accept(2), recv(3p)
INNERMOST = re.compile(r"\([^()]*\)")
MENTION = re.compile(r"\bRFC ?\d|⟨")
RFC_ITEM = re.compile(r"(RFC \d+)(?: (§[A-Z\d]+(?:\.\d+)*))?")
PAGE_ITEM = re.compile(r"([A-Za-z_][\w.-]*)⟨(\w+)⟩")
ENTRY_ITEM = re.compile(r"[A-Za-z_]\w+")


@dataclass(frozen=True)
class Term:
    """A term of the glossary, where it is defined, and the sentence that does it."""

    name: str
    chapter: Chapter
    heading: str
    sentence: str


@dataclass(frozen=True)
class Citation:
    """A source, the place in it, and where it is cited.

    The place is a section of an RFC, or an entry of a man page, such as an error or an option. It may
    be empty.
    """

    source: str
    place: str
    chapter: Chapter
    heading: str


def terms(chapter: Chapter, cells: list[Cell]) -> Iterator[Term]:
    """Yield the terms that a lesson defines."""
    for section, text in _prose(cells):
        for paragraph in re.split(r"\n\s*\n", text):
            for sentence in SENTENCE_END.split(paragraph):
                for match in DFN.finditer(sentence):
                    name, said = (" ".join(_plain(part).split()) for part in (match[1], sentence))
                    yield Term(name, chapter, section.title, said)


def citations(chapter: Chapter, cells: list[Cell]) -> Iterator[Citation]:
    """Yield what a lesson cites in parentheses."""
    for section, text in _prose(cells):
        for group in _groups(text):
            for source, place in _sources(group) or []:
                yield Citation(source, place, chapter, section.title)


def term_faults(cells: list[Cell], chapter: Chapter) -> Iterator[str]:
    """Require that a term is defined once in the course, and that citations have their one form."""
    defined: dict[str, str] = {}
    for other in chapters(chapter.root):
        if other != chapter:
            with suppress(CourseError):  # a fault of the other lesson
                others = terms(other, cells_of(other.notebook))
                defined |= {term.name.lower(): f"the lesson {other.slug}" for term in others}
    for term in terms(chapter, cells):
        if where := defined.get(term.name.lower()):
            yield f"the term {term.name!r} is defined in {where} as well"
        defined[term.name.lower()] = f"{term.heading!r}"
    for _section, text in _prose(cells):
        for group in _groups(text):
            if _sources(group) is None:
                shown = PAGE_ITEM.sub(r"\1(\2)", group)
                yield f"({shown}) has to read like (RFC 9293 §3.4.1) or (RFC 9293 §2.2, recv(2))"


def _prose(cells: list[Cell]) -> Iterator[tuple[Section, str]]:
    for section in sections(cells):
        yield section, section.prose


def _plain(text: str) -> str:
    """Remove a text's marks, but not its code."""
    text = re.sub(r"</?\w+[^>]*>|\*+", "", text)
    return re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", text)


def _groups(text: str) -> Iterator[str]:
    """Yield what is in parentheses and mentions a source, from the inside out.

    In what is yielded, accept(2) is written accept⟨2⟩.
    """
    text = PAGE.sub(r"\1⟨\2⟩", CODE.sub("code", re.sub(r"\]\([^)]*\)", "]", text)))
    while found := INNERMOST.findall(text):
        for group in found:
            if MENTION.search(group):
                yield " ".join(group[1:-1].split())
        text = INNERMOST.sub("", text)


def _sources(group: str) -> list[tuple[str, str]] | None:
    """Return the sources and places that a citation names, None if it has another form."""
    found: list[tuple[str, str]] = []
    for item in group.split(", "):
        if match := RFC_ITEM.fullmatch(item):
            found.append((match[1], match[2] or ""))
        elif match := PAGE_ITEM.fullmatch(item):
            found.append((f"{match[1]}({match[2]})", ""))
        elif ENTRY_ITEM.fullmatch(item) and found and found[-1][0].endswith(")"):
            source, place = found.pop()
            if place:
                return None
            found.append((source, item))
        else:
            return None
    return found
