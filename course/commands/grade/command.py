"""`python3 -m course grade`: every submission of a folder, several at a time."""

from __future__ import annotations

import argparse
import os
import queue
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor, as_completed
from contextlib import nullcontext
from dataclasses import replace
from itertools import groupby
from pathlib import Path, PurePosixPath

from rich.console import Console

from course.checks.suites import promises_of
from course.commands.grade.alike import mark_alike
from course.commands.grade.desk import Desk, first_difference, read_course
from course.commands.grade.grade import MAX_PROCESSES, Grade, Status, judge
from course.commands.grade.gradebook import Gradebook
from course.commands.grade.history import span
from course.commands.grade.reports import (
    FORMS,
    Results,
    feedback,
    notes,
    printable,
    summary,
    table,
)
from course.commands.grade.shards import put_together, shard
from course.commands.grade.submissions import Intake, Submission
from course.commands.grade.tables import read_points, read_roster
from course.model.chapters import Chapter, chapters, earlier_chapters, find, given_modules
from course.model.errors import CourseError, UsageError
from course.model.progress import Kind
from course.reports.files import refuse_unwritable, write
from course.running.host import Family, set_up_process
from course.running.orders import Finished, Limits

MIN_MEMORY = 512  # MB: the checks themselves reserve most of that
SECONDS, MEMORY = 60, 1024  # MB


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say which submissions, which chapters, what to write, and within which limits."""
    parser.add_argument(
        "folder",
        nargs="+",
        type=Path,
        help="holds a folder or zip archive for each submission; or a zip; or earlier results (.json)",
    )
    parser.add_argument("--chapters", nargs="+", metavar="N", help="grade these (all)")
    parser.add_argument("--out", type=Path, metavar="FILE", help="a .csv, .json or .md file")
    parser.add_argument("--gradebook", type=Path, metavar="FILE", help="a .csv file to import")
    parser.add_argument("--feedback", type=Path, metavar="FOLDER", help="a report for each learner")
    parser.add_argument("--roster", type=Path, metavar="FILE", help="a .csv: who should be there")
    parser.add_argument("--points", type=Path, metavar="FILE", help="a .csv: what counts how much")
    parser.add_argument("--since", metavar="TIME", help="of clones: the last commit from then on")
    parser.add_argument("--until", metavar="TIME", help="and until then")
    parser.add_argument(
        "--stand-in", action="store_true", help="each chapter on the reference's earlier ones"
    )
    parser.add_argument("--shard", metavar="K/N", help="only the Kth of N parts of the class")
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 1, help="at once (%(default)s)"
    )
    limit = "of each suite (%(default)s)"
    parser.add_argument("--seconds", type=int, default=SECONDS, help=f"the most time {limit}")
    parser.add_argument(
        "--memory", type=int, default=MEMORY, metavar="MB", help=f"and memory {limit}"
    )


def run(options: argparse.Namespace, console: Console) -> int:
    """Grade and report. Returns 0 if all could be graded, whatever the grades are, else 1."""
    _refuse_impossible(options)
    began = time.perf_counter()
    roster = read_roster(options.roster) if options.roster else None
    wanted = [find(name) for name in options.chapters or []]
    grader = None
    if _are_results(options.folder):
        results = put_together(options.folder, wanted)
        wanted = wanted or sorted({grade.chapter for grade in results.grades}, key=_number)
        points = read_points(options.points, wanted) if options.points else None
    else:
        wanted = wanted or list(chapters())
        points = read_points(options.points, wanted) if options.points else None
        grader = Grader(chapters(), wanted, options)
        results = grader.grade_folder(options.folder[0], console)
    gradebook = Gradebook(results, wanted, roster)
    results = replace(results, about_roster=gradebook.remarks())
    took = time.perf_counter() - began
    console.print(table(results.grades))
    for line in notes(results):
        console.print(line, soft_wrap=True)
    total = f"\n{len(results.grades)} graded: {summary(results.grades)}   {took:.0f} s"
    console.print(total, style="bold", soft_wrap=True)
    if options.out:
        write(options.out, FORMS[options.out.suffix.lower()](results))
        console.print(f"The grades are in {options.out}", soft_wrap=True)
    if options.gradebook:
        write(options.gradebook, gradebook.as_csv(points))
        console.print(f"The gradebook is in {options.gradebook}", soft_wrap=True)
    if options.feedback:
        _write_feedback(options.feedback, results.grades)
        console.print(f"The feedback is in {options.feedback}", soft_wrap=True)
    if grader and grader.stopped:
        every = len(results.names) * len(wanted)
        console.print(f"Stopped: {len(results.grades)} of {every} are graded.")
        raise KeyboardInterrupt
    if grader and (changed := grader.changed_file()):
        console.print(f"{changed} changed meanwhile. If that was not you, a submission did it.")
        return 1
    not_graded = any(grade.status is Status.NOT_GRADED for grade in results.grades)
    return int(not_graded or bool(gradebook.doubtful))


def _number(chapter: Chapter) -> int:
    return chapter.number


def _refuse_impossible(options: argparse.Namespace) -> None:
    if options.jobs < 1 or options.seconds < 1:
        raise UsageError("--jobs and --seconds begin at 1.")
    if options.memory < MIN_MEMORY:
        raise UsageError(f"--memory begins at {MIN_MEMORY} MB: the checks themselves need that.")
    if options.out and options.out.suffix.lower() not in FORMS:
        raise UsageError(f"--out: {options.out} has to end with {', '.join(FORMS)}.")
    if options.gradebook and options.gradebook.suffix.lower() != ".csv":
        raise UsageError(f"--gradebook: {options.gradebook} has to end with .csv.")
    for file in filter(None, (options.out, options.gradebook)):
        refuse_unwritable(file)
    if options.feedback:
        if options.feedback.is_file():
            raise UsageError(f"--feedback: {options.feedback} is a file, and not a folder.")
        refuse_unwritable(options.feedback / "x" if options.feedback.is_dir() else options.feedback)
    if options.points and not options.gradebook:
        raise UsageError("--points is for the gradebook: add --gradebook FILE.")
    if _are_results(options.folder):
        if options.shard or options.since or options.until or options.stand_in or options.feedback:
            raise UsageError("these are results: nothing is graded again. Leave the option out.")
    elif len(options.folder) > 1:
        raise UsageError("name one folder, or results (.json) to put together.")
    if options.shard:
        shard(options.shard)
        if options.roster or options.gradebook:
            raise UsageError(
                "a shard is not the class: give --roster and --gradebook to the results."
            )


def _are_results(given: Sequence[Path]) -> bool:
    return all(path.suffix.lower() == ".json" for path in given)


def _write_feedback(folder: Path, grades: Sequence[Grade]) -> None:
    for name, own in groupby(grades, key=lambda grade: grade.submission):
        place = folder / printable(name)
        try:
            place.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CourseError(f"{place} could not be made: {error.strerror}.") from None
        write(place / "feedback.txt", feedback(list(own)))


class Grader:
    """Grades chapters of submissions, each job at a desk of its own."""

    def __init__(
        self, course: Sequence[Chapter], wanted: Sequence[Chapter], options: argparse.Namespace
    ) -> None:
        self._course = course
        self._wanted = wanted
        self._options = options
        self._limits = Limits(
            seconds=options.seconds, memory=options.memory * 2**20, processes=MAX_PROCESSES
        )
        self._files = read_course()
        self._engine = {
            name: text for name, text in self._files.items() if name.parts[0] != "solutions"
        }
        self._given = {
            PurePosixPath(module.name): self._files[PurePosixPath("solutions", module.name)]
            for module in given_modules()
        }
        self._tasks = {
            chapter: {test: each.task for test, (each, _) in promises_of(chapter).items()}
            for chapter in wanted
        }
        self._desks: list[Desk] = []
        self._free: queue.SimpleQueue[Desk | None] = queue.SimpleQueue()
        self.stopped = False

    def grade_folder(self, folder: Path, console: Console) -> Results:
        """Grade what is in a folder or an archive, or a shard of it. Raises UsageError."""
        when = span(self._options.since, self._options.until)
        set_up_process()
        handed_in = Intake(self._course, when).read(folder)
        references = {each.stem: self._files.get(_solution(each), b"") for each in self._wanted}
        mark_alike(handed_in.submissions, self._wanted, references)
        part = self._options.shard or ""
        if part:
            handed_in = shard(part).of(handed_in)
        grades = self._grade_all(handed_in.submissions, self._options.jobs, console)
        names = [submission.name for submission in handed_in.submissions]
        return Results(grades, list(handed_in.not_read()), handed_in.ignored, names, shard=part)

    def _grade_all(
        self, handed_in: Sequence[Submission], jobs: int, console: Console
    ) -> list[Grade]:
        """Grade `jobs` chapters at a time; after Ctrl-C, return what is complete by then."""
        for _ in range(jobs):
            self._free.put(None)  # a desk is made when it is first needed
        with ThreadPoolExecutor(jobs) as pool:
            pending = [
                pool.submit(self._grade, submission, chapter)
                for submission in handed_in
                for chapter in self._wanted
            ]
            try:
                with console.status("Grading …") if console.is_terminal else nullcontext() as line:
                    for count, _ in enumerate(as_completed(pending), start=1):
                        if line:
                            line.update(f"{count} of {len(pending)} graded. Ctrl-C stops.")
            except KeyboardInterrupt:
                self.stopped = True
                pool.shutdown(wait=False, cancel_futures=True)
                for desk in list(self._desks):
                    desk.stop()
        for desk in self._desks:
            desk.close()
        Family().end()  # what has killed its host, where the system allows that
        done = [each for each in pending if not each.cancelled()]
        return [each.result() for each in done if not isinstance(each.exception(), CancelledError)]

    def changed_file(self) -> str:
        """Return the name of a file of the teacher's course that has changed since the start."""
        return first_difference(self._files, read_course())

    def _grade(self, submission: Submission, chapter: Chapter) -> Grade:
        """Grade one chapter of one submission. Whatever goes wrong concerns this one alone."""
        tasks = self._tasks[chapter]
        if chapter.stem not in submission.answers:
            status, why = submission.settled.get(chapter.stem, (Status.MISSING, ""))
            kinds = dict.fromkeys(tasks, Kind.TO_DO.value) if status is Status.TO_DO else {}
            return Grade(submission.name, chapter, status, tasks, kinds, note=why)
        same_as = submission.alike.get(chapter.stem, ())
        desk = self._free.get()
        fit = False
        try:
            if desk is None:
                desk = Desk(self._engine)
                self._desks.append(desk)
            grade = self._check(submission, chapter, desk)
            grade = replace(grade, same_as=same_as)
            fit = desk.clear() and grade.status is not Status.ENDED  # its host may have ended
        except Exception as error:
            if self.stopped:
                raise CancelledError from None
            why = str(error) or type(error).__name__
            grade = Grade(submission.name, chapter, Status.NOT_GRADED, tasks, note=why)
        finally:
            if desk and not fit:
                desk.close()
            self._free.put(desk if fit else None)
        return grade

    def _check(self, submission: Submission, chapter: Chapter, desk: Desk) -> Grade:
        tasks = self._tasks[chapter]
        own = submission.answers
        if self._options.stand_in:
            own = {stem: text for stem, text in own.items() if stem >= chapter.stem}
        modules = {PurePosixPath(f"{stem}.py"): content for stem, content in own.items()}
        earlier = [each for each in self._course if each.number < chapter.number]
        lent = {
            PurePosixPath(each.workbench.name): self._files[solution]
            for each in earlier
            if each.stem not in own and (solution := _solution(each)) in self._files
        }
        answers = desk.lay_out(submission.helpers | modules | lent | self._given)
        used = earlier_chapters(answers / chapter.workbench.name)
        missing = [each for each in earlier if each.stem in used and each.stem not in own]
        if gone := [each for each in missing if _solution(each) not in self._files]:
            first = f"chapter {gone[0].number} was not handed in"
            why = f"{first}, and {_solution(gone[0])}, which would take its place, is missing"
            return Grade(submission.name, chapter, Status.NOT_GRADED, tasks, note=why)
        began = time.perf_counter()
        news = desk.check(chapter, answers, self._limits)
        seconds = round(time.perf_counter() - began, 2)
        if self.stopped and not any(isinstance(piece, Finished) for piece in news):
            raise CancelledError
        grade = judge(submission.name, chapter, tasks, news, desk.altered)
        report = "" if grade.status is Status.ALTERED else desk.feedback(chapter, answers, news)
        renamed = {
            f"chapters/{each.workbench.name}": str(found)
            for each in [*earlier, chapter]
            if each.stem in own and (each is chapter or each.stem in used)
            if (found := submission.origins[each.stem]).name != each.workbench.name
        }
        handed_in = renamed.get(f"chapters/{chapter.workbench.name}")
        notes = [
            f"from {handed_in}" if handed_in else "",
            f"with the reference for {_listed(missing)}" if missing else "",
            f"at commit {submission.commit}" if submission.commit else "",
            _with_names(renamed, grade.note),
        ]
        note = "; ".join(filter(None, notes))
        return replace(grade, feedback=report, renamed=renamed, seconds=seconds, note=note)


def _solution(chapter: Chapter) -> PurePosixPath:
    return PurePosixPath("solutions", chapter.solution.name)


def _with_names(renamed: Mapping[str, str], note: str) -> str:
    """Return a note with the names that files were handed in by, which a teacher looks for."""
    for name, handed_in in renamed.items():
        note = note.replace(name, handed_in)
    return note


def _listed(found: Sequence[Chapter]) -> str:
    numbers = [str(chapter.number) for chapter in found]
    *others, last = numbers
    return f"chapters {', '.join(others)} and {last}" if others else f"chapter {last}"
