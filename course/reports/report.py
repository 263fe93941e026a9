"""What a chapter's suite found, as data. The renderers beside this module draw it."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

from course.checks.blocks import Code
from course.checks.suites import unusable
from course.checks.verdict import Verdict
from course.model.chapters import Chapter, chapters, earlier_chapters
from course.model.errors import CourseError
from course.model.progress import EXIT_TO_DO, Kind, Progress
from course.running.orders import Begun, Cause, Ended, Finished, Judged, News, Refused, Skipped

SILENT = (
    "Python itself gave no sign of life for ten seconds.",
    "Is there a calculation without end, or a very long one, inside a single call?",
)
KILLED = (
    "The system ended the process that your code ran in ({}).",
    "Did it use too much memory, or end itself?",
)
ALL_KEPT = {1: "its promise is kept", 2: "both promises kept"}
LEFT = ("Your code ended the whole process, with status {}.", "Something in it exits Python.")


@dataclass(frozen=True)
class Report:
    """One chapter's suite after its run.

    - `file` holds the answers;
    - `task`: only this task was checked; None if all were;
    - `skipped` maps a promise that is not checked on this system to the reason;
    - `builds_on` are the slugs of earlier chapters that this one uses and that have not passed;
    - `trouble` says why the run did not finish, and what may be the reason, which is empty for a
      suite that cannot be run; `at` is the promise that began last.
    """

    chapter: Chapter
    file: Path
    verdicts: tuple[Verdict, ...]
    skipped: dict[str, str]
    seconds: float
    builds_on: tuple[str, ...] = ()
    trouble: tuple[str, str] | None = None
    at: str = ""
    task: int | None = None

    def of(self, *kinds: Kind) -> list[Verdict]:
        """Return the verdicts of these kinds."""
        return [verdict for verdict in self.verdicts if verdict.kind in kinds]

    def tasks(self) -> Iterator[tuple[int, list[Verdict]]]:
        """Yield the verdicts of each task."""
        for task, group in groupby(self.verdicts, key=lambda verdict: verdict.task):
            yield task, list(group)

    @property
    def first_broken(self) -> Verdict | None:
        """The promise to look at first."""
        return next(iter(self.of(Kind.BROKEN, Kind.NOT_CHECKED)), None)

    def first_like(self, verdict: Verdict) -> Verdict:
        """Return the first promise that is broken by the same fault, which may be this one."""
        return next(each for each in self.verdicts if each.cause == verdict.cause)

    @property
    def comes_first(self) -> list[str]:
        """The slugs of the earlier chapters of which a task has to be written first."""
        numbers = {verdict.missing.chapter for verdict in self.verdicts if verdict.missing}
        others = (each for each in chapters(self.chapter.root) if each != self.chapter)
        return [each.slug for each in others if each.number in numbers]

    @property
    def status(self) -> int:
        """The exit status: 0 all is kept, 8 nothing is broken but something is to do, else 1."""
        if self.trouble or self.first_broken:
            return 1
        return EXIT_TO_DO if self.of(Kind.TO_DO) else 0

    @property
    def sum(self) -> str:
        """How many promises are kept, and what became of the others."""
        parts = [f"{len(self.of(Kind.KEPT))} of {len(self.verdicts)} promises kept"]
        parts += [
            f"{len(found)} {kind.value}"
            for kind in (Kind.BROKEN, Kind.TO_DO, Kind.NOT_CHECKED)
            if (found := self.of(kind))
        ]
        return " · ".join(parts)

    @property
    def tick(self) -> str:
        """One line that says that the one task that was checked is done, '' if it is not."""
        if self.task is None or self.status or not self.verdicts:
            return ""
        count = len(self.verdicts)
        kept = ALL_KEPT.get(count, f"all {count} promises kept")
        return f"✓ {self.chapter.task_title(self.task)}: {kept}"

    def note(self, progress: Progress) -> None:
        """Keep what was found for the board, unless the run did not finish."""
        if self.trouble is None:
            kinds = {verdict.test: verdict.kind for verdict in self.verdicts}
            tasks = {verdict.test: verdict.task for verdict in self.verdicts}
            clues = {verdict.test: verdict.clues for verdict in self.verdicts if verdict.clues}
            progress.note(self.chapter, kinds, tasks, self.task, clues)


def collect(
    chapter: Chapter,
    file: Path,
    news: Iterable[News],
    tell: Callable[[Begun], object] = lambda _: None,
    *,
    task: int | None = None,
) -> Report:
    """Make a report of what comes of a suite, or of one task's promises.

    `tell` hears which promise has begun.

    Raises CourseError if the suite itself cannot be run, or has nothing to be run on.
    """
    require_folder(chapter, file)
    verdicts: list[Verdict] = []
    skipped: dict[str, str] = {}
    at, trouble = "", None
    seconds: float | None = None
    for piece in news:
        match piece:
            case Begun(sentence=at):
                tell(piece)
            case Judged(verdict):
                verdicts.append(verdict)
            case Skipped(test, reason):
                skipped[test] = reason
            case Refused(why):
                raise unusable(chapter.suite, why)
            case Finished(seconds=seconds):
                pass
            case Ended() if seconds is None:
                trouble = trouble_of(piece)
    if trouble is None:
        _require_all(chapter, {verdict.test for verdict in verdicts} | skipped.keys(), task)
    found = Report(chapter, file, tuple(verdicts), skipped, seconds or 0.0, (), trouble, at, task)
    return replace(found, builds_on=_builds_on(found))


def require_folder(chapter: Chapter, file: Path) -> None:
    """Raise CourseError if the folder of the answers is missing."""
    if not file.parent.is_dir():
        advice = f"`python3 -m course reset {chapter.slug}` makes it, with the starter in it."
        advice = advice if file == chapter.workbench else "Has it been removed on purpose?"
        raise CourseError(f"the folder {file.parent.name} is missing. {advice}")


def trouble_of(ended: Ended) -> tuple[str, str]:
    """Return why a suite did not finish, and what may be the reason."""
    if ended.how is not Cause.ITSELF:
        return SILENT
    if ended.status >= 0:
        return LEFT[0].format(ended.status), LEFT[1]
    return KILLED[0].format(signal.Signals(-ended.status).name), KILLED[1]


def _require_all(chapter: Chapter, seen: set[str], task: int | None) -> None:
    """Raise CourseError unless every promise that was asked for has an outcome, and no other."""
    tasks = chapter.promised
    promised = [test for test, number in tasks.items() if task in (None, number)]
    if missing := [name for name in promised if name not in seen]:
        why = f"{len(missing)} of its promises have no verdict ({', '.join(missing[:3])})"
        raise unusable(chapter.suite, why)


def _builds_on(report: Report) -> tuple[str, ...]:
    """Return which earlier chapters may be to blame for what is broken.

    At a chapter's first check those are all that have not passed, later those in whose code it failed.
    """
    root, file = report.chapter.root, report.file
    if not report.first_broken or file != report.chapter.workbench:
        return ()
    progress, stems = Progress(root), earlier_chapters(file)
    earlier = [each for each in chapters(root) if each.stem in stems]
    if progress.of(report.chapter).digests:
        blocks = [block for verdict in report.verdicts for block in verdict.blocks]
        files = {Path(block.file).name for block in blocks if isinstance(block, Code)}
        earlier = [each for each in earlier if each.workbench.name in files]
    return tuple(each.slug for each in earlier if not progress.has_passed(each))


def in_words(slugs: Iterable[str]) -> str:
    """Return chapters as people list them: `echo, accept and closing`."""
    *most, last = slugs
    return f"{', '.join(most)} and {last}" if most else last
