"""`python3 -m course edition`: make a copy of the course that holds only its first chapters."""

from __future__ import annotations

import argparse
from pathlib import Path

from rich.console import Console

from course.maintain.edition import make
from course.model.chapters import find


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say where, and which chapter is the last."""
    parser.add_argument("folder", type=Path, help="a new folder")
    parser.add_argument("--until", required=True, metavar="CHAPTER", help="the last chapter")


def run(options: argparse.Namespace, console: Console) -> int:
    """Make the copy, and say what it holds."""
    kept = make(options.folder, find(options.until))
    console.print(
        f"{options.folder} holds {len(kept)} chapters, from {kept[0].slug} to {kept[-1].slug}, "
        "with their starters. It is not a git repository yet: `git init` there makes it one.",
        soft_wrap=True,
    )
    return 0
