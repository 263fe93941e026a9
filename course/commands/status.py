"""`python3 -m course status`: the board, what is done, and what to do next."""

from __future__ import annotations

import argparse

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from course import TITLE
from course.model.chapters import Chapter, shown
from course.reports.board import board, table

LINES_AROUND = 12  # of the table: the title, what to do next, the prompt


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """There are none."""


def run(_options: argparse.Namespace, console: Console) -> int:
    """Print the board; the exit status is 0."""
    rows = board()
    has_room = not console.is_terminal or console.height >= 2 * len(rows) + LINES_AROUND
    if has_room:
        console.print()
    console.print(Text(f" {TITLE}\n", style="bold"))
    console.print(Padding(table(rows, questions=has_room), (0, 0, 1, 1)))
    current = [row.chapter for row in rows if row.is_current]
    console.print(_next_step(current[0]) if current else Text(" All chapters are done."))
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
