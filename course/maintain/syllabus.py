"""Writes docs/syllabus.md from the lessons and the solutions: nothing in it is kept by hand."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from course.maintain.lessons.minutes import stated_minutes
from course.model.abilities import abilities
from course.model.chapters import ROOT, Chapter, chapters, earlier_chapters

SYLLABUS = ROOT / "docs" / "syllabus.md"
WEEKS = 10
DAYS, MINUTES_A_DAY = 2, 300
HEAD = """<!-- Made from the lessons by `python3 -m course readme`. Edit them, not this page. -->

# Syllabus

**Learners need** Python: functions, classes, exceptions, `with`. They need to know nothing of networks.

Minutes are given as *to read and run + to write*, for somebody who rarely gets stuck. In trials,
learners needed an hour and a half to two hours for most chapters.
"""
CHAPTERS = """
## The chapters

*Builds on* names the earlier chapters whose code a chapter uses. Somebody who has not written them
borrows the reference: `python3 -m course borrow echo`.
"""
WEEKLY = """
## {count} weeks

Each week is as long as the others, as far as whole chapters allow.

| week | chapters | minutes |
|---|---|---|
"""
DAILY = """
## 2 days

What fits into two days of five hours, at the pace of somebody who rarely gets stuck. In a workshop,
let participants borrow what they do not finish.

| day | chapters | minutes |
|---|---|---|
"""
EDITION = """
`python3 -m course edition ../workshop --until {slug}` makes a copy of the course that ends there.
"""


def syllabus(root: Path = ROOT) -> str:
    """Return the page."""
    course = chapters(root)
    parts = [HEAD, CHAPTERS, *map(_chapter, course)]
    weeks = even_parts([_total(chapter) for chapter in course], WEEKS)
    parts += [
        WEEKLY.format(count=len(weeks)),
        *_rows([[course[at] for at in week] for week in weeks]),
    ]
    days = first_days(course)
    parts += [DAILY, *_rows(days), EDITION.format(slug=days[-1][-1].slug)]
    return "".join(parts)


def even_parts(lengths: Sequence[int], count: int) -> list[range]:
    """Cut a sequence into parts, in order, so that the longest is as short as it can be."""
    sums = [sum(lengths[:end]) for end in range(len(lengths) + 1)]
    best = [[(sums[end], [range(end)]) for end in range(len(sums))]]
    for _ in range(count - 1):
        before = best[-1]
        row = [
            min(
                (
                    (max(before[cut][0], sums[end] - sums[cut]), [*before[cut][1], range(cut, end)])
                    for cut in range(end + 1)
                ),
                key=lambda found: found[0],
            )
            for end in range(len(sums))
        ]
        best.append(row)
    return [part for part in best[-1][-1][1] if part]


def first_days(course: Sequence[Chapter]) -> list[list[Chapter]]:
    """Return the chapters of each day of a workshop: as many as fit."""
    days: list[list[Chapter]] = [[]]
    left = MINUTES_A_DAY
    for chapter in course:
        if _total(chapter) > left:
            if len(days) == DAYS:
                break
            days.append([])
            left = MINUTES_A_DAY
        days[-1].append(chapter)
        left -= _total(chapter)
    return days


def _total(chapter: Chapter) -> int:
    return sum(stated_minutes(chapter))


def _chapter(chapter: Chapter) -> str:
    reading, writing = stated_minutes(chapter)
    needed = earlier_chapters(chapter.solution)
    builds_on = ", ".join(stem[5:] for stem in needed) or "nothing"
    lines = [
        f"\n### {chapter.number} · {chapter.slug}\n",
        f"{chapter.question}",
        f"{reading} + {writing} minutes. Builds on: {builds_on}.\n",
        "Afterwards you can:\n",
        *(f"- {ability}" for ability in abilities(chapter)),
    ]
    return "\n".join(lines) + "\n"


def _rows(groups: Sequence[Sequence[Chapter]]) -> list[str]:
    return [
        f"| {number} | {', '.join(chapter.slug for chapter in group)} "
        f"| {sum(map(_total, group))} |\n"
        for number, group in enumerate(groups, start=1)
    ]
