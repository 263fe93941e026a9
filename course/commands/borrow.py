"""`python3 -m course borrow`: use the reference for a chapter. Your file is copied first."""

from __future__ import annotations

import argparse

from rich.console import Console

from course.model.chapters import find
from course.model.workbench import borrow


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say which chapter, or which task of it."""
    parser.add_argument("chapter")
    parser.add_argument("--task", metavar="K", help="only this task's functions")


def run(options: argparse.Namespace, console: Console) -> int:
    """Borrow what the command line names; the exit status is 0."""
    return borrow(find(options.chapter), console, options.task)
