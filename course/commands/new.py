"""`python3 -m course new`: make the files of a new chapter, which pass every step of `test`."""

from __future__ import annotations

import argparse

from rich.console import Console

from course.maintain.new import make
from course.maintain.tools import require


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the chapter is called, and where it goes."""
    parser.add_argument("slug", metavar="SLUG", help="its lasting name, such as four_tuple")
    parser.add_argument("--at", metavar="N", type=int, help="its number; by default the next")


def run(options: argparse.Namespace, console: Console) -> int:
    """Make the chapter; the exit status is 0."""
    require("jupytext", "ruff")
    make(options.slug, options.at, console)
    return 0
