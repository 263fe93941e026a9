"""Proves that the suites accept answers that are right, however unusual.

An unusual answer is a change of a chapter's reference, as a mistake is, but it keeps every sentence of
the docstrings. So it has to keep every promise.
"""

from __future__ import annotations

from dataclasses import dataclass

from course.maintain.mistakes import Trials, Variant, imported
from course.model.chapters import Chapter, text_of
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


def prove(chapter: Chapter, trials: Trials) -> list[str]:
    """Run a chapter's suite on each of its unusual answers. Return what it refuses, a line each."""
    lines = trials.each(load(chapter), lambda answer: _try(chapter, answer, trials))
    return [line for line in lines if line]


def _try(chapter: Chapter, answer: Unusual, trials: Trials) -> str:
    try:
        verdicts = trials.verdicts(answer.applied_to(text_of(chapter.solution)))
    except CourseError as error:
        return f"an unusual answer ({answer.what}) could not be tried: {error}"
    for verdict in verdicts:
        if verdict.kind is not Kind.KEPT:
            return f"{verdict.test} REFUSES an unusual answer ({answer.what}): {verdict.line}"
    return ""
