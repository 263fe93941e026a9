"""The table to import into Moodle or Canvas: a row for each learner, a column for each chapter."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence

from course.commands.grade.grade import Status
from course.commands.grade.reports import Results, inert
from course.commands.grade.tables import Points, Roster
from course.model.chapters import Chapter


class Gradebook:
    """Grades, laid out by learner. Without a roster, each submission is a learner's."""

    def __init__(
        self,
        results: Results,
        wanted: Sequence[Chapter],
        roster: Roster | None,
    ) -> None:
        submissions = results.names
        self._grades = {(grade.submission, grade.chapter): grade for grade in results.grades}
        self._wanted = wanted
        self._roster = roster or Roster(["submission"], [[name] for name in submissions])
        self._found = (
            roster.match(submissions)
            if roster
            else {number: [name] for number, name in enumerate(submissions)}
        )
        matched = {name for names in self._found.values() for name in names}
        self._unknown = [name for name in submissions if name not in matched]

    @property
    def doubtful(self) -> list[tuple[str, list[str]]]:
        """The learners who have several submissions: none of them counts."""
        found = self._found.items()
        return [(self._roster.name(row), names) for row, names in found if len(names) > 1]

    def remarks(self) -> list[tuple[str, str]]:
        """Return who is missing, who has several submissions, and who is not in the roster."""
        missing = [self._roster.name(row) for row, names in self._found.items() if not names]
        return [
            *((name, "missing") for name in missing),
            *((name, f"several submissions: {', '.join(found)}") for name, found in self.doubtful),
            *((name, "not in the roster") for name in self._unknown),
        ]

    def as_csv(self, points: Points | None) -> str:
        """Return percentages; with `points` also their sum. What is not graded stays empty."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        more = ["points"] if points else []
        slugs = [chapter.slug for chapter in self._wanted]
        writer.writerow([*map(inert, self._roster.columns), *slugs, "total", *more])
        for row, names in self._found.items():
            name = names[0] if len(names) == 1 else ""
            figures = list(self._figures(name, points or Points({})))[: len(slugs) + 1 + len(more)]
            writer.writerow([*map(inert, self._roster.rows[row]), *figures])
        return out.getvalue()

    def _figures(self, name: str, points: Points) -> Iterator[str]:
        """Yield the percentage of each chapter, of all, and the sum of the points."""
        earned = total = 0.0
        complete = True
        for chapter in self._wanted:
            grade = self._grades.get((name, chapter))
            total += points.total(chapter)
            if grade and grade.status is not Status.NOT_GRADED:
                share = points.share(grade)
                earned += share * points.total(chapter)
                yield f"{round(100 * share, 1):g}"
            else:
                complete = False
                yield ""
        yield f"{round(100 * earned / total, 1):g}" if complete else ""
        yield f"{round(earned, 2):g}" if complete else ""
