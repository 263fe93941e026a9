"""`python3 -m course hint`: three levels for each promise, one at a time."""

from __future__ import annotations

import argparse

from rich.console import Console

from course.model.chapters import find
from course.reports.board import chapter_at_hand
from course.reports.hints import hint


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say which chapter, which task, and which hints."""
    parser.add_argument("chapter", nargs="?", help="by default the current chapter")
    parser.add_argument("--task", metavar="K", help="for a promise of this task")
    parser.add_argument("--again", action="store_true", help="show the hints that were shown")
    parser.add_argument("--all", action="store_true", help="show every hint")


def run(options: argparse.Namespace, console: Console) -> int:
    """Show what the command line asks for; the exit status is 0."""
    chapter = find(options.chapter) if options.chapter else chapter_at_hand()
    hint(chapter, console, task=options.task, again=options.again, everything=options.all)
    return 0
