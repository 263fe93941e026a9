"""`python3 -m course move`: give a chapter another number, everywhere."""

from __future__ import annotations

import argparse

from rich.console import Console

from course.maintain.move import Move, order_after
from course.maintain.tools import require
from course.model.chapters import find


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say which chapter, and where it goes."""
    parser.add_argument("chapter", metavar="SLUG")
    parser.add_argument("number", metavar="N", type=int, help="its new number")
    parser.add_argument("--dry-run", action="store_true", help="only show what would change")


def run(options: argparse.Namespace, console: Console) -> int:
    """Renumber the chapters, or show what that would change; the exit status is 0."""
    move = Move(order_after(find(options.chapter), options.number))
    if not options.dry_run:
        require("ruff")
        move.carry_out()
    move.say(console)
    return 0
