"""The indexes of the book: misconceptions, sections of standards, man pages and documentation."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from course.checks.promises import Misconception
from course.maintain.book.pages import Lesson, heading_anchor
from course.maintain.book.sources import Authority, mentions, sources
from course.maintain.lessons.reading import headings, sections
from course.model.chapters import Chapter

SPECIAL = re.compile(r"([\\*_\[\]<>#|~$&{}])")
MISCONCEPTIONS = """---
tocdepth: 2
---

# Misconceptions

What learners believe, and what is true instead: {count} beliefs, by the lesson that shows the truth,
and by the place there. When a check fails, its report names the belief that most often causes this
failure. Each belief has an id, which stays, and an address of its own: `misconceptions.html#m03`.

To find what is believed of one rule, look for its section among the [standards](standards.md).
"""
STANDARDS = """---
tocdepth: 2
---

# Standards

Every section of a standard that the course relies on: where it is used in the lessons, and the
[misconceptions](misconceptions.md) that it corrects.
"""
MAN_PAGES = """---
tocdepth: 2
---

# Man pages and documentation

Every man page, and every part of a documentation, that the course relies on: where it is used in the
lessons, and the [misconceptions](misconceptions.md) that it corrects.
"""


@dataclass
class Uses:
    """Where a source is used: headings of lessons, each once, and beliefs."""

    headings: dict[tuple[Chapter, str], None] = field(default_factory=dict)
    beliefs: list[Misconception] = field(default_factory=list)


Index = dict[Authority, Uses]


def index(lessons: Sequence[Lesson], beliefs: Iterable[Misconception]) -> Index:
    """Return every source that lessons, their questions and beliefs name, and where."""
    found: Index = {}
    for lesson in lessons:
        texts = [(section.title, section.prose) for section in sections([*lesson.cells])]
        texts += [(each.see, each.because) for each in lesson.questions.values()]
        for title, text in texts:
            for source in sources(text):
                found.setdefault(source, Uses()).headings[lesson.chapter, title] = None
    for belief in beliefs:
        for source in {mention.source: None for mention in mentions(belief.authority)}:
            found.setdefault(source, Uses()).beliefs.append(belief)
    return found


def index_of_misconceptions(lessons: Sequence[Lesson], beliefs: Sequence[Misconception]) -> str:
    """Return the page of all beliefs, by lesson and by the heading that shows the truth."""
    parts = [MISCONCEPTIONS.format(count=len(beliefs))]
    jumps = [
        f"[{lesson.chapter.slug}](#{heading_anchor(_lesson_title(lesson.chapter))})"
        for lesson in lessons
    ]
    parts.append(" · ".join(jumps) + "\n")
    for lesson in lessons:
        chapter = lesson.chapter
        parts.append(f"## {_escaped(_lesson_title(chapter))}\n\n{_escaped(chapter.question)}\n")
        for heading in headings([*lesson.cells]):
            here = [
                belief
                for belief in beliefs
                if (belief.lesson, belief.see) == (chapter.slug, heading)
            ]
            if here:
                parts.append(f"### {_to_heading(chapter, heading)}\n")
                parts += map(_belief, here)
    return "\n".join(parts)


def index_of_standards(found: Index) -> str:
    """Return the page of RFCs, PEPs and other standards: by section, where each is used."""
    names = [*_names(found, "RFC "), *_names(found, "PEP |.* Standard")]
    return "\n".join([STANDARDS, _jumps(names), *(_part(name, found) for name in names)])


def index_of_man_pages(found: Index) -> str:
    """Return the page of man pages, and of the documentation of Python and SQLite."""
    names = _names(found, "Python |SQLite")
    pages = [source for source in found if source.kind == "PAGE"]
    pages.sort(key=lambda source: (source.name.lower().lstrip("_"), source.place.lower()))
    parts = [_heading("Man pages", "Man pages"), *_places(pages, found)]
    parts += [_part(name, found) for name in names]
    return "\n".join([MAN_PAGES, _jumps(["Man pages", *names]), *parts])


def _names(found: Index, pattern: str) -> list[str]:
    return sorted({each.name for each in found if re.match(pattern, each.name)}, key=_natural)


def _jumps(names: Iterable[str]) -> str:
    return " · ".join(f"[{name}](#{_anchor(name)})" for name in names) + "\n"


def _part(name: str, found: Index) -> str:
    group = [source for source in found if source.name == name]
    group.sort(key=lambda source: _natural(source.place.lower()))
    whole = Authority(group[0].kind, name)
    title = _linked(whole, name) + (f" · {_escaped(whole.title)}" if whole.title else "")
    return "\n".join([_heading(name, title), *_places(group, found)])


def _heading(name: str, title: str) -> str:
    return f"({_anchor(name)})=\n## {title}\n"


def _anchor(name: str) -> str:
    return name.lower().replace(" ", "-")


def _places(group: Iterable[Authority], found: Index) -> Iterator[str]:
    for source in group:
        uses = found[source]
        lines = [*_by_lesson(uses.headings), *map(_reference, uses.beliefs)]
        yield "\n".join([_place(source), *(f": {line}" for line in lines), ""])


def _by_lesson(headings: Iterable[tuple[Chapter, str]]) -> Iterator[str]:
    grouped: dict[Chapter, list[str]] = {}
    for chapter, title in headings:
        grouped.setdefault(chapter, []).append(_to_heading(chapter, title))
    for chapter, links in grouped.items():
        yield f"*{_escaped(chapter.slug)}*: {', '.join(links)}"


def _reference(belief: Misconception) -> str:
    return f"[{belief.id}](misconceptions.md#{belief.id.lower()}) “{_escaped(belief.belief)}”"


def _belief(belief: Misconception) -> str:
    anchor = belief.id.lower()
    return (
        f"({anchor})=\n**“{_escaped(belief.belief)}”** [{belief.id}](#{anchor})\\\n"
        f"In fact: {_escaped(belief.truth)}\\\n*{_with_links(belief.authority)}*\n"
    )


def _with_links(authority: str) -> str:
    parts, end = [], 0
    for mention in mentions(authority):
        parts.append(_escaped(authority[end : mention.start]))
        parts.append(_linked(mention.source, authority[mention.start : mention.end]))
        end = mention.end
    return "".join([*parts, _escaped(authority[end:])])


def _linked(source: Authority, words: str) -> str:
    return f"[{_escaped(words)}](<{source.address}>)" if source.address else _escaped(words)


def _place(source: Authority) -> str:
    if source.kind == "PAGE":
        return _linked(source, ", ".join(filter(None, (source.name, source.place))))
    if not source.place:
        return "As a whole"
    if source.kind == "TITLED":
        return _linked(source, source.place)
    number = f"Appendix {source.place}" if source.place[0].isalpha() else f"§{source.place}"
    return f"{_linked(source, number)} {_escaped(source.title)}"


def _to_heading(chapter: Chapter, title: str) -> str:
    words = "at the beginning" if title.startswith(f"Chapter {chapter.number} ") else title
    return f"[{_escaped(words)}](lessons/{chapter.slug}.md#{heading_anchor(title)})"


def _lesson_title(chapter: Chapter) -> str:
    return f"{chapter.number} · {chapter.slug}"


def _natural(name: str) -> list[tuple[int, int, str]]:
    """Return a key by which §10 comes after §9, and appendices after sections."""
    pieces = re.findall(r"\d+|[^\d.]+", name)
    return [(not each.isdigit(), int(each) if each.isdigit() else 0, each) for each in pieces]


def _escaped(text: str) -> str:
    """Escape what Markdown would take for marks, but not in code."""
    pieces = re.split(r"(`[^`]*`)", text)
    pieces[::2] = [SPECIAL.sub(r"\\\1", piece) for piece in pieces[::2]]
    return "".join(pieces)
