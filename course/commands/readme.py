"""`python3 -m course readme`: draw the pictures of README.md, and write docs/syllabus.md."""

from __future__ import annotations

import argparse

from rich.console import Console

from course.maintain.readme import stale, write
from course.model.chapters import ROOT


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say whether to write."""
    parser.add_argument("--check", action="store_true", help="only say which files are stale")


def run(options: argparse.Namespace, console: Console) -> int:
    """Write the files, or check them; return 1 if one is stale."""
    if not options.check:
        write()
        console.print("The pictures of README.md and docs/syllabus.md are up to date.")
        return 0
    found = stale()
    for path in found:
        console.print(f"{path.relative_to(ROOT)} is stale. Run `python3 -m course readme`.")
    if not found:
        console.print("The pictures of README.md and docs/syllabus.md are up to date.")
    return int(bool(found))
