"""`python3 -m course solution`: the reference beside what you wrote, task by task."""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import AbstractContextManager, nullcontext

from rich.console import Console

from course.model.chapters import find
from course.reports.comparison import comparison

PROMPT = r"Space\: more   b\: back   q\: close"  # less(1): a colon has a meaning of its own


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say which chapter, and which part of it."""
    parser.add_argument("chapter")
    parser.add_argument("--task", metavar="K", help="only this task's")
    parser.add_argument("--spoil", action="store_true", help="even if yours has not passed")


def run(options: argparse.Namespace, console: Console) -> int:
    """Show what the command line asks for; the exit status is 0."""
    page = comparison(find(options.chapter), options.task, spoil=options.spoil)
    with _pager(console):
        console.print(page)
    return 0


def _pager(console: Console) -> AbstractContextManager[object]:
    """Page as git does, where there is a terminal: by `less`, if it does not fit on one screen."""
    if not console.file.isatty() or sys.platform == "win32":
        return nullcontext()
    os.environ.setdefault("LESS", rf"-FRX -Ps{PROMPT}$")
    return console.pager(styles=True)
