"""`python3 -m course status`: the board, what is done, and what to do next."""

from __future__ import annotations

import argparse

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from course import TITLE
from course.model.chapters import Chapter, shown
from course.reports.board import board, table, two_columns

LINES_AROUND = 11  # of the table: the title, a question, what to do next, the prompt
WIDTH = 79  # columns for two columns of chapters


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """There are none."""


def run(_options: argparse.Namespace, console: Console) -> int:
    """Print the board; the exit status is 0."""
    rows = board()
    has_room = console.is_terminal and console.height >= 2 * (len(rows) + 1) + LINES_AROUND
    current = next((row.chapter for row in rows if row.is_current), None)
    if has_room:
        console.print()
    console.print(Text(f" {TITLE}\n", style="bold"))
    is_short = len(rows) + LINES_AROUND <= console.height
    if has_room or is_short or console.width < WIDTH:
        console.print(Padding(table(rows, questions=has_room), (0, 0, 1, 1)))
    else:
        console.print(Padding(two_columns(rows), (0, 0, 1, 1)))
        if current:
            console.print(Text(f" {current.slug}: {current.question}\n", "dim"))
    console.print(_next_step(current) if current else Text(" All chapters are done."))
    return 0


def _next_step(chapter: Chapter) -> Text:
    """Say what to do for a chapter, as commands."""
    steps = [
        ("Read", f"python3 -m course lab {chapter.slug}", "the lesson, in your browser"),
        ("Write", shown(chapter.workbench), "your file, in your editor"),
        ("Check", f"python3 -m course check {chapter.slug}", "the promises your code must keep"),
        ("Stuck?", f"python3 -m course hint {chapter.slug}", "one hint, then the next"),
        ("More", "python3 -m course --help", "all commands"),
    ]
    width = max(len(command) for _, command, _ in steps)
    text = Text()
    for verb, command, what in steps:
        text.append(f" {verb:<8}", style="cyan").append(f"{command:<{width}}", style="bold")
        text.append(f"  {what}\n", style="dim")
    text.rstrip()
    return text
