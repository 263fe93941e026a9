"""`python3 -m course check`: a chapter's promises, and the first broken one in full."""

from __future__ import annotations

import argparse
from contextlib import closing
from pathlib import Path

from rich.console import Console

from course.model.chapters import chapters, find, find_task
from course.model.errors import UsageError
from course.model.progress import EXIT_TO_DO, Progress
from course.reports import files
from course.reports.board import chapter_at_hand
from course.reports.outline import outline
from course.reports.report import collect
from course.reports.terminal import show
from course.running.hosts import Host
from course.running.orders import Order


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say which chapters, whose answers, and which files to write."""
    parser.add_argument("chapter", nargs="*", help="by default the current chapter")
    parser.add_argument("--task", metavar="K", help="only the promises of this task")
    parser.add_argument("--all", action="store_true", help="check every chapter")
    parser.add_argument("--solutions", action="store_true", help="check the reference instead")
    for form in files.FORMS:
        what = f"write the results to FILE, as {form}"
        parser.add_argument(f"--{form}", type=Path, metavar="FILE", help=what)


def run(options: argparse.Namespace, console: Console) -> int:
    """Check chapters or one task, print what was found, and write it into files.

    Returns 0 if every promise is kept, 8 if nothing is broken but something is to do, else 1.
    Raises CourseError if a suite itself cannot be run, UsageError for a task of several chapters.
    """
    course = chapters()
    wanted = list(course) if options.all else [find(name) for name in options.chapter]
    wanted = wanted or [chapter_at_hand()]
    if options.task and len(wanted) > 1:
        raise UsageError("--task checks one task of one chapter. Name only that chapter.")
    task = find_task(options.task, wanted[0]) if options.task else None
    written = {form: file for form in files.FORMS if (file := getattr(options, form))}
    for path in written.values():
        files.refuse_unwritable(path)
    reports = []
    with closing(Host()) as host:
        for chapter in wanted:
            file = chapter.solution if options.solutions else chapter.workbench
            order = Order(chapter.stem, file.parent.name, task)
            report = collect(chapter, file, host.run(order), task=task)
            if not options.solutions:
                report.note(Progress(chapter.root))
            show(outline(report), console)
            reports.append(report)
    for form, path in written.items():
        files.write(path, files.FORMS[form](reports))
    return max((report.status for report in reports), key=[0, EXIT_TO_DO, 1].index)
