"""`python3 -m course mutants`: try small changes of a solution on its suite, one by one."""

from __future__ import annotations

import argparse

from rich.console import Console

from course.maintain.tools import require
from course.model.chapters import find


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say which chapter."""
    parser.add_argument("chapter")


def run(options: argparse.Namespace, console: Console) -> int:
    """Try the mutants; return 1 if one survives that is not listed as equivalent."""
    chapter = find(options.chapter)
    require("libcst", "mutmut")
    from course.maintain import mutants

    return mutants.run(chapter, console)
