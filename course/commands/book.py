"""`python3 -m course book`: make a website of the lessons, to read. Solutions are not in it."""

from __future__ import annotations

import argparse
from pathlib import Path

from rich.console import Console

from course.maintain.book.site import BUILD, build
from course.maintain.tools import require


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say where the website goes."""
    where = "an empty or new folder, or that of an earlier book (default: build/book/html)"
    parser.add_argument("--output", type=Path, default=BUILD / "html", metavar="DIR", help=where)


def run(options: argparse.Namespace, console: Console) -> int:
    """Build the book, and say what it holds."""
    require("sphinx", "furo", "myst_parser", requirements="requirements-book.txt")
    site = build(options.output.resolve())
    console.print(
        f"{site.folder / 'index.html'}: {site.pages} pages, {site.octets / 1e6:.1f} MB, built in "
        f"{site.seconds:.0f} s. The largest page is {site.largest.name}, "
        f"{site.largest.stat().st_size / 1000:.0f} kB.",
        soft_wrap=True,
    )
    return 0
