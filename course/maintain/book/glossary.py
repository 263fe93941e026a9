"""The glossary of the book: every term that lessons mark, what it means, and which lessons use it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from course.maintain.book.pages import Lesson, heading_anchor, term_anchor
from course.maintain.lessons.definitions import Definition
from course.maintain.lessons.reading import sections
from course.maintain.lessons.terms import CODE, Term, terms
from course.model.chapters import Chapter
from course.model.errors import CourseError

FEW = 9
FENCE = "```````"
HEAD = """# Glossary

The words of the course, from all lessons. Each entry ends with the place where a lesson explains the
word, and the first place in each other lesson that uses it.
"""


@dataclass(frozen=True)
class GlossaryEntry:
    """A term of the glossary: its definition, where it is explained, and where else it is used."""

    definition: Definition
    term: Term
    uses: Sequence[tuple[Chapter, str]]


def entries(lessons: Sequence[Lesson], known: Iterable[Definition]) -> list[GlossaryEntry]:
    """Return the entries of the glossary in alphabetical order.

    Raises CourseError if a term has no definition.
    """
    defined = {(each.slug, each.marked): each for each in known}
    texts = {
        lesson.chapter: [
            (section.title, CODE.sub("code", section.prose).lower())
            for section in sections([*lesson.cells])
        ]
        for lesson in lessons
    }
    found = []
    for lesson in lessons:
        for term in terms(lesson.chapter, [*lesson.cells]):
            definition = defined.get((term.chapter.slug, term.name.lower()))
            if definition is None:
                raise CourseError(
                    f"the term {term.name!r} of the lesson {term.chapter.slug} needs a definition "
                    "in notebooks/glossary.toml."
                )
            found.append(GlossaryEntry(definition, term, [*_uses(definition, term, texts)]))
    return sorted(found, key=lambda entry: _sorted_as(entry.definition.name))


def names(known: Iterable[Definition]) -> dict[str, str]:
    """Return what the glossary calls each term that lessons mark, by the term in small letters."""
    return {each.marked: each.name for each in known}


def glossary_page(found: Sequence[GlossaryEntry]) -> str:
    """Return the page, in MyST Markdown. Sphinx gives each entry an id such as `term-accept-queue`."""
    letters: dict[str, list[GlossaryEntry]] = {}
    for entry in found:
        initial = _sorted_as(entry.definition.name)[0].upper()
        letters.setdefault(initial if initial.isalpha() else "0-9", []).append(entry)
    parts = [HEAD, " · ".join(f"[{letter}](#{_anchor(letter)})" for letter in letters), ""]
    for letter, group in letters.items():
        parts += [f"({_anchor(letter)})=", f"## {letter}", "", f"{FENCE}{{glossary}}"]
        parts += [line for entry in group for line in _entry(entry)]
        parts += [FENCE, ""]
    return "\n".join(parts)


def _uses(
    definition: Definition, term: Term, texts: Mapping[Chapter, Sequence[tuple[str, str]]]
) -> Iterator[tuple[Chapter, str]]:
    """Yield the other lessons that use a term, each with the first heading that does."""
    word = re.compile(rf"\b(?:{definition.written.lower()})\b".replace(r"\ ", r"\s+"))
    for chapter, parts in texts.items():
        if chapter == term.chapter or not _may_use(definition, chapter):
            continue
        heading = next((title for title, text in parts if word.search(text)), None)
        if heading is not None:
            yield chapter, heading


def _may_use(definition: Definition, chapter: Chapter) -> bool:
    return definition.also is None or chapter.slug in definition.also


def _entry(entry: GlossaryEntry) -> Iterator[str]:
    chapter = entry.term.chapter
    place = f"lessons/{chapter.slug}.html#{term_anchor(entry.term.name)}"
    others = "most lessons"
    if len(entry.uses) <= FEW:
        others = ", ".join(
            f"[{other.slug}](lessons/{other.slug}.md#{heading_anchor(heading)})"
            for other, heading in entry.uses
        )
    yield entry.definition.name
    yield f"  {entry.definition.text}"
    yield ""
    yield f'  Explained in <a href="{place}">{chapter.slug}</a>.' + (
        f" Also in {others}." if others else ""
    )
    yield ""


def _sorted_as(name: str) -> str:
    return name.lower().replace("-", " ")


def _anchor(letter: str) -> str:
    return f"letter-{letter[0].lower()}"
