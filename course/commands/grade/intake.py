"""Lists every file of the input, in folders and in zip archives, and reads those that are wanted.

Archives are read in memory: nothing of them is unpacked to the disk.
"""

from __future__ import annotations

import os
import stat
import zipfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from io import BytesIO
from pathlib import Path, PurePosixPath

MAX_FILES = 10_000  # in one folder or archive
MAX_FILE = 1_000_000  # bytes
MAX_ARCHIVE = 100 * 2**20  # bytes, packed
MAX_ARCHIVES = 10  # in one submission
MAX_RATIO = 100  # of what an archive unpacks to what it holds, where that is more than MAX_FILE
CENTRAL_HEADER = b"PK\x01\x02"  # one for each file of an archive

NEVER_ANSWERS = {"__pycache__", "__macosx", "node_modules", "venv", "thumbs.db", "desktop.ini"}
NOT_A_FILE = "it is not a regular file"


class Rejected(Exception):
    """Why a file is not read."""


@dataclass(frozen=True)
class Item:
    """One file of the input; `path` counts from the submission's folder.

    `trouble` says why it cannot be read, if that is known from the start.
    """

    path: PurePosixPath
    reader: Callable[[int], bytes] | None = None
    trouble: str = ""

    def read(self, limit: int) -> bytes:
        """Return the content. Raises Rejected, also if it has more than `limit` bytes."""
        if self.trouble or not self.reader:
            raise Rejected(self.trouble)
        return self.reader(limit)


def never_answers(path: str | PurePosixPath) -> bool:
    """Tell whether a file is hidden, a cache, or something that a system puts everywhere."""
    names = [part.lower() for part in PurePosixPath(path).parts]
    hidden = any(name.startswith((".", "~$")) or name in NEVER_ANSWERS for name in names)
    return hidden or names[-1].endswith((".pyc", "~"))


def list_input(folder: Path) -> tuple[dict[str, Iterable[Item]], list[Item]]:
    """List the folders in a folder, or in a zip archive, and the files beside them.

    The items of a folder have paths from there. Raises OSError, and Rejected for an archive.
    """
    folders: dict[str, Iterable[Item]] = {}
    loose = []
    if folder.is_dir():
        for path in sorted(folder.iterdir()):
            if path.is_dir():
                folders[path.name] = list_folder(path)
            else:
                reader = partial(_read_file, path, folder.resolve())
                loose.append(Item(PurePosixPath(path.name), reader))
        return folders, loose
    inside: dict[str, list[Item]] = {}
    for item in members(_read_file(folder, folder.resolve().parent, MAX_ARCHIVE), PurePosixPath()):
        name, *below = item.path.parts
        if below:
            inside.setdefault(name, []).append(replace(item, path=PurePosixPath(*below)))
        else:
            loose.append(item)
    return folders | inside, loose


def list_folder(folder: Path) -> Iterator[Item]:
    """List the files below a folder. What cannot be listed becomes an item that cannot be read.

    The inside of folders that never hold answers is not listed: they are one item each.
    """
    unlisted: list[OSError] = []
    found = 0
    for place, folders, files in os.walk(folder, onerror=unlisted.append):
        here = PurePosixPath(Path(place).relative_to(folder))
        links = {name for name in folders if os.path.islink(Path(place) / name)}
        closed = links | {name for name in folders if never_answers(here / name)}
        folders[:] = sorted(set(folders) - closed)
        for name in sorted([*files, *closed]):
            found += 1
            if found > MAX_FILES:
                yield Item(here / "…", trouble=f"there are more than {MAX_FILES:,} files")
                return
            reader = partial(_read_file, Path(place) / name, folder.resolve())
            yield Item(here / name, reader, "it is a link to a folder" if name in links else "")
    for error in unlisted:
        at = PurePosixPath(Path(error.filename).relative_to(folder))
        yield Item(at, trouble=error.strerror or str(error))


def unpacked(items: Iterable[Item]) -> Iterator[Item]:
    """Replace each archive by what is in it, and archives in there as well."""
    waiting = deque(items)
    archives = 0
    while waiting:
        item = waiting.popleft()
        if item.path.suffix.lower() != ".zip" or never_answers(item.path):
            yield item
        elif archives == MAX_ARCHIVES:
            yield Item(item.path, trouble=f"there are more than {MAX_ARCHIVES} archives")
        else:
            archives += 1
            try:
                waiting.extend(members(item.read(MAX_ARCHIVE), item.path))
            except Rejected as why:
                yield Item(item.path, trouble=str(why))


def members(content: bytes, at: PurePosixPath) -> Iterator[Item]:
    """List the files of a zip archive as if it were the folder `at`. Raises Rejected."""
    if content.count(CENTRAL_HEADER) > MAX_FILES:
        raise Rejected(f"the archive holds more than {MAX_FILES:,} files")
    try:
        archive = zipfile.ZipFile(BytesIO(content))
    except Exception as error:  # a damaged archive raises many kinds
        raise Rejected(f"the archive is damaged: {error}") from None
    for member in archive.infolist():
        name = PurePosixPath(member.filename.replace("\\", "/"))
        if member.is_dir():
            continue
        if name.is_absolute() or ".." in name.parts or not name.parts:
            yield Item(at / name.name, trouble=f"its name leads out of the archive: {name}")
        else:
            yield Item(at / name, partial(_read_member, archive, member))


def _read_file(file: Path, within: Path, limit: int) -> bytes:
    try:
        if not file.resolve().is_relative_to(within):
            raise Rejected("it is a link to somewhere else")
        if not file.is_file():  # a pipe would never end
            raise Rejected(NOT_A_FILE)
        _refuse_large(file.stat().st_size, limit)
        return file.read_bytes()
    except (OSError, RuntimeError) as error:  # RuntimeError: links in a circle
        raise Rejected(getattr(error, "strerror", None) or str(error)) from None


def _read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, limit: int) -> bytes:
    mode = member.external_attr >> 16
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        raise Rejected(NOT_A_FILE)
    if member.flag_bits & 1:
        raise Rejected("it is encrypted")
    _refuse_large(member.file_size, limit)
    if member.file_size > max(MAX_FILE, MAX_RATIO * member.compress_size):
        raise Rejected(f"it unpacks to more than {MAX_RATIO} times its size")
    try:
        with archive.open(member) as packed:
            return packed.read(limit)
    except Exception as error:  # each kind of compression has errors of its own
        raise Rejected(f"it cannot be unpacked: {error}") from None


def _refuse_large(size: int, limit: int) -> None:
    if size > limit:
        raise Rejected(f"it has more than {limit:,} bytes")
