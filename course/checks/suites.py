"""A chapter's suite, read without being run, and what the catalogue of beliefs has for it."""

from __future__ import annotations

import importlib.util
import subprocess
from pathlib import Path
from types import ModuleType
from typing import Any

from course.checks.promises import Misconception, Promise, sentence
from course.model.chapters import Chapter, shown
from course.model.errors import CourseError

UNLESS_EDITED = (
    "If you have edited it, take it from a fresh copy of the course. "
    "If not, `python3 -m course doctor` looks for a reason on this machine."
)


def promises_of(chapter: Chapter) -> dict[str, tuple[Promise, str]]:
    """Return a suite's promises and their sentences by the names of their tests, in order."""
    suite: dict[str, Any] = vars(_import(chapter.suite))
    return {
        name: (check.promise, sentence(check))
        for name, check in suite.items()
        if name.startswith("test_") and hasattr(check, "promise")
    }


def misconceptions_of(chapter: Chapter) -> list[Misconception]:
    """Return every misconception that the catalogue has from a chapter's lesson."""
    catalogue = vars(_import(chapter.root / "tests" / "beliefs.py")).values()
    known = [each for each in catalogue if isinstance(each, Misconception)]
    return [each for each in known if each.lesson == chapter.slug]


def unusable(suite: Path, why: str) -> CourseError:
    """Return the error to raise when a suite cannot be used, with what to do about it."""
    name, advice = shown(suite), UNLESS_EDITED
    if _is_edited(suite):
        advice = f"It has been edited: `git diff {name}` shows how."
    return CourseError(f"{name} cannot be run: {why}. {advice}")


def _is_edited(file: Path) -> bool:
    command = ["git", "diff", "--name-only", "HEAD", "--", str(file)]  # outside a clone: nothing
    try:
        return bool(subprocess.run(command, cwd=file.parent, capture_output=True).stdout)
    except OSError:
        return False


def _import(file: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        raise unusable(file, f"{type(error).__name__}: {error}") from None
    return module
