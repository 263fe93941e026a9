"""`python3 -m course test`: everything that the maintainers' CI runs."""

from __future__ import annotations

import argparse

from rich.console import Console

from course.maintain import steps


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say which step, and how strictly."""
    parser.add_argument("--strict", action="store_true", help="a step that cannot run has failed")
    parser.add_argument("--only", metavar="STEP", help="run one step; a wrong name lists the steps")
    parser.add_argument("--chapter", help="with --only mistakes: those of one chapter")


def run(options: argparse.Namespace, console: Console) -> int:
    """Run the steps; return 1 if one failed."""
    return steps.run(console, only=options.only, chapter=options.chapter, strict=options.strict)
