"""`python3 -m course next`: what to do now, in one line."""

from __future__ import annotations

import argparse

from rich.console import Console

from course.model.chapters import chapters
from course.model.progress import Progress
from course.reports.board import current_chapter, in_a_line


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """There are none."""


def run(_options: argparse.Namespace, console: Console) -> int:
    """Print the line; the exit status is 0."""
    progress = Progress(chapters()[0].root)
    console.print(in_a_line(current_chapter(chapters(), progress), progress), soft_wrap=True)
    return 0
