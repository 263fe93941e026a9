"""`python3 -m course replay`: the check that fails, once more, step by step."""

from __future__ import annotations

import argparse
from contextlib import closing

from rich.console import Console

from course.model.chapters import find
from course.reports.board import chapter_at_hand
from course.reports.replay import replay
from course.reports.terminal import show
from course.running.hosts import Host


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say which promise."""
    parser.add_argument("chapter", nargs="?", help="by default the current chapter")
    parser.add_argument("task", nargs="?", help="its first broken promise; by default of any task")
    parser.add_argument("promise", nargs="?", help="the name of its test, broken or not")


def run(options: argparse.Namespace, console: Console) -> int:
    """Replay a promise. Returns 0 if it is kept, 8 if its task is to do, else 1."""
    chapter = find(options.chapter) if options.chapter else chapter_at_hand()
    with closing(Host()) as host:
        status, elements = replay(chapter, options.task, options.promise, host)
    show(elements, console)
    return status
