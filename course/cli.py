"""The command line: `python3 -m course …`. Each command imports what it needs, when it runs."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from rich.console import Console

from course import TITLE
from course.chapters import chapters, find
from course.errors import UsageError

Command = Callable[[argparse.Namespace, Console], int]
EXPORTS = ("json", "junit", "markdown")  # what course.exports can write


class _Parser(argparse.ArgumentParser):
    """Says what is wrong with a command line in one line, as every command does."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}. `{self.prog} --help` says more.")


def main(arguments: Sequence[str]) -> int:
    """Run one command (without arguments: `status`) and return its exit status."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal that lacks a character shows a `?`
    options = parser().parse_args(arguments or ["status"])
    command: Command = options.command
    return command(options, Console(highlight=False, markup=False))


def parser() -> argparse.ArgumentParser:
    """Describe every command."""
    top = _Parser(
        prog="python3 -m course",
        description=f"{TITLE}. A chapter is named by its number or its name: 2 or four_tuple.",
    )
    commands = top.add_subparsers(metavar="command", required=True)

    def add(name: str, command: Command, summary: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=summary, description=summary)
        made.set_defaults(command=command)
        return made

    add("status", _status, "the board: what is done, what is next")
    lab = add("lab", _lab, "read a lesson in JupyterLab")
    lab.add_argument("chapter", nargs="?")
    lab.add_argument("--no-browser", action="store_true", help="only print the address")
    check = add("check", _check, "check a chapter's promises (by default the current chapter's)")
    check.add_argument("chapter", nargs="*")
    check.add_argument("--all", action="store_true", help="check every chapter")
    check.add_argument("--solutions", action="store_true", help="check the reference instead")
    for form in EXPORTS:
        what = f"write what was found into FILE, as {form}"
        check.add_argument(f"--{form}", type=Path, metavar="FILE", help=what)
    add("next", _next, "what to do now, in one line")
    watch = add("watch", _watch, "check a chapter (by default the current one) on every save")
    watch.add_argument("chapter", nargs="?")
    hint = add("hint", _hint, "the next hint for the first promise that is not kept")
    hint.add_argument("chapter", nargs="?")
    hint.add_argument("--task", metavar="K", help="for a promise of this task")
    hint.add_argument("--again", action="store_true", help="show the hints that were shown")
    hint.add_argument("--all", action="store_true", help="show every hint")
    solution = add("solution", _solution, "the reference beside yours, when yours is done")
    solution.add_argument("chapter")
    solution.add_argument("--task", metavar="K", help="only this task's")
    solution.add_argument("--spoil", action="store_true", help="also when yours is not done")
    reset = add("reset", _reset, "put a chapter's starter back, and keep a copy of your file")
    reset.add_argument("chapter")
    reset.add_argument("--task", metavar="K", help="only in this task's functions")
    borrow = add(
        "borrow", _borrow, "take the reference for a chapter, and keep a copy of your file"
    )
    borrow.add_argument("chapter")
    borrow.add_argument("--task", metavar="K", help="only for this task's functions")
    restore = add("restore", _restore, "bring a copy of your file back; without a name: list them")
    restore.add_argument("copy", nargs="?", metavar="NAME", help="a chapter, or a copy's name")
    update = add("update", _update, "get the newest version of the course, with your work in it")
    update.add_argument("--from", type=Path, dest="older", metavar="FOLDER", help="an older copy")
    add("doctor", _doctor, "look for what is wrong on this machine")
    bench = add("bench", _bench, "measure the chapters' echo servers beside asyncio's")
    bench.add_argument("--quick", action="store_true", help="fewer and shorter rounds")
    bench.add_argument("--rounds", type=int, help="how many rounds (5)")
    bench.add_argument("--seconds", type=float, help="seconds a measurement (1)")
    bench.add_argument("--connections", type=int, default=1000, help="idle ones (%(default)s)")
    bench.add_argument("--chapters", action="store_true", help="measure your own code")
    bench.add_argument("--svg", metavar="FILE", help="the plot (build/bench/echo.svg)")
    bench.add_argument("--json", metavar="FILE", help="every figure of every round")
    grade = add("grade", _grade, "grade a folder of submissions (instructors: docs/teaching.md)")
    grade.add_argument("folder", type=Path, help="holds one folder for each submission")
    grade.add_argument("--chapters", nargs="+", metavar="N", help="grade these (all)")
    grade.add_argument("--out", type=Path, metavar="FILE", help="a .csv, .json or .md file")
    grade.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 1, help="at once (%(default)s)"
    )
    limit = "of each suite (%(default)s)"
    grade.add_argument("--seconds", type=int, default=60, help=f"the most time {limit}")
    grade.add_argument("--memory", type=int, default=1024, metavar="MB", help=f"and memory {limit}")
    test = add("test", _test, "all that the maintainers' CI runs")
    test.add_argument("--strict", action="store_true", help="what cannot be run is a failure")
    test.add_argument("--only", metavar="STEP", help="run one step; a wrong name lists them")
    starters = add("starters", _starters, "derive the starters from the solutions (maintainers)")
    starters.add_argument("--check", action="store_true", help="only tell which differ")
    lessons = add("lessons", _lessons, "run lessons and store their outputs (maintainers)")
    lessons.add_argument("chapter", nargs="*")
    lessons.add_argument("--text", action="store_true", help="write their text forms into build/")
    return top


def _status(_options: argparse.Namespace, console: Console) -> int:
    from course import board

    return board.run(console)


def _lab(options: argparse.Namespace, _console: Console) -> int:
    from course import lab

    notebook = find(options.chapter).notebook if options.chapter else None
    return lab.run(notebook, browser=not options.no_browser)


def _check(options: argparse.Namespace, console: Console) -> int:
    from course import check
    from course.checks.watchdog import leave_if_threads_remain

    wanted = chapters() if options.all else [find(name) for name in options.chapter]
    files = {form: file for form in EXPORTS if (file := getattr(options, form))}
    status = check.run(wanted, console, solutions=options.solutions, files=files)
    leave_if_threads_remain(status)
    return status


def _next(_options: argparse.Namespace, console: Console) -> int:
    from course import advice

    return advice.run(console)


def _watch(options: argparse.Namespace, _console: Console) -> int:
    from course.watch import command

    return command.run(find(options.chapter) if options.chapter else None)


def _hint(options: argparse.Namespace, console: Console) -> int:
    from course import hints

    chapter = find(options.chapter) if options.chapter else None
    return hints.run(
        chapter, console, task=options.task, again=options.again, everything=options.all
    )


def _solution(options: argparse.Namespace, console: Console) -> int:
    from course import solution

    return solution.run(find(options.chapter), console, task=options.task, spoil=options.spoil)


def _reset(options: argparse.Namespace, console: Console) -> int:
    from course import workbench

    return workbench.reset(find(options.chapter), console, options.task)


def _borrow(options: argparse.Namespace, console: Console) -> int:
    from course import workbench

    return workbench.borrow(find(options.chapter), console, options.task)


def _restore(options: argparse.Namespace, console: Console) -> int:
    from course import workbench

    return workbench.restore(options.copy, console)


def _update(options: argparse.Namespace, console: Console) -> int:
    from course.update import command

    return command.run(options.older, console)


def _doctor(_options: argparse.Namespace, _console: Console) -> int:
    from course.doctor import command

    return command.run()


def _bench(options: argparse.Namespace, console: Console) -> int:
    from course.bench import command

    return command.run(options, console)


def _grade(options: argparse.Namespace, console: Console) -> int:
    from course.grading import command

    return command.run(options, console)


def _test(options: argparse.Namespace, console: Console) -> int:
    from course import maintain

    return maintain.run(console, only=options.only, strict=options.strict)


def _starters(options: argparse.Namespace, console: Console) -> int:
    from course import workbench

    return workbench.write_starters(console, check=options.check)


def _lessons(options: argparse.Namespace, console: Console) -> int:
    from course.lessons import edit

    wanted = [find(name) for name in options.chapter]
    return (edit.write_texts if options.text else edit.store)(wanted, console)
