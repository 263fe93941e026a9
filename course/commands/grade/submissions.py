"""Finds the submissions in a folder, and lays out a copy of the course around one of them."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from course.model.chapters import STEM, Chapter
from course.model.errors import CourseError, UsageError

MOST_FILES = 200
LARGEST_FILE = 1_000_000  # bytes
NOT_NEEDED = shutil.ignore_patterns("tests", "pictures", "watch", "update", "__pycache__")


@dataclass
class Submission:
    """What one learner handed in: the Python files that belong into `chapters/`, as bytes.

    `refused` says of a file why it was not taken, `trouble` of all.
    """

    name: str
    files: dict[Path, bytes] = field(default_factory=dict)
    refused: dict[Path, str] = field(default_factory=dict)
    trouble: str = ""


def submissions(folder: Path) -> list[Submission]:
    """Read every submission in a folder: each folder in it is one, however little it holds."""
    if not folder.is_dir():
        raise UsageError(f"{folder} is no folder.")
    if _has_chapters(folder / "chapters") or _has_chapters(folder):
        raise UsageError(
            f"{folder} is a submission itself: name the folder that holds all of them."
        )
    try:
        folders = sorted(path for path in folder.iterdir() if path.is_dir())
    except OSError as error:
        raise UsageError(f"{folder} cannot be read: {error.strerror}.") from None
    found = [_read(path) for path in folders if not path.name.startswith(".")]
    if not found:
        raise UsageError(f"{folder} holds no submissions: each is a folder in it.")
    return found


def _read(folder: Path) -> Submission:
    submission = Submission(folder.name)
    try:
        if answers := _answers_in(folder):
            for path in _python_files(answers):
                name = path.relative_to(answers)
                if problem := _problem(path, folder, submission):
                    submission.refused[name] = problem
                else:
                    submission.files[name] = path.read_bytes()
    except OSError as error:
        submission.trouble = str(error.strerror)
    return submission


def _python_files(answers: Path) -> list[Path]:
    """List the Python files of a `chapters` folder and those below it, or those that lie bare."""
    found = answers.rglob("*.py") if answers.name == "chapters" else answers.glob("*.py")
    return sorted(path for path in found if path != answers / "__init__.py")  # the course's own


def _answers_in(folder: Path) -> Path | None:
    """Return the folder that holds chapter files: at the top, or one folder down, as in an archive."""
    inner = sorted(path for path in folder.iterdir() if path.is_dir())
    places = [folder / "chapters", folder, *(path / "chapters" for path in inner), *inner]
    return next((place for place in places if _has_chapters(place)), None)


def _has_chapters(folder: Path) -> bool:
    return any(STEM.fullmatch(path.stem) for path in folder.glob("ch*.py"))


def _problem(path: Path, folder: Path, submission: Submission) -> str:
    """Say why a file is not read, or ''. A link could lead anywhere, a pipe never ends."""
    if not path.resolve().is_relative_to(folder.resolve()):
        return "it is a link to somewhere else"
    if not path.is_file():
        return "it is no file"
    if path.stat().st_size > LARGEST_FILE:
        return f"it has more than {LARGEST_FILE:,} bytes"
    return f"there are more than {MOST_FILES} files" if len(submission.files) >= MOST_FILES else ""


def lay_out(
    submission: Submission, chapter: Chapter, course: Sequence[Chapter], folder: Path
) -> None:
    """Write what checks one chapter of a submission into `folder`: engine, suite and answers.

    Only the answers are the submission's. Where it lacks an earlier chapter, the reference stands
    in, and nothing else of the reference is there.
    """
    try:
        _write_engine(chapter, folder)
        answers = folder / "chapters"
        answers.mkdir()
        (answers / "__init__.py").touch()
        for name, content in submission.files.items():
            (answers / name).parent.mkdir(parents=True, exist_ok=True)
            (answers / name).write_bytes(content)
        for earlier in course:
            mine = answers / earlier.workbench.name
            if earlier.number < chapter.number and not mine.exists():
                shutil.copy(earlier.solution, mine)
    except OSError as error:
        raise CourseError(f"no copy could be made in {folder}: {error.strerror}.") from None


def _write_engine(chapter: Chapter, folder: Path) -> None:
    shutil.copytree(chapter.root / "course", folder / "course", ignore=NOT_NEEDED)
    shutil.copy(chapter.root / "pyproject.toml", folder)  # pytest looks no further
    (folder / "tests").mkdir()
    shutil.copy(chapter.suite, folder / "tests")
    (folder / "home").mkdir()
