"""What a suite's outcome is worth: a status, and the kept promises of each task."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from course.checks.verdict import NO_MEMORY, Verdict
from course.model.chapters import Chapter
from course.model.progress import Kind
from course.running.orders import (
    Begun,
    Cause,
    Ended,
    Finished,
    Judged,
    News,
    Refused,
    Skipped,
)

MAX_PROCESSES = 64
MAX_NAMED = 5  # of those whose work is the same
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
    is not in `kinds` has no verdict and is not kept. `note` is what else you should know, and
    `same_as` whose code it equals. `feedback` is the report that the learner would have seen, and
    `renamed` maps names of files in it to those that they were handed in by, where they differ.
    """

    submission: str
    chapter: Chapter
    status: Status
    tasks: Mapping[str, int]
    kinds: Mapping[str, str] = field(default_factory=dict)
    lines: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    note: str = ""
    same_as: Sequence[str] = ()
    feedback: str = field(default="", repr=False)
    renamed: Mapping[str, str] = field(default_factory=dict)

    @property
    def remarks(self) -> str:
        """The note, and whose work this equals."""
        others = list(self.same_as[:MAX_NAMED])
        if more := len(self.same_as) - len(others):
            others.append(f"{more} more")
        alike = f"the same code as {', '.join(others)}" if others else ""
        return "; ".join(filter(None, [alike, self.note]))

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
    submission: str, chapter: Chapter, tasks: Mapping[str, int], news: Sequence[News], altered: str
) -> Grade:
    """Grade a suite by what is known of its run.

    `tasks`, from the teacher's suite, says which promises count. `altered` is a file of the checks
    that has changed meanwhile, or empty.
    """
    judged = (piece.verdict for piece in news if isinstance(piece, Judged))
    verdicts = {verdict.test: verdict for verdict in judged if verdict.test in tasks}
    skipped = {piece.test for piece in news if isinstance(piece, Skipped)} & tasks.keys()
    kinds = {test: verdict.kind.value for test, verdict in verdicts.items()}
    kinds |= dict.fromkeys(skipped, SKIPPED)
    status, note = _status(news, verdicts.values(), kinds, tasks)
    if altered:
        status, note = Status.ALTERED, f"it changed {altered}: look at the file"
    notes = [note] if note else []
    wrong = (Kind.BROKEN.value, Kind.NOT_CHECKED.value)
    if first := next((test for test in tasks if kinds.get(test) in wrong), None):
        found = verdicts[first]
        of_a_file = found.kind is Kind.NOT_CHECKED and found.blocks  # whatever the promise is
        notes.append(("" if of_a_file else f"{first}: ") + found.line.rstrip(": "))
    if left := max((piece.left for piece in news if isinstance(piece, Ended)), default=0):
        notes.append(f"left {left} process{'es' if left > 1 else ''} running (now ended)")
    return Grade(
        submission,
        chapter,
        status,
        tasks,
        {} if status is Status.ALTERED else kinds,
        {test: verdict.line for test, verdict in verdicts.items()},
        note="; ".join(notes),
    )


def _status(
    news: Sequence[News],
    verdicts: Iterable[Verdict],
    kinds: Mapping[str, str],
    tasks: Mapping[str, int],
) -> tuple[Status, str]:
    """Return a status, and what explains it if that is needed."""
    ended = next((piece for piece in news if isinstance(piece, Ended)), Ended(Cause.ITSELF))
    refused = next((piece.why for piece in news if isinstance(piece, Refused)), "")
    finished = any(isinstance(piece, Finished) for piece in news)
    without = [test for test in tasks if test not in kinds]
    place = f"in {without[0]}" if without else "after the last promise"
    found = {kind for kind in kinds.values() if kind != SKIPPED}
    if ended.how is Cause.ALTERED:
        return Status.ALTERED, "a promise that nobody can keep was found kept: look at the file"
    if ended.how is Cause.PROCESSES:
        return Status.PROCESSES, f"ended when it had more than {MAX_PROCESSES} processes, {place}"
    if ended.how is Cause.MEMORY or refused in NO_MEMORY or any(each.memory for each in verdicts):
        return Status.MEMORY, f"ended with its memory full, {place}" if without else ""
    if ended.how in (Cause.TIME, Cause.SILENCE):
        return Status.HANGS, f"ended because it did not go on, {place}"
    if any(verdict.hangs for verdict in verdicts):
        return Status.HANGS, ""
    if not any(isinstance(piece, Begun) for piece in news):
        why = refused or "its process ended"
        return Status.NOT_GRADED, f"the suite did not start: {why}"
    if without and not finished:
        return Status.ENDED, f"its process ended with status {ended.status}, {place}"
    note = f"{len(without)} promises have no verdict: look at the file" if without else ""
    if Kind.NOT_CHECKED.value in found:
        return Status.UNREADABLE, note
    if found == {Kind.TO_DO.value}:
        return Status.TO_DO, note
    complete = not without and found == {Kind.KEPT.value}
    return Status.COMPLETE if complete else Status.PARTLY, note
