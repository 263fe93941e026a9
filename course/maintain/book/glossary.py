"""The glossary of the book: every term that the lessons mark, what it means, and who uses it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from course.maintain.book.pages import Lesson, heading_anchor, term_anchor
from course.maintain.lessons.reading import sections
from course.maintain.lessons.terms import CODE, Term, terms
from course.model.chapters import ROOT, Chapter, shown
from course.model.errors import CourseError

DEFINITIONS = ROOT / "notebooks" / "glossary.toml"
OPTIONS = {"name", "definition", "written", "also"}
FEW = 9
HEAD = """# Glossary

The words of the course, from all lessons. Each entry ends with the place where a lesson explains the
word, and the first place in each other lesson that uses it.
"""


@dataclass(frozen=True)
class Definition:
    """What `notebooks/glossary.toml` says of a term.

    `marked` is the term as its lesson writes it, and `name` what the glossary calls it. `written` is a
    regular expression for the word in other lessons. `also` names the lessons that use it, None if
    they are found by the word.
    """

    slug: str
    marked: str
    name: str
    text: str
    written: str
    also: tuple[str, ...] | None


@dataclass(frozen=True)
class Entry:
    """A term of the glossary: its definition, where it is explained, and where else it is used."""

    definition: Definition
    term: Term
    uses: Sequence[tuple[Chapter, str]]


def definitions(file: Path = DEFINITIONS) -> list[Definition]:
    """Read the definitions. Raises CourseError, with the place, if they cannot be read."""
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8"))
        return [
            _definition(slug, marked, said)
            for slug, table in tables.items()
            for marked, said in table.items()
        ]
    except OSError as error:
        raise CourseError(f"{shown(file)} cannot be read: {error.strerror}.") from None
    except (ValueError, AttributeError) as error:
        raise CourseError(f"{shown(file)} cannot be read: {error}.") from None


def entries(lessons: Sequence[Lesson], known: Iterable[Definition]) -> list[Entry]:
    """Return the entries of the glossary in alphabetical order.

    Raises CourseError if a term has no definition, a definition no term, or a name is there twice.
    """
    marked = {
        (term.chapter.slug, term.name): term
        for lesson in lessons
        for term in terms(lesson.chapter, [*lesson.cells])
    }
    defined = {(each.slug, each.marked): each for each in known}
    if missing := [f"{name} ({slug})" for slug, name in marked.keys() - defined.keys()]:
        raise CourseError(f"{shown(DEFINITIONS)} does not define {', '.join(sorted(missing))}.")
    if unknown := [f"{name} ({slug})" for slug, name in defined.keys() - marked.keys()]:
        raise CourseError(f"No lesson marks a term {', '.join(sorted(unknown))} with <dfn>.")
    texts = {
        lesson.chapter: [
            (section.title, CODE.sub("code", section.prose))
            for section in sections([*lesson.cells])
        ]
        for lesson in lessons
    }
    found = [
        Entry(defined[key], term, [*_uses(defined[key], term, texts)])
        for key, term in marked.items()
    ]
    found.sort(key=lambda entry: _sorted_as(entry.definition.name))
    called = [entry.definition.name.lower() for entry in found]
    if twice := sorted({name for name in called if called.count(name) > 1}):
        raise CourseError(f"{shown(DEFINITIONS)} has {', '.join(twice)} twice.")
    return found


def glossary_page(found: Sequence[Entry]) -> str:
    """Return the page, in MyST Markdown, without a fault if every lesson has its page."""
    letters: dict[str, list[Entry]] = {}
    for entry in found:
        initial = _sorted_as(entry.definition.name)[0].upper()
        letters.setdefault(initial if initial.isalpha() else "0-9", []).append(entry)
    jumps = " · ".join(f"[{letter}](#{_letter_anchor(letter)})" for letter in letters)
    parts = [HEAD, jumps, ""]
    for letter, group in letters.items():
        parts += [f"({_letter_anchor(letter)})=", f"## {letter}", "", "```````{glossary}"]
        parts += [line for entry in group for line in _entry(entry)]
        parts += ["```````", ""]
    return "\n".join(parts)


def names(known: Iterable[Definition]) -> dict[str, str]:
    """Return what the glossary calls each term that lessons mark."""
    return {each.marked: each.name for each in known}


def _definition(slug: str, marked: str, said: str | dict[str, Any]) -> Definition:
    table = {"definition": said} if isinstance(said, str) else said
    if table.keys() - OPTIONS or "definition" not in table:
        raise ValueError(f"[{slug}] {marked}: it has to have a definition, and may have {OPTIONS}")
    name = str(table.get("name", marked))
    also = table.get("also")
    return Definition(
        slug,
        marked,
        name,
        str(table["definition"]),
        str(table.get("written", re.escape(re.sub(r" \(.*\)$", "", name)) + "s?")),
        None if also is None else tuple(also),
    )


def _uses(
    definition: Definition, term: Term, texts: Mapping[Chapter, Sequence[tuple[str, str]]]
) -> Iterator[tuple[Chapter, str]]:
    """Yield the other lessons that use a term, each with the first heading that does."""
    word = re.compile(rf"\b(?:{definition.written})\b".replace(r"\ ", r"\s+"), re.IGNORECASE)
    for chapter, parts in texts.items():
        if chapter == term.chapter or not _may_use(definition, chapter):
            continue
        heading = next((title for title, text in parts if word.search(text)), None)
        if heading is not None:
            yield chapter, heading
        elif definition.also:
            raise CourseError(f"The lesson {chapter.slug} does not use {definition.name}.")


def _may_use(definition: Definition, chapter: Chapter) -> bool:
    return definition.also is None or chapter.slug in definition.also


def _entry(entry: Entry) -> Iterator[str]:
    chapter = entry.term.chapter
    place = f"lessons/{chapter.slug}.html#{term_anchor(entry.term.name)}"
    where = f'<a href="{place}">{chapter.slug}</a>'
    others = "most lessons"
    if len(entry.uses) <= FEW:
        others = ", ".join(
            f"[{other.slug}](lessons/{other.slug}.md#{heading_anchor(heading)})"
            for other, heading in entry.uses
        )
    yield entry.definition.name
    yield f"  {entry.definition.text}"
    yield ""
    yield f"  Explained in {where}." + (f" Also in {others}." if others else "")
    yield ""


def _sorted_as(name: str) -> str:
    return name.lower().replace("-", " ")


def _letter_anchor(letter: str) -> str:
    return f"letter-{letter[0].lower()}"
