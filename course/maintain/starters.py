"""Writes the starters, and the modules given with them, or names those that differ."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from course.model.chapters import ROOT, chapters, shown
from course.model.copies import content_of, same_lines
from course.model.starters import given, starter
from course.model.workbench import replace


def write_starters(console: Console, *, check: bool = False, root: Path = ROOT) -> int:
    """Write every starter; with `check`, name those that differ instead, and return 1 if any does.

    Raises CourseError if a solution cannot be derived from; nothing has been written then.
    """
    texts = {chapter.workbench: starter(chapter) for chapter in chapters(root)}
    count = len(texts)
    texts |= given(root)
    outdated = [
        file for file, text in texts.items() if not same_lines(content_of(file), text.encode())
    ]
    for file in outdated:
        if check:
            console.print(f"{shown(file)} is not what its solution derives to.")
        else:
            replace(file, texts[file].encode(), "the starter", console, root)
    if check and outdated:
        console.print("`python3 -m course starters` writes them again, and keeps copies.")
        return 1
    console.print(f"All {count} starters are up to date.")
    return 0
