"""`python3 -m course lessons`: run lessons and store their outputs, or write their text forms."""

from __future__ import annotations

import argparse

from rich.console import Console

from course.maintain.lessons import edit
from course.model.chapters import find


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say which lessons."""
    parser.add_argument("chapter", nargs="*", help="by default every chapter")
    parser.add_argument("--text", action="store_true", help="write their text forms into build/")


def run(options: argparse.Namespace, console: Console) -> int:
    """Store the lessons; return 1 if one breaks a rule."""
    wanted = [find(name) for name in options.chapter]
    return (edit.write_texts if options.text else edit.store)(wanted, console)
