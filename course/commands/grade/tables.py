"""Reads the tables that a teacher gives: a roster and points."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from course.commands.grade.grade import Grade
from course.commands.grade.submissions import by_platform
from course.model.chapters import Chapter, find, find_task
from course.model.errors import UsageError

CANVAS = "Section"  # in an export of Canvas, the assignments come after this column
NOT_A_LEARNER = ("points possible", "student, test")
NUMBERED = re.compile(r"(.+?)_(\d+)")


@dataclass(frozen=True)
class Roster:
    """Who should be there: the columns that say who they are, and a row for each."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]

    def name(self, row: int) -> str:
        """Return how a learner is called in a note: what is not empty, from the left."""
        filled = [cell for cell in self.rows[row] if cell.strip()]
        return " ".join(filled[:2])

    def match(self, submissions: Iterable[str]) -> dict[int, list[str]]:
        """Return the submissions of each row. What could be two learners' belongs to nobody."""
        rows_of = defaultdict(set)
        for number, row in enumerate(self.rows):
            for key in _row_keys(row):
                rows_of[key].add(number)
        found: dict[int, list[str]] = {number: [] for number in range(len(self.rows))}
        for name in submissions:
            rows = [rows_of[key] for key in _submission_keys(name) if len(rows_of[key]) == 1]
            if rows and len(set.union(*rows)) == 1:
                found[next(iter(rows[0]))].append(name)
        return found


def read_roster(file: Path) -> Roster:
    """Read a table with a head: an export of Moodle or Canvas, or one of the teacher's own."""
    head, rows = _read("--roster", file)
    if {"Student", CANVAS} <= set(head):
        head = head[: head.index(CANVAS) + 1]
    kept = [
        tuple((row + [""] * len(head))[: len(head)])
        for _, row in rows
        if not row[0].strip().lower().startswith(NOT_A_LEARNER)
    ]
    if not kept:
        raise UsageError(f"--roster: {file} names nobody below its first line.")
    return Roster(head, kept)


class Points:
    """How much chapters and tasks count: every chapter 1, if nothing else is said."""

    def __init__(self, of: Mapping[tuple[Chapter, int | None], float]) -> None:
        self._of = of

    def total(self, chapter: Chapter) -> float:
        """Return what a chapter is worth when every promise is kept."""
        if not self._of:
            return 1.0
        return sum(points for (each, _), points in self._of.items() if each == chapter)

    def share(self, grade: Grade) -> float:
        """Return which part of a chapter's worth a grade has earned."""
        parts = {
            task: points
            for (chapter, task), points in self._of.items()
            if chapter == grade.chapter and points
        } or {None: 1.0}
        earned = sum(
            points * grade.kept(task) / max(1, len(grade.of(task)))
            for task, points in parts.items()
        )
        return earned / sum(parts.values())


def read_points(file: Path, wanted: Sequence[Chapter]) -> Points:
    """Read `chapter,points`, or `chapter,task,points`. Every chapter that is graded needs points."""
    head, rows = _read("--points", file)
    names = [name.strip().lower() for name in head]
    if not {"chapter", "points"} <= set(names) <= {"chapter", "task", "points"}:
        raise UsageError(
            f"--points: {file} has to begin with chapter,points or chapter,task,points."
        )
    found: dict[tuple[Chapter, int | None], float] = {}
    for number, row in rows:
        cells = dict(zip(names, [cell.strip() for cell in row], strict=False))
        where = f"--points: {file}, line {number}"
        try:
            chapter = find(cells["chapter"])
            task = find_task(cells["task"], chapter) if cells.get("task") else None
        except UsageError as error:
            raise UsageError(f"{where}: {error}") from None
        points = cells.get("points", "")
        if not re.fullmatch(r"\d+(\.\d+)?", points):
            raise UsageError(f"{where}: the points {points!r} are not a number.")
        if any(
            each == chapter
            and None
            in (
                task,
                other,
            )
            for each, other in found
        ) or ((chapter, task) in found):
            raise UsageError(f"{where}: {chapter.slug} has points already.")
        found[chapter, task] = float(points)
    for chapter in wanted:
        if not sum(points for (each, _), points in found.items() if each == chapter):
            raise UsageError(f"--points: {file} has no points for {chapter.slug}.")
    return Points(found)


def _read(option: str, file: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Return a table's head, and its other lines with their numbers."""
    try:
        text = file.read_text("utf-8-sig")
        first = text.partition("\n")[0]
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count))
        lines = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        why = getattr(error, "strerror", None) or error
        raise UsageError(f"{option}: {file} cannot be read: {why}.") from None
    if len(lines) < 2:
        raise UsageError(f"{option}: {file} has no line below its first, which names the columns.")
    (_, head), *rows = lines
    return head, rows


def _row_keys(row: Sequence[str]) -> set[str]:
    """Return every cell, the name in an e-mail address, and names in either order."""
    pairs = [left + right for left, right in pairwise(row)]
    pairs += [right + left for left, right in pairwise(row)]
    pairs += ["".join(reversed(cell.split(","))) for cell in row]
    addresses = [cell.partition("@")[0] for cell in row if "@" in cell]
    return {key for text in [*row, *pairs, *addresses] if (key := _key(text))}


def _submission_keys(name: str) -> set[str]:
    """Return a submission's name, and the name and number that Moodle or Canvas made it of."""
    texts = [name, by_platform(name)]
    texts += [part for text in texts if (m := NUMBERED.fullmatch(text)) for part in m.groups()]
    return {key for text in texts if (key := _key(text))}


def _key(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in decomposed if letter.isalnum())
