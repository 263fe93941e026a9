"""The learner's files: put a starter or a reference there, never without a copy of what was."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path

from rich.console import Console

from course.chapters import Chapter, chapters
from course.checks.answers import shown
from course.errors import CourseError
from course.starters import starter


def reset(chapter: Chapter, console: Console) -> int:
    """Put the pristine starter in the place of the learner's file, after a dated copy."""
    return _replace(chapter, starter(chapter), "the starter again", console)


def borrow(chapter: Chapter, console: Console) -> int:
    """Put the reference in the place of the learner's file, after a dated copy."""
    if not chapter.solution.is_file():
        raise CourseError(f"{shown(chapter.solution)} is not here, so it cannot be borrowed.")
    text = chapter.solution.read_text(encoding="utf-8")
    return _replace(chapter, text, "the reference", console)


def write_starters(console: Console, *, check: bool = False) -> int:
    """Write every starter; with `check`, name those that differ instead, and return 1 if any does."""
    drifted = [c for c in chapters() if _text(c.workbench) != starter(c)]
    for chapter in drifted:
        if check:
            console.print(f"{shown(chapter.workbench)} is not what its solution derives to.")
        else:
            _replace(chapter, starter(chapter), "the starter", console)
    if check and drifted:
        console.print("`python3 -m course starters` writes them anew, and keeps copies.")
        return 1
    console.print(f"{len(chapters())} starters are as their solutions derive to.")
    return 0


def _replace(chapter: Chapter, text: str, what: str, console: Console) -> int:
    file = chapter.workbench
    if _text(file) == text:
        console.print(f"{shown(file)} is {what}: nothing to do.")
        return 0
    copy = _keep(file, chapter.root) if file.exists() else None
    spare = file.with_suffix(".new")
    try:
        spare.write_text(text, encoding="utf-8")
        spare.replace(file)
    except OSError as error:
        raise CourseError(
            f"{shown(file)} cannot be written: {error.strerror}. It is as it was."
        ) from None
    console.print(f"{shown(file)} is {what}.")
    if copy:
        console.print(f"What you had is in {shown(copy)}")
    return 0


def _keep(file: Path, root: Path) -> Path:
    """Copy the learner's file to a dated name that is not in use, and return that."""
    stamp = datetime.now().strftime("%Y-%m-%d-%H%M%S")
    folder = root / ".course" / "copies"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        copy = folder / f"{file.stem}.{stamp}.py"
        extra = 1
        while copy.exists():
            extra += 1
            copy = folder / f"{file.stem}.{stamp}-{extra}.py"
        shutil.copy2(file, copy)
    except OSError as error:
        raise CourseError(
            f"no copy of {shown(file)} could be made ({error.strerror}), so it was left alone."
        ) from None
    return copy


def _text(file: Path) -> str | None:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
