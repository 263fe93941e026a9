"""`python3 -m course next`: what to do now, in one line."""

from __future__ import annotations

import argparse

from rich.console import Console

from course.reports.board import board, next_step


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """There are none."""


def run(_options: argparse.Namespace, console: Console) -> int:
    """Print the line; the exit status is 0."""
    console.print(next_step(board()), soft_wrap=True)
    return 0
