"""Proves that the suites accept answers that are right, however unusual.

An unusual answer is a change of a chapter's reference, as a mistake is, but it keeps every sentence of
the docstrings. So it has to keep every promise.
"""

from __future__ import annotations

from dataclasses import dataclass

from course.maintain.mistakes import Trials, Variant, imported
from course.model.chapters import Chapter
from course.model.errors import CourseError
from course.model.progress import Kind


@dataclass(frozen=True)
class Unusual(Variant):
    """A right answer, and what is unusual about it."""

    what: str


def load(chapter: Chapter) -> tuple[Unusual, ...]:
    """Return a chapter's unusual answers, from `tests/unusual/`. Not every chapter has some yet."""
    if not chapter.unusual.is_file():
        return ()
    found: tuple[Unusual, ...] = imported(chapter.unusual).UNUSUAL
    return found


def prove(chapter: Chapter, workers: int | None = None) -> list[str]:
    """Run a chapter's suite on each of its unusual answers. Return what it refuses, a line each."""
    answers = load(chapter)
    if not answers:
        return []
    with Trials(chapter, workers) as trials:
        lines = trials.each(answers, lambda answer: _try(trials, answer))
    return [line for line in lines if line]


def _try(trials: Trials, answer: Unusual) -> str:
    try:
        verdicts = trials.verdicts(answer.applied_to(trials.solution))
    except CourseError as error:
        return f"an unusual answer ({answer.what}) could not be tried: {error}"
    for verdict in verdicts:
        if verdict.kind is not Kind.KEPT:
            return f"{verdict.test} REFUSES an unusual answer ({answer.what}): {verdict.line}"
    return ""
