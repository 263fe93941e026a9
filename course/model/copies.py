"""Dated copies in `.course/copies/`, and files that change in one step: nothing is ever lost."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path

from course.model.chapters import Chapter, shown
from course.model.errors import CourseError

STAMP = "%Y-%m-%d-%H%M%S"
COPY = re.compile(r"ch\d\d_(?P<slug>\w+)\.(?P<stamp>\d{4}-\d\d-\d\d-\d{6})(-(?P<extra>\d+))?\.py")


@dataclass(frozen=True, order=True)
class Copy:
    """A dated copy of a chapter's file; they sort by age. `extra` tells apart those of one second."""

    stamp: str
    extra: int
    slug: str
    file: Path

    @property
    def date(self) -> str:
        """When it was made, in local time."""
        return datetime.strptime(self.stamp, STAMP).strftime("%Y-%m-%d %H:%M:%S")


def copies(root: Path) -> list[Copy]:
    """Return every copy, the newest first."""
    return sorted(_found(root / ".course" / "copies"), reverse=True)


def keep(chapter: Chapter, content: bytes) -> Path:
    """Write a dated copy of what the learner has, under a name of its own.

    Raises CourseError if that cannot be done.
    """
    folder = chapter.root / ".course" / "copies"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in _names(f"{chapter.stem}.{datetime.now().strftime(STAMP)}"):
            with suppress(FileExistsError):
                _write(folder / name, content)
                return folder / name
    except OSError as error:
        raise CourseError(
            f"no copy of {shown(chapter.workbench)} could be made in {shown(folder)} "
            f"({error.strerror}), so it was left alone."
        ) from None
    raise AssertionError("there are always more names")


def content_of(file: Path) -> bytes | None:
    """Return what stands in a file, None if it is missing. Raises CourseError if it is no file."""
    if file.is_dir():
        raise CourseError(f"{shown(file)} is a folder. Rename it, then run this again.")
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise CourseError(f"{shown(file)} cannot be read: {error.strerror}.") from None


def put(file: Path, content: bytes, instead_of: bytes | None) -> None:
    """Give a file new content in one step, if it still holds what it is to replace.

    Raises CourseError if it does not, or cannot be written. Then it is as it was.
    """
    target = file.resolve()  # where a link leads to
    spare = target.with_name(f"{target.name}.{os.getpid()}.new")
    try:
        target.parent.mkdir(exist_ok=True)
        _write(spare, content)
        with _removed_on_error(spare):
            if content_of(target) != instead_of:
                raise CourseError(f"{shown(file)} was saved meanwhile, so it was left alone.")
            if instead_of is not None:
                shutil.copymode(target, spare)
            spare.replace(target)
    except OSError as error:
        raise CourseError(
            f"{shown(file)} cannot be written: {error.strerror}. It is as it was."
        ) from None


def _write(file: Path, content: bytes) -> None:
    """Write a new file down to the disk, whole or not at all."""
    with file.open("xb") as out, _removed_on_error(file):
        out.write(content)
        out.flush()
        os.fsync(out.fileno())


@contextmanager
def _removed_on_error(file: Path) -> Iterator[None]:
    try:
        yield
    except BaseException:
        file.unlink()
        raise


def _names(stem: str) -> Iterator[str]:
    yield f"{stem}.py"
    yield from (f"{stem}-{extra}.py" for extra in count(2))


def _found(folder: Path) -> Iterator[Copy]:
    for file in folder.glob("ch*.py"):
        if match := COPY.fullmatch(file.name):
            yield Copy(match["stamp"], int(match["extra"] or 1), match["slug"], file)
