"""`python3 -m course book`: make a website of the lessons, to read. Solutions are not in it."""

from __future__ import annotations

import argparse
from contextlib import nullcontext
from pathlib import Path

from rich.console import Console

from course.maintain.book.quality import CHECKERS, check
from course.maintain.book.site import HTML, NEEDED, build
from course.maintain.tools import BOOK, require
from course.model.chapters import chapters


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say where the website goes."""
    where = "an empty or new folder, or that of an earlier book (default: build/book/html)"
    fit = "check every page as well, also in a browser: Chromium or Chrome has to be installed"
    parser.add_argument("--check", action="store_true", help=fit)
    parser.add_argument("--output", type=Path, default=HTML, metavar="DIR", help=where)


def run(options: argparse.Namespace, console: Console) -> int:
    """Build the book, and say what it holds. Returns 1 if a check has found something, else 0."""
    require(*NEEDED, *(CHECKERS if options.check else ()), requirements=BOOK)
    site = build(options.output.resolve())
    console.print(f"{site.folder / 'index.html'}: {site}.", soft_wrap=True)
    return _check(site.folder, console) if options.check else 0


def _check(folder: Path, console: Console) -> int:
    def tell(page: str) -> None:
        if line:
            line.update(f"Checking {page} …")

    with console.status("Checking …") if console.is_terminal else nullcontext() as line:
        found = check(folder, chapters(), tell)
    for text in found.lines():
        console.print(text, soft_wrap=True, markup=False, highlight=False)
    console.print(
        "not fit to be published" if found.faults else "fit to be published", style="bold"
    )
    return int(bool(found.faults))
