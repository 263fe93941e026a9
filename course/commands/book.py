"""`python3 -m course book`: make a website of the lessons, to read. Solutions are not in it."""

from __future__ import annotations

import argparse
from pathlib import Path

from rich.console import Console

from course.maintain.book.site import HTML, NEEDED, build
from course.maintain.tools import BOOK, require


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say where the website goes."""
    where = "an empty or new folder, or that of an earlier book (default: build/book/html)"
    parser.add_argument("--output", type=Path, default=HTML, metavar="DIR", help=where)


def run(options: argparse.Namespace, console: Console) -> int:
    """Build the book, and say what it holds."""
    require(*NEEDED, requirements=BOOK)
    site = build(options.output.resolve())
    console.print(f"{site.folder / 'index.html'}: {site}.", soft_wrap=True)
    return 0
