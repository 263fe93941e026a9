"""What a suite's outcome is worth: a status, and the kept promises of each task."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from course.checks.verdict import NO_MEMORY
from course.commands.grade.desk import MAX_PROCESSES, Outcome
from course.model.chapters import Chapter
from course.model.progress import Kind
from course.running.orders import End

SKIPPED = "skipped"


class Status(Enum):
    """What became of a chapter of a submission, in the words of the report."""

    COMPLETE = "complete"
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
            if task in (None, number) and self.kinds.get(test) != SKIPPED
        ]

    @property
    def by_task(self) -> dict[int, tuple[int, int]]:
        """How many promises of each task are kept, and of how many."""
        numbers = sorted(set(self.tasks.values()))
        return {task: (self.kept(task), len(self.of(task))) for task in numbers}


def judge(
    submission: str, chapter: Chapter, tasks: Mapping[str, int], outcome: Outcome, note: str = ""
) -> Grade:
    """Grade a suite by its outcome; `tasks`, from the teacher's suite, says which promises count."""
    verdicts = {test: each for test, each in outcome.verdicts.items() if test in tasks}
    kinds = {test: verdict.kind.value for test, verdict in verdicts.items()}
    kinds |= dict.fromkeys(outcome.skipped & tasks.keys(), SKIPPED)
    status = _status(outcome, kinds, tasks)
    notes = [*filter(None, [note]), *_remarks(status, outcome, kinds, tasks)]
    return Grade(
        submission,
        chapter,
        status,
        tasks,
        {} if status is Status.ALTERED else kinds,
        {test: verdict.line for test, verdict in verdicts.items()},
        outcome.seconds,
        "; ".join(notes),
    )


def _status(outcome: Outcome, kinds: Mapping[str, str], tasks: Mapping[str, int]) -> Status:
    found = Counter(kind for kind in kinds.values() if kind != SKIPPED)
    verdicts = outcome.verdicts.values()
    how = outcome.ended.how
    if how is End.ALTERED or outcome.altered:
        return Status.ALTERED
    if how is End.PROCESSES:
        return Status.PROCESSES
    if (
        how is End.MEMORY
        or outcome.refused in NO_MEMORY
        or any(verdict.memory for verdict in verdicts)
    ):
        return Status.MEMORY
    if how in (End.TIME, End.SILENCE) or any(verdict.hangs for verdict in verdicts):
        return Status.HANGS
    if not outcome.reached:
        return Status.NOT_GRADED
    if kinds.keys() != tasks.keys() and not outcome.finished:
        return Status.ENDED
    if found[Kind.NOT_CHECKED.value]:
        return Status.UNREADABLE
    if found.keys() == {Kind.TO_DO.value}:
        return Status.TO_DO
    every = kinds.keys() == tasks.keys() and found.keys() == {Kind.KEPT.value}
    return Status.COMPLETE if every else Status.PARTLY


def _remarks(
    status: Status, outcome: Outcome, kinds: Mapping[str, str], tasks: Mapping[str, int]
) -> list[str]:
    remarks = []
    without = [test for test in tasks if test not in kinds]
    place = f"in {without[0]}" if without else "after the last promise"
    match status:
        case Status.NOT_GRADED:
            remarks.append(f"the suite did not start: {outcome.refused or 'its process ended'}")
        case Status.ALTERED if outcome.altered:
            remarks.append(f"it changed {outcome.altered}: look at the file")
        case Status.ALTERED:
            remarks.append("a promise that nobody can keep was found kept: look at the file")
        case Status.PROCESSES:
            remarks.append(f"ended when it had more than {MAX_PROCESSES} processes, {place}")
        case Status.ENDED:
            remarks.append(f"its process ended with status {outcome.ended.status}, {place}")
        case _ if outcome.ended.how in (End.TIME, End.SILENCE, End.MEMORY):
            remarks.append(f"ended after {outcome.seconds:.0f} s, {place}")
        case Status.MEMORY if without:
            remarks.append(f"stopped with its memory full, {place}")
        case _ if without and outcome.finished:
            remarks.append(f"{len(without)} promises have no verdict: look at the file")
    wrong = (Kind.BROKEN.value, Kind.NOT_CHECKED.value)
    if first := next((test for test in tasks if kinds.get(test) in wrong), None):
        remarks.append(f"{first}: {outcome.verdicts[first].line.rstrip(': ')}")
    if left := outcome.ended.left:
        remarks.append(f"left {left} process{'es' if left > 1 else ''} running (now ended)")
    return remarks
