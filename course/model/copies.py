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

from course.model.chapters import STEM, shown
from course.model.errors import CourseError

STAMP = "%Y-%m-%d-%H%M%S"
COPY = re.compile(
    r"(?P<stem>.+)\.(?P<stamp>\d{4}-\d\d-\d\d-\d{6})(-(?P<extra>\d+))?(?P<suffix>(\.\w+)?)"
)


@dataclass(frozen=True, order=True)
class Copy:
    """A dated copy of a file; they sort by age. `extra` tells apart those of one second."""

    stamp: str
    extra: int
    stem: str
    file: Path

    @property
    def slug(self) -> str:
        """The name of the chapter whose file it is."""
        return self.stem.partition("_")[2]

    @property
    def date(self) -> str:
        """When it was made, in local time."""
        return datetime.strptime(self.stamp, STAMP).strftime("%Y-%m-%d %H:%M:%S")


def copies(root: Path) -> list[Copy]:
    """Return every copy of a chapter's file, the newest first."""
    found = _found(root / ".course" / "copies", ".py")
    return sorted((copy for copy in found if STEM.fullmatch(copy.stem)), reverse=True)


def keep(file: Path, content: bytes, root: Path) -> Path:
    """Make a dated copy of a file's content, unless its newest copy is the same; return the copy.

    Raises CourseError if that cannot be done.
    """
    folder = root / ".course" / "copies"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        newest = max((c for c in _found(folder, file.suffix) if c.stem == file.stem), default=None)
        if newest and newest.file.read_bytes() == content:
            return newest.file
        for name in _names(f"{file.stem}.{datetime.now().strftime(STAMP)}", file.suffix):
            with suppress(FileExistsError):
                _write(folder / name, content)
                return folder / name
    except OSError as error:
        raise CourseError(
            f"no copy of {shown(file)} could be made in {shown(folder)} ({error.strerror}), "
            "so the file was not changed."
        ) from None
    raise AssertionError("there are always more names")


def content_of(file: Path) -> bytes | None:
    """Return a file's content, None if it is missing. Raises CourseError if it is not a file."""
    if file.is_dir():
        raise CourseError(f"{shown(file)} is a folder. Rename it, then run this again.")
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return None
    except NotADirectoryError:
        raise CourseError(f"{shown(file.parent)} must be a folder. Rename what is there.") from None
    except OSError as error:
        raise CourseError(f"{shown(file)} cannot be read: {error.strerror}.") from None


def same_lines(one: bytes | None, other: bytes | None) -> bool:
    """Tell whether two files exist and hold the same lines, whatever their line ends."""
    if one is None or other is None:
        return False
    return one.replace(b"\r\n", b"\n") == other.replace(b"\r\n", b"\n")


def put(file: Path, content: bytes, instead_of: bytes | None) -> None:
    """Give a file new content in one step, if it still holds what it is to replace.

    Raises CourseError if it does not, or if it cannot be written. Then it has not changed.
    """
    target = file.resolve()  # where a link leads to
    spare = target.with_name(f"{target.name}.{os.getpid()}.new")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _write(spare, content)
        with _removed_on_error(spare):
            if content_of(target) != instead_of:
                raise CourseError(
                    f"{shown(file)} was saved in the meantime, so it was not changed."
                )
            if instead_of is not None:
                shutil.copymode(target, spare)
            spare.replace(target)
    except OSError as error:
        raise CourseError(
            f"{shown(file)} cannot be written: {error.strerror}. It was not changed."
        ) from None


def remove(file: Path, instead_of: bytes | None) -> None:
    """Remove a file, if there is one and it still holds this content.

    Raises CourseError if it does not, or cannot be removed.
    """
    content = content_of(file)
    if content != instead_of:
        raise CourseError(f"{shown(file)} was saved in the meantime, so it was not changed.")
    try:
        file.unlink(missing_ok=True)
    except OSError as error:
        raise CourseError(f"{shown(file)} cannot be removed: {error.strerror}.") from None


def _write(file: Path, content: bytes) -> None:
    """Write a new file to the disk, completely or not at all."""
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


def _names(stem: str, suffix: str) -> Iterator[str]:
    yield f"{stem}{suffix}"
    yield from (f"{stem}-{extra}{suffix}" for extra in count(2))


def _found(folder: Path, suffix: str) -> Iterator[Copy]:
    for file in folder.glob("*"):
        if (match := COPY.fullmatch(file.name)) and match["suffix"] == suffix:
            yield Copy(match["stamp"], int(match["extra"] or 1), match["stem"], file)
