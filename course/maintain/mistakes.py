"""Proves that the suites catch what learners really write, and that the report names why.

A mistake is a small replacement on a chapter's reference. For each one this harness makes a copy of
the solutions with the mistake in it, runs the chapter's suite on that copy, and requires that the
promise which the mistake breaks is the first to fail, and that its report names the misconception.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import Queue
from types import ModuleType
from typing import TypeVar

from course.checks.promises import Promise, name_of
from course.checks.verdict import Verdict
from course.model.chapters import Chapter, shown, text_of
from course.model.errors import CourseError
from course.model.progress import Kind
from course.running.hosts import Host
from course.running.orders import Cause, Ended, Judged, Limits, Order, Refused

Item = TypeVar("Item")
Result = TypeVar("Result")
TIME_LIMIT = 60  # s for one suite on one mistake


@dataclass(frozen=True)
class Edit:
    """A text that the reference has exactly once, and the text that replaces it."""

    old: str
    new: str


@dataclass(frozen=True, kw_only=True)
class Variant:
    """How an answer differs from the reference: by `old` and `new`, or in several places by `edits`."""

    old: str = ""
    new: str = ""
    edits: tuple[Edit, ...] = ()

    def applied_to(self, text: str) -> str:
        """Return the reference with the change in it. Raises CourseError if it does not fit."""
        for edit in self.edits or (Edit(self.old, self.new),):
            if text.count(edit.old) != 1:
                count = text.count(edit.old)
                raise CourseError(f"{edit.old!r} occurs {count} times in the solution, not once")
            text = text.replace(edit.old, edit.new)
        return text


@dataclass(frozen=True)
class Mistake(Variant):
    """A wrong answer: the id of the belief behind it, and what the learner does.

    `test` is the one that has to fail first.
    """

    id: str
    what: str
    test: str


def load(chapter: Chapter) -> tuple[Mistake, ...]:
    """Return a chapter's mistakes, from `tests/mistakes/`."""
    if not chapter.mistakes.is_file():
        raise CourseError(f"{chapter.mistakes.relative_to(chapter.root)} is missing.")
    found: tuple[Mistake, ...] = imported(chapter.mistakes).MISTAKES
    return found


def imported(file: Path) -> ModuleType:
    """Import a file of changes, from wherever it is. Raises CourseError if that fails."""
    spec = importlib.util.spec_from_file_location(f"{file.parent.name}_{file.stem}", file)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise CourseError(f"{shown(file)} cannot be read: {error!r}") from None
    return module


def prove(chapter: Chapter, promises: Mapping[str, Promise], trials: Trials) -> list[str]:
    """Run a chapter's suite on each of its mistakes.

    `promises` are those of the suite, by the names of their tests. Returns what escaped, a line each:
    mistakes that survive, that another promise catches first, or whose report names another
    misconception, promises that no mistake shows to be able to fail, and hints that none is given.
    """
    mistakes = load(chapter)
    found: list[Verdict] = []
    lines = trials.each(mistakes, lambda mistake: _try(chapter, mistake, trials, found))
    idle = set(promises) - {mistake.test for mistake in mistakes}
    lines += [f"no mistake shows that {name} can fail" for name in sorted(idle)]
    for name, promise in promises.items():
        given = {promise.clue(each.clues) for each in found if each.test == name}
        unused = {name_of(clue) for clue in promise.hints_if} - given
        lines += [
            f"no mistake is given the hints of {name} for {clue!r}" for clue in sorted(unused)
        ]
    return [line for line in lines if line]


def _try(chapter: Chapter, mistake: Mistake, trials: Trials, found: list[Verdict]) -> str:
    """Return what is wrong with a mistake, or ''; add what was found about its promise."""
    label = f"{mistake.id} ({mistake.what})"
    try:
        verdicts = trials.verdicts(mistake.applied_to(text_of(chapter.solution)))
    except CourseError as error:
        return f"{label}, for {mistake.test}, could not be tried: {error}"
    unkept = [verdict for verdict in verdicts if verdict.kind is not Kind.KEPT]
    if not unkept:
        return f"{label} SURVIVES: {mistake.test} should have caught it"
    first = unkept[0]
    found.append(first)
    if first.kind is not Kind.BROKEN:
        return f"{label}, for {mistake.test}, is not a wrong answer: {first.line}"
    if first.test != mistake.test:
        return f"{label} is caught by {first.test}, not by {mistake.test}: {first.line}"
    named = first.reason.id if first.reason else ""
    if named != mistake.id:
        named = named or "no misconception"
        return f"{label} is caught by {first.test}, which names {named}: {first.line}"
    return ""


class Trials:
    """Runs a chapter's suite on changed solutions, several at a time, each in a process of its own."""

    def __init__(self, chapter: Chapter, workers: int | None = None) -> None:
        workers = workers or 2 * (os.cpu_count() or 1)  # most of them wait most of the time
        self._chapter = chapter
        self._pool = ThreadPoolExecutor(workers)
        self._hosts = [Host(chapter.root, only=chapter.stem) for _ in range(workers)]
        self._idle: Queue[Host] = Queue()
        for host in self._hosts:
            self._idle.put(host)

    def __enter__(self) -> Trials:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown()
        for host in self._hosts:
            host.close()

    def each(self, items: Iterable[Item], trial: Callable[[Item], Result]) -> list[Result]:
        """Call `trial` with each item, and return what it returns, in order."""
        return list(self._pool.map(trial, items))

    def verdicts(self, text: str) -> list[Verdict]:
        """Run the suite, with `text` as the solution, up to the first promise that is not kept.

        Raises CourseError if the suite had to be ended.
        """
        host = self._idle.get()
        try:
            with tempfile.TemporaryDirectory() as folder:
                answers = Path(folder) / "answers"
                left_out = shutil.ignore_patterns("__pycache__")
                shutil.copytree(self._chapter.solution.parent, answers, ignore=left_out)
                (answers / self._chapter.solution.name).write_text(text, encoding="utf-8")
                return _verdicts(self._chapter, answers, host)
        finally:
            self._idle.put(host)


def _verdicts(chapter: Chapter, answers: Path, host: Host) -> list[Verdict]:
    """Run the suite up to its first promise that is not kept."""
    order = Order(chapter.stem, str(answers), stop_early=True, limits=Limits(seconds=TIME_LIMIT))
    verdicts: list[Verdict] = []
    for news in host.run(order):
        if isinstance(news, Judged):
            verdicts.append(news.verdict)
        elif isinstance(news, Refused):
            raise CourseError(f"the suite did not run: {news.why}")
        elif isinstance(news, Ended) and news.how is not Cause.ITSELF:
            raise CourseError(f"it was ended: {news.how.value}")
    if not verdicts:
        raise CourseError("no promise was checked: the process ended at once")
    return verdicts
