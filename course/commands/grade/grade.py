"""What a suite's outcome is worth: a status, and the kept promises of each task."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from course.commands.grade.suite import CONTROL
from course.commands.grade.warden import Outcome
from course.model.chapters import Chapter
from course.model.progress import Kind
from course.reports.explanation import plain


class Status(Enum):
    """How a chapter of a submission stands, in the words of the report."""

    WHOLE = "whole"
    PARTLY = "partly"
    TO_DO = "to do"
    MISSING = "no file"
    UNREADABLE = "cannot be read"
    HANGS = "hangs"
    MEMORY = "out of memory"
    PROCESSES = "too many processes"
    ENDED = "ended early"
    ALTERED = "alters the checks"
    NOT_GRADED = "not graded"


@dataclass(frozen=True)
class Grade:
    """What one chapter of a submission is worth.

    `tasks` maps the promises' tests to their tasks, `kinds` to what became of them. A promise that
    is not in `kinds` has no verdict and is not kept. `note` is what else you should know.
    """

    submission: str
    chapter: Chapter
    status: Status
    tasks: Mapping[str, int]
    kinds: Mapping[str, str] = field(default_factory=dict)
    lines: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    note: str = ""

    def kept(self, task: int | None = None) -> int:
        """Count the kept promises, of one task or of all."""
        return sum(self.kinds.get(test) == Kind.KEPT.value for test in self.of(task))

    def of(self, task: int | None = None) -> list[str]:
        """Return the promises of one task, or of all, without those of another system."""
        return [
            test
            for test, number in self.tasks.items()
            if task in (None, number) and self.kinds.get(test) != "skipped"
        ]

    @property
    def by_task(self) -> dict[int, tuple[int, int]]:
        """How many promises of each task are kept, and of how many."""
        numbers = sorted(set(self.tasks.values()))
        return {task: (self.kept(task), len(self.of(task))) for task in numbers}


def judge(submission: str, chapter: Chapter, tasks: Mapping[str, int], outcome: Outcome) -> Grade:
    """Grade a suite by what its warden saw. Which promises there are, `tasks` says: the reference."""
    counted, altered = _counted(outcome["records"], tasks)
    kinds = {record["test"]: record["kind"] for record in counted}
    status = Status.ALTERED if altered else _status(outcome, counted, kinds, tasks)
    return Grade(
        submission,
        chapter,
        status,
        tasks,
        {} if altered else kinds,
        {record["test"]: plain(record.get("line", "")) for record in counted},
        outcome["seconds"],
        _remark(status, outcome, counted, tasks),
    )


def _counted(
    records: Iterable[dict[str, Any]], tasks: Mapping[str, int]
) -> tuple[list[dict[str, Any]], bool]:
    """Return the verdicts that count, and whether the checks were altered.

    A verdict counts if the control behind it, which nobody can keep, was found broken.
    """
    counted: dict[str, dict[str, Any]] = {}
    waiting: dict[str, Any] = {}
    for record in records:
        if record.get("test") == CONTROL:
            if record["kind"] == Kind.KEPT.value:
                return [], True
            if waiting:
                counted[waiting["test"]] = waiting
        elif record.get("test") in counted:
            return [], True
        elif record.get("test") in tasks:
            waiting = record
    return list(counted.values()), False


def _status(
    outcome: Outcome,
    counted: list[dict[str, Any]],
    kinds: Mapping[str, str],
    tasks: Mapping[str, int],
) -> Status:
    found = Counter(kind for kind in kinds.values() if kind != "skipped")
    if not outcome["records"]:
        return Status.NOT_GRADED
    if outcome["ended"] == "processes":
        return Status.PROCESSES
    if outcome["ended"] == "memory" or any(record.get("memory") for record in outcome["records"]):
        return Status.MEMORY
    if outcome["ended"] == "time" or any(record.get("hangs") for record in counted):
        return Status.HANGS
    if kinds.keys() != tasks.keys() and not outcome["records"][-1].get("over"):
        return Status.ENDED
    if found[Kind.NOT_CHECKED.value]:
        return Status.UNREADABLE
    if found.keys() == {Kind.TO_DO.value}:
        return Status.TO_DO
    every = kinds.keys() == tasks.keys() and found.keys() == {Kind.KEPT.value}
    return Status.WHOLE if every else Status.PARTLY


def _remark(
    status: Status, outcome: Outcome, counted: list[dict[str, Any]], tasks: Iterable[str]
) -> str:
    remarks = []
    tests = [record["test"] for record in counted]
    unfinished = next((test for test in tasks if test not in tests), "no promise")
    if status is Status.NOT_GRADED:
        remarks.append(f"the suite did not start: {outcome['said'] or 'its process ended'}")
    if status is Status.ENDED:
        remarks.append(f"its process ended with status {outcome['status']}, in {unfinished}")
    if status is Status.ALTERED:
        remarks.append("a promise that nobody can keep was found kept: look at the file")
    if outcome["ended"] == "time":
        remarks.append(f"ended after {outcome['seconds']:.0f} s, in {unfinished}")
    wrong = (Kind.BROKEN.value, Kind.NOT_CHECKED.value)
    if first := next((record for record in counted if record["kind"] in wrong), None):
        remarks.append(f"{first['test']}: {first['line'].rstrip(': ')}")
    if left := outcome["left"]:
        remarks.append(f"left {left} process{'es' if left > 1 else ''} running (now ended)")
    return plain("; ".join(remarks))
