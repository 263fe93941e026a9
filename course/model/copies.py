"""Dated copies in `.course/copies/`, and files that change in one step: nothing is ever lost."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import get_ident

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
    stem, end, number = f"{file.stem}.{datetime.now().strftime(STAMP)}", "", 1
    try:
        folder.mkdir(parents=True, exist_ok=True)
        newest = max((c for c in _found(folder, file.suffix) if c.stem == file.stem), default=None)
        if newest and newest.file.read_bytes() == content:
            return newest.file
        while True:
            copy = folder / f"{stem}{end}{file.suffix}"
            with suppress(FileExistsError):
                write_new(copy, content)
                return copy
            number += 1
            end = f"-{number}"
    except OSError as error:
        raise CourseError(
            f"no copy of {shown(file)} could be made in {shown(folder)} ({error.strerror}), "
            "so the file was not changed."
        ) from None


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
    try:
        file.resolve().parent.mkdir(parents=True, exist_ok=True)
        write_in_one_step(file, content, lambda: _require(file, instead_of))
    except OSError as error:
        raise CourseError(
            f"{shown(file)} cannot be written: {error.strerror}. It was not changed."
        ) from None


def remove(file: Path, instead_of: bytes | None) -> None:
    """Remove a file, if there is one and it still holds this content.

    Raises CourseError if it does not, or cannot be removed.
    """
    _require(file, instead_of)
    try:
        file.unlink(missing_ok=True)
    except OSError as error:
        raise CourseError(f"{shown(file)} cannot be removed: {error.strerror}.") from None


def _require(file: Path, content: bytes | None) -> None:
    if content_of(file) != content:
        raise CourseError(f"{shown(file)} was saved in the meantime, so it was not changed.")


def write_in_one_step(
    file: Path, content: bytes, look: Callable[[], object] = lambda: None
) -> None:
    """Write a file, which may be a link: it holds all of the content, or what it held before.

    `look` is called at the last moment; what it raises leaves the file as it is. Raises OSError.
    """
    target = file.resolve()
    spare = target.with_name(f"{target.name}.{os.getpid()}.{get_ident()}.new")  # others may write
    write_new(spare, content)
    try:
        look()
        if target.exists():
            shutil.copymode(target, spare)
        spare.replace(target)
    finally:
        spare.unlink(missing_ok=True)


def write_new(file: Path, content: bytes) -> None:
    """Write a new file to the disk, completely or not at all."""
    with file.open("xb") as out:
        try:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        except BaseException:
            file.unlink()
            raise


def _found(folder: Path, suffix: str) -> Iterator[Copy]:
    for file in folder.glob("*"):
        if (match := COPY.fullmatch(file.name)) and match["suffix"] == suffix:
            yield Copy(match["stamp"], int(match["extra"] or 1), match["stem"], file)
