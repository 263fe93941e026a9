"""`python3 -m course starters`: derive the starters from the solutions."""

from __future__ import annotations

import argparse

from rich.console import Console

from course.maintain.starters import write_starters


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say whether to write."""
    parser.add_argument("--check", action="store_true", help="only name those that differ")


def run(options: argparse.Namespace, console: Console) -> int:
    """Write the starters, or check them; return 1 if one differs."""
    return write_starters(console, check=options.check)
