"""`python3 -m course grade`: every submission of a folder, several at a time."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor, as_completed
from contextlib import nullcontext
from pathlib import Path

from rich.console import Console

from course.checks.suites import promises_of
from course.commands.grade.grade import Grade, Status, judge
from course.commands.grade.reports import FORMS, notes, summary, table
from course.commands.grade.submissions import Submission, lay_out, submissions
from course.commands.grade.warden import Family, Outcome, adopt_orphans
from course.model.chapters import ROOT, Chapter, chapters, find
from course.model.errors import CourseError, UsageError
from course.model.starters import starter
from course.reports.files import refuse_unwritable, write

LEAST_MEMORY = (
    512  # MB: the sockets' threads reserve much more than they use, most of all in Python 3.13
)
SPARE = 30  # s that a warden gets beyond its suite's time, to end what was left
LOST = Outcome(
    ended="itself", status=None, left=0, seconds=0.0, records=[], said="its warden was ended"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say which submissions, which chapters, and within which limits."""
    parser.add_argument("folder", type=Path, help="holds one folder for each submission")
    parser.add_argument("--chapters", nargs="+", metavar="N", help="grade these (all)")
    parser.add_argument("--out", type=Path, metavar="FILE", help="a .csv, .json or .md file")
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 1, help="at once (%(default)s)"
    )
    limit = "of each suite (%(default)s)"
    parser.add_argument("--seconds", type=int, default=60, help=f"the most time {limit}")
    parser.add_argument(
        "--memory", type=int, default=1024, metavar="MB", help=f"and memory {limit}"
    )


def run(options: argparse.Namespace, console: Console) -> int:
    """Grade and report. Returns 0 if all could be graded, whatever the grades are, else 1."""
    _refuse_impossible(options)
    course = chapters()
    wanted = [find(name) for name in options.chapters or []] or list(course)
    handed_in = submissions(options.folder)
    grader = Grader(course, options.seconds, options.memory)
    began = time.perf_counter()
    grades = grader.grade_all(handed_in, wanted, options.jobs, console)
    took = time.perf_counter() - began
    console.print(table(grades))
    for note in notes(grades):
        console.print(note, soft_wrap=True)
    total = f"\n{len(grades)} graded: {summary(grades)}   {took:.0f} s"
    console.print(total, style="bold", soft_wrap=True)
    if options.out:
        write(options.out, FORMS[options.out.suffix.lower()](grades))
        console.print(f"The grades are in {options.out}")
    if grader.stopped:
        console.print(f"Stopped: {len(grades)} of {len(handed_in) * len(wanted)} are graded.")
        raise KeyboardInterrupt
    return int(any(grade.status is Status.NOT_GRADED for grade in grades))


def _refuse_impossible(options: argparse.Namespace) -> None:
    if options.jobs < 1 or options.seconds < 1:
        raise UsageError("--jobs and --seconds begin at 1.")
    if options.memory < LEAST_MEMORY:
        raise UsageError(f"--memory begins at {LEAST_MEMORY} MB: the checks themselves need that.")
    if options.out:
        if options.out.suffix.lower() not in FORMS:
            raise UsageError(f"--out: {options.out} has to end with {', '.join(FORMS)}.")
        refuse_unwritable(options.out)


class Grader:
    """Grades chapters of submissions, each by a warden in a process of its own."""

    def __init__(self, course: Sequence[Chapter], seconds: int, memory: int) -> None:
        self._course = course
        self._seconds = seconds
        self._memory = memory * 2**20
        self._wardens: set[subprocess.Popen[bytes]] = set()
        self._tasks: dict[Chapter, dict[str, int]] = {}
        self.stopped = False

    def grade_all(
        self,
        handed_in: Sequence[Submission],
        wanted: Sequence[Chapter],
        jobs: int,
        console: Console,
    ) -> list[Grade]:
        """Grade `jobs` chapters at a time; after Ctrl-C, return what is complete by then."""
        adopt_orphans()
        self._tasks = {
            chapter: {test: each.task for test, (each, _) in promises_of(chapter).items()}
            for chapter in wanted
        }
        with ThreadPoolExecutor(jobs) as pool:
            pending = [
                pool.submit(self.grade, submission, chapter)
                for submission in handed_in
                for chapter in wanted
            ]
            try:
                with console.status("Grading …") if console.is_terminal else nullcontext() as line:
                    for count, done in enumerate(as_completed(pending), start=1):
                        done.result()
                        if line:
                            line.update(f"{count} of {len(pending)} graded. Ctrl-C stops.")
            except KeyboardInterrupt:
                self._stop(pool)
            except CourseError:
                self._stop(pool)
                raise
        Family().end()  # what a submission took away from its warden
        return [each.result() for each in pending if not (each.cancelled() or each.exception())]

    def grade(self, submission: Submission, chapter: Chapter) -> Grade:
        """Grade one chapter of one submission."""
        tasks = self._tasks[chapter]
        name = Path(chapter.workbench.name)
        if why := submission.trouble or submission.refused.get(name):
            why = f"{name} is not read: {why}"
            return Grade(submission.name, chapter, Status.UNREADABLE, tasks, note=why)
        if name not in submission.files:
            return Grade(submission.name, chapter, Status.MISSING, tasks)
        if chapter.solution.is_file() and submission.files[name] == starter(chapter).encode():
            return Grade(submission.name, chapter, Status.TO_DO, tasks)
        with tempfile.TemporaryDirectory(
            prefix="course-grade-", ignore_cleanup_errors=True
        ) as folder:
            lay_out(submission, chapter, self._course, Path(folder))
            return judge(submission.name, chapter, tasks, self._oversee(Path(folder), chapter))

    def _oversee(self, folder: Path, chapter: Chapter) -> Outcome:
        arguments = [str(folder), chapter.stem, str(self._seconds), str(self._memory)]
        warden = subprocess.Popen(
            [sys.executable, "-m", "course.commands.grade.warden", *arguments],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        self._wardens.add(warden)
        if self.stopped:
            self._let_go()
        alarm = threading.Timer(self._seconds + SPARE, warden.kill)
        alarm.start()
        try:
            with warden:
                assert warden.stdout
                said = warden.stdout.read()
        finally:
            alarm.cancel()
            self._wardens.discard(warden)
        if self.stopped:
            raise CancelledError
        outcome: Outcome = json.loads(said) if said else LOST
        return outcome

    def _stop(self, pool: ThreadPoolExecutor) -> None:
        self.stopped = True
        pool.shutdown(wait=False, cancel_futures=True)
        self._let_go()

    def _let_go(self) -> None:
        """Close what the wardens wait on: each ends its suite and itself."""
        for warden in list(self._wardens):
            assert warden.stdin
            warden.stdin.close()
