"""The table of commands. Each is a module of `course.commands` with the same name."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

from course import TITLE
from course.model.errors import UsageError
from course.reports.terminal import console

COMMANDS = {
    "status": "the board: what is done, and what is next",
    "lab": "read a lesson in JupyterLab",
    "check": "check a chapter's promises",
    "watch": "check a chapter whenever you save it",
    "next": "what to do now, in one line",
    "replay": "watch one failing case, step by step",
    "hint": "the next hint for the first promise that is not kept",
    "solution": "compare your code with the reference, once yours has passed",
    "reset": "put a chapter's starter back; your file is copied first",
    "borrow": "use the reference for a chapter; your file is copied first",
    "restore": "bring a copy of your file back",
    "update": "get the newest version of the course, with your work in it",
    "doctor": "look for problems on this machine",
    "grade": "for teachers: grade a folder of submissions",
    "edition": "for teachers: make a copy with the first chapters only",
    "book": "for teachers: make a website of the lessons, to read",
    "test": "for maintainers: run everything that CI runs",
    "new": "for maintainers: make the files of a new chapter",
    "move": "for maintainers: give a chapter another number, everywhere",
    "mutants": "for maintainers: try small changes of a solution on its suite",
    "starters": "for maintainers: derive the starters from the solutions",
    "lessons": "for maintainers: run lessons and store their outputs",
    "readme": "for maintainers: draw the pictures of README.md, write docs/syllabus.md",
}


class Parser(argparse.ArgumentParser):
    """Says what is wrong with a command line in one line, as every command does."""

    def error(self, message: str) -> NoReturn:
        """Raise UsageError."""
        raise UsageError(f"{message}. Try `{self.prog} --help`.")


def main(arguments: Sequence[str]) -> int:
    """Run one command (without arguments: `status`) and return its exit status."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal that lacks a character shows a `?`
    name, *others = arguments or ["status"]
    if name not in COMMANDS:
        if not name.startswith("-"):
            raise UsageError(f"there is no command {name!r}. `python3 -m course --help` lists all.")
        parser().parse_args([name])
    module = import_module(f"course.commands.{name}")
    options = Parser(prog=f"python3 -m course {name}", description=module.__doc__)
    module.add_arguments(options)
    status: int = module.run(options.parse_args(others), console())
    return status


def parser() -> Parser:
    """Describe the commands."""
    top = Parser(
        prog="python3 -m course",
        description=f"{TITLE}. Name a chapter by its number or its name: 2 or four_tuple.",
    )
    commands = top.add_subparsers(metavar="command", dest="command", required=True)
    for name, summary in COMMANDS.items():
        commands.add_parser(name, help=summary)
    return top
