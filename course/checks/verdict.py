"""From what happened in a check to what the learner is told: kept, to do, broken, or unreadable."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from course.checks.answers import MissingName, Unreadable
from course.checks.compare import compare, show
from course.checks.expect import UNSAID, Broken, Unsaid
from course.checks.promises import Misconception, Promise, Sign
from course.checks.runner import Finding
from course.model.chapters import Chapter
from course.model.progress import Kind

TO_DO = re.compile(r"ch(\d\d) task (\d+): (\S+)")


class Postponed(Exception):
    """A promise was not checked, because another of its task did not come to an end."""


@dataclass(frozen=True)
class Missing:
    """A task that raised its own NotImplementedError: it has not been written yet."""

    chapter: int
    task: int
    name: str


@dataclass(frozen=True)
class Verdict:
    """What one check found out about one promise."""

    chapter: Chapter
    promise: Promise
    sentence: str
    test: str
    kind: Kind
    finding: Finding
    missing: Missing | None = None

    @property
    def line(self) -> str:
        """What happened, in one line."""
        return _one_line(self)

    @property
    def reason(self) -> Misconception | None:
        """The misconception that this failure usually has behind it, or None."""
        error = self.finding.error
        sign = _sign(self.finding)
        if sign and (not isinstance(error, Broken) or sign in self.promise.signs):
            return self.promise.reason(sign)
        if not isinstance(error, Broken):
            return None
        if error.lacks_return:
            return None
        return self.promise.usually if isinstance(error.usually, Unsaid) else error.usually

    @property
    def stands_on(self) -> Missing | None:
        """The task of an *earlier* chapter that has to be written first."""
        return (
            self.missing if self.missing and self.missing.chapter != self.chapter.number else None
        )


def judge(
    chapter: Chapter, promise: Promise, sentence: str, test: str, finding: Finding
) -> Verdict:
    """Decide what a finding means."""
    missing = next(_missing(finding), None)
    if missing:
        kind = Kind.TO_DO
    elif isinstance(finding.error, Unreadable | Postponed):
        kind = Kind.NOT_CHECKED
    else:
        kind = Kind.KEPT if finding.clean else Kind.BROKEN
    return Verdict(chapter, promise, sentence, test, kind, finding, missing)


def _missing(finding: Finding) -> Iterator[Missing]:
    for error in [*(death.error for death in finding.deaths), finding.error]:
        if isinstance(error, NotImplementedError) and (match := TO_DO.fullmatch(str(error))):
            yield Missing(int(match[1]), int(match[2]), match[3])


def _sign(finding: Finding) -> Sign | None:
    if finding.deaths:
        return type(finding.deaths[0].error)
    if finding.stuck is not None:
        spins = any(stuck.spinning for stuck in finding.stuck)
        return "spin" if spins else "hang" if finding.stuck else "silence"
    if finding.leaks:
        return "leak"
    return type(finding.error) if finding.error else None


def _one_line(verdict: Verdict) -> str:
    finding, error = verdict.finding, verdict.finding.error
    if verdict.kind is Kind.KEPT:
        return "kept"
    if missing := verdict.stands_on:
        return f"stands on chapter {missing.chapter}, task {missing.task} ({missing.name})"
    if missing := verdict.missing:
        return f"to do: task {missing.task}, {missing.name}"
    if isinstance(error, Unreadable | MissingName | Postponed):
        return str(error)
    if finding.deaths:
        death = finding.deaths[0]
        return f"the thread {death.thread!r} died: {type(death.error).__name__}: {death.error}"
    if finding.stuck is not None:
        where = finding.stuck[0] if finding.stuck else None
        return f"line {where.place.line}: {where.why}" if where else "the other side still waits"
    if finding.leaks:
        return finding.leaks[0].what
    if isinstance(error, Broken) and error.compares:
        expected, got, _ = compare(error.expected, error.got, 36)
        return f"{error.what} {got}, not {expected}"
    if isinstance(error, Broken):
        return error.what if error.got is UNSAID else f"{error.what} ({show(error.got, 40)})"
    return f"{type(error).__name__}: {error}"[:200]
