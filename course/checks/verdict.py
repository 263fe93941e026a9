"""From what happened in a check to a verdict, as data: kept, to do, broken, or not checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from course.checks.answers import Missing, Unreadable, to_do
from course.checks.blocks import Block
from course.checks.errors import Postponed
from course.checks.expect import Broken, NotGiven
from course.checks.explanation import cause, explain, one_line
from course.checks.promises import Misconception, Promise, Sign
from course.checks.runner import Finding
from course.checks.watchdog import Owns
from course.model.chapters import Chapter
from course.model.progress import Kind

NO_MEMORY = ("MemoryError", "can't start new thread")


@dataclass(frozen=True)
class Verdict:
    """What one check found out about one promise. Plain data, which can cross a process's border.

    - `line` says what happened in one line, `blocks` in full; `cause` is equal for the same fault;
    - `reason` is the misconception that this failure usually comes from, or None;
    - `clues` are that misconception's id and the signs of the failure, to choose hints by;
    - `missing` is the task that has to be written first, of this chapter or of an earlier one;
    - `hangs` and `memory` say that time or memory ran out.
    """

    test: str
    task: int
    sentence: str
    kind: Kind
    line: str
    cause: str = ""
    blocks: tuple[Block, ...] = ()
    reason: Misconception | None = None
    clues: tuple[str, ...] = ()
    missing: Missing | None = None
    hangs: bool = False
    memory: bool = False
    printed: str = ""
    seconds: float = 0.0


def judge(
    chapter: Chapter,
    promise: Promise,
    sentence: str,
    test: str,
    finding: Finding,
    owns: Owns,
    not_begun: Mapping[int, str],
) -> Verdict:
    """Decide what a finding means. `not_begun` maps the tasks with nothing written to their names."""
    missing = None if finding.clean else to_do()
    if promise.task in not_begun and not (finding.clean or missing or _cannot_be_checked(finding)):
        missing = Missing(chapter.number, promise.task, not_begun[promise.task])
    kind = _kind(finding, missing)
    is_broken = kind is Kind.BROKEN
    is_unreadable = isinstance(finding.error, Unreadable)
    reason = _reason(promise, finding) if is_broken else None
    errors = [finding.error, *(death.error for death in finding.deaths)]
    return Verdict(
        test=test,
        task=promise.task,
        sentence=sentence,
        kind=kind,
        line=_waiting(chapter, missing) if missing else one_line(finding),
        cause=cause(finding, owns) if is_broken else "",
        blocks=tuple(explain(chapter, finding, owns)) if is_broken or is_unreadable else (),
        reason=reason,
        clues=tuple(_clues(reason, finding)) if is_broken else (),
        missing=missing,
        hangs=finding.stuck is not None or isinstance(finding.error, Postponed),
        memory=any(_is_about_memory(error) for error in errors),
    )


def _kind(finding: Finding, missing: Missing | None) -> Kind:
    if missing:
        return Kind.TO_DO
    if _cannot_be_checked(finding):
        return Kind.NOT_CHECKED
    return Kind.KEPT if finding.clean else Kind.BROKEN


def _cannot_be_checked(finding: Finding) -> bool:
    return isinstance(finding.error, Unreadable | Postponed)


def _is_about_memory(error: BaseException | None) -> bool:
    return any(sign in f"{type(error).__name__}: {error}" for sign in NO_MEMORY)


def _waiting(chapter: Chapter, missing: Missing) -> str:
    if missing.chapter == chapter.number:
        return f"to do: task {missing.task}, {missing.name}"
    return f"chapter {missing.chapter}, task {missing.task} ({missing.name}) comes first"


def _reason(promise: Promise, finding: Finding) -> Misconception | None:
    """Return the misconception that fits what happened; None rather than one that does not fit."""
    error = finding.error
    sign = _sign(finding)
    if sign and (not isinstance(error, Broken) or sign in promise.signs):
        return promise.reason(sign)
    if not isinstance(error, Broken) or error.lacks_return:
        return None
    return promise.usually if isinstance(error.usually, NotGiven) else error.usually


def _clues(reason: Misconception | None, finding: Finding) -> Iterator[str]:
    sign = _sign(finding)
    if reason:
        yield reason.id
    if isinstance(finding.error, Broken) and finding.error.clue:
        yield finding.error.clue
    elif isinstance(sign, type):
        yield from (kind.__name__ for kind in sign.__mro__ if issubclass(kind, Exception))
    elif sign:
        yield sign


def _sign(finding: Finding) -> Sign | None:
    if finding.deaths:
        return type(finding.deaths[0].error)
    if finding.stuck is not None:
        spins = any(stuck.spinning for stuck in finding.stuck)
        return "spin" if spins else "hang" if finding.stuck else "silence"
    if finding.leaks:
        return "leak"
    return type(finding.error) if finding.error else None
