"""`python3 -m course status`: the board, and what to do next."""

from __future__ import annotations

import argparse

from rich.console import Console

from course.reports import board


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """There are none."""


def run(_options: argparse.Namespace, console: Console) -> int:
    """Print the board; the exit status is 0."""
    return board.run(console)
