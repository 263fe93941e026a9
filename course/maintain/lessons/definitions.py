"""What the terms of lessons mean, in words that read alone: `notebooks/glossary.toml`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from course.maintain.lessons.reading import Cell
from course.maintain.lessons.terms import terms
from course.model.chapters import Chapter, shown
from course.model.errors import CourseError

OPTIONS = {"name", "definition", "written", "also"}
MOST_WORDS = 40
IN_BRACKETS = re.compile(r" \(.*\)$")


@dataclass(frozen=True)
class Definition:
    """What a term means.

    `marked` is the term as its lesson writes it, in small letters, and `name` what the glossary calls
    it. `written` is a regular expression for the word in other lessons. `also` names those in
    which the word has this meaning, None if it has no other.
    """

    slug: str
    marked: str
    name: str
    text: str
    written: str
    also: tuple[str, ...] | None


def definitions(root: Path) -> list[Definition]:
    """Read the definitions of a course. Raises CourseError, with the place, if they cannot be read."""
    file = root / "notebooks" / "glossary.toml"
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8"))
        return [
            _definition(slug, marked, said)
            for slug, table in tables.items()
            for marked, said in table.items()
        ]
    except OSError as error:
        raise CourseError(f"{shown(file)} cannot be read: {error.strerror}.") from None
    except (ValueError, AttributeError, TypeError, re.error) as error:
        raise CourseError(f"{shown(file)} cannot be read: {error}.") from None


def definition_faults(cells: list[Cell], chapter: Chapter) -> Iterator[str]:
    """Require that each term of a lesson is defined, and each definition belongs to a term."""
    marked = {term.name.lower(): term.name for term in terms(chapter, cells)}
    try:
        known = definitions(chapter.root)
    except CourseError as error:
        yield str(error)
        return
    own = [each for each in known if each.slug == chapter.slug]
    where = f"notebooks/glossary.toml, [{chapter.slug}]"
    for lower, name in marked.items():
        if lower not in {each.marked for each in own}:
            yield f"the term {name!r} needs a definition in {where}"
    for each in own:
        if each.marked not in marked:
            yield f"{where} defines {each.name!r}, which no <dfn> marks"
        if not each.text.endswith((".", ")")) or len(each.text.split()) > MOST_WORDS:
            yield f"{where}: {each.name!r} has to be sentences of at most {MOST_WORDS} words"
        if [other.name.lower() for other in known].count(each.name.lower()) > 1:
            yield f"{where}: another term is called {each.name!r} as well; give one of them a name"


def _definition(slug: str, marked: str, said: str | dict[str, Any]) -> Definition:
    table = {"definition": said} if isinstance(said, str) else said
    if table.keys() - OPTIONS or "definition" not in table:
        raise ValueError(f"[{slug}] {marked} needs a definition, and may have name, written, also")
    name = str(table.get("name", marked))
    written = str(table.get("written", re.escape(IN_BRACKETS.sub("", name)) + "s?"))
    re.compile(written)
    also = table.get("also")
    return Definition(
        slug,
        marked.lower(),
        name,
        str(table["definition"]),
        written,
        None if also is None else tuple(also),
    )
