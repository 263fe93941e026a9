"""A desk: a folder with a copy of what checks answers, and a process that does it, one suite a time.

Every job has a desk of its own, and a submission that alters the checks meets only the copy: that is
seen when its suite has ended, and the desk is replaced before the next one.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from course.model.chapters import ROOT, Chapter
from course.model.errors import CourseError
from course.reports.outline import outline
from course.reports.report import collect
from course.reports.terminal import as_text
from course.running.environment import inner_environment
from course.running.hosts import Host
from course.running.orders import Limits, News, Order

NOT_NEEDED = {"__pycache__", "pictures"}  # and the tool's own tests

Files = Mapping[PurePosixPath, bytes]


def read_course(root: Path = ROOT) -> dict[PurePosixPath, bytes]:
    """Read the tool without what grading does not need, the suites and the solutions."""
    return dict(_files_below(root, _needed(root)))


def first_difference(before: Files, after: Files) -> str:
    """Return the name of a file that is not the same in both, '' if there is none."""
    names = sorted(before.keys() | after.keys())
    return next((str(name) for name in names if before.get(name) != after.get(name)), "")


class Desk:
    """Where one job checks. Raises OSError if there is no place for it."""

    def __init__(self, course: Files) -> None:
        self._course = course
        self._folder = Path(tempfile.mkdtemp(prefix="course-grade-")).resolve()
        self._engine = self._folder / "engine"
        self._room = self._folder / "room"
        _write(self._engine, course)
        environment = inner_environment(self._room / "home") | {"PYTHONDONTWRITEBYTECODE": "1"}
        self._host = Host(self._engine, environment)
        self.altered = ""  # a file of the checks that a submission has changed

    def lay_out(self, answers: Files) -> Path:
        """Write the answers into a room of their own, and return their folder."""
        (self._room / "home").mkdir(parents=True)
        folder = self._room / "chapters"
        _write(folder, {PurePosixPath("__init__.py"): b"", **answers})
        return folder

    def check(self, chapter: Chapter, answers: Path, limits: Limits) -> list[News]:
        """Run a chapter's suite on the answers that were laid out. Their paths begin at the room."""
        room = str(self._room)
        order = Order(
            chapter.stem,
            str(answers),
            controls=True,
            folder=room,
            writable=(room,),
            limits=limits,
        )
        news = list(self._host.run(order))
        found = dict(_files_below(self._engine, self._engine.rglob("*")))
        self.altered = first_difference(self._course, found)
        return [_without(f"{room}{os.sep}", piece) for piece in news]

    def feedback(self, chapter: Chapter, answers: Path, news: Sequence[News]) -> str:
        """Return the report that the learner would have seen, '' if the suite did not finish."""
        try:
            report = collect(chapter, answers / chapter.workbench.name, news)
            return as_text(outline(replace(report, file=report.file.relative_to(self._room))))
        except CourseError:
            return ""

    def clear(self) -> bool:
        """Empty the room. Returns whether the desk is as it was, so that it can be used again."""
        _remove(self._room)
        return not (self.altered or self._room.exists())

    def stop(self) -> None:
        """End the process with all that it started. Any thread may do so."""
        self._host.close()

    def close(self) -> None:
        """Stop, and remove the folder. Only for the thread that works here."""
        self.stop()
        _remove(self._folder)


def _without(prefix: str, data: Any) -> Any:
    """Return data without a prefix of paths, wherever it is in their texts."""
    if type(data) is str:  # and not an enumeration's member
        return data.replace(prefix, "")
    if isinstance(data, tuple):
        return tuple(_without(prefix, each) for each in data)
    if is_dataclass(data) and not isinstance(data, type):
        changed = {f.name: _without(prefix, getattr(data, f.name)) for f in fields(data)}
        return replace(data, **changed)
    return data


def _needed(root: Path) -> Iterator[Path]:
    yield root / "pyproject.toml"
    yield from (root / "tests").glob("*.py")
    yield from (root / "solutions").glob("*.py")
    for path in (root / "course").rglob("*"):
        inner = path.relative_to(root / "course").parts
        if not NOT_NEEDED.intersection(inner) and inner[0] != "tests":
            yield path


def _files_below(root: Path, paths: Iterable[Path]) -> Iterator[tuple[PurePosixPath, bytes]]:
    for path in paths:
        if path.is_file():
            yield PurePosixPath(path.relative_to(root).as_posix()), path.read_bytes()


def _write(folder: Path, files: Files) -> None:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def _remove(folder: Path) -> None:
    """Remove a folder, even if a submission has locked folders in it."""
    if folder.exists():
        folder.chmod(0o700)
    for place, folders, _ in os.walk(folder):
        for path in (Path(place, name) for name in folders):
            if not path.is_symlink():
                path.chmod(0o700)
    shutil.rmtree(folder, ignore_errors=True)
