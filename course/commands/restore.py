"""`python3 -m course restore`: bring a copy of your file back. Without a name: list the copies."""

from __future__ import annotations

import argparse

from rich.console import Console

from course.model.workbench import restore


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say which copy."""
    parser.add_argument("copy", nargs="?", metavar="NAME", help="a chapter, or a copy's name")


def run(options: argparse.Namespace, console: Console) -> int:
    """Restore what the command line names; the exit status is 0."""
    return restore(options.copy, console)
