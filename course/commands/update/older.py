"""Takes the work out of an older copy of the course into a new one. The older copy stays as it is."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from course.commands.update.joining import joined
from course.commands.update.repository import Repository
from course.model.chapters import ROOT, STEM, Chapter, chapters, shown
from course.model.copies import STAMP, content_of, copies, keep, put
from course.model.errors import CourseError, UsageError
from course.model.progress import is_untouched
from course.model.starters import starter

# A chapter's number may change without a line here. A slug that changes gets one: old -> new.
# Lines stay for good: a learner may come from any older version.
RENAMED: dict[str, str] = {}
A_STEM = re.compile(rb"\bch\d\d_[a-z0-9_]+\b")


def take_over(old: Path, new: Path = ROOT, base: str | None = None) -> list[str]:
    """Bring chapters, lessons with notes, progress and copies from one copy to another.

    Returns what there is to say, a line each. `base` is the commit that the older copy began with,
    if that is known. In the new copy, only a pristine file is ever replaced.
    """
    if not (old / "chapters").is_dir():
        raise UsageError(f"{old} is no copy of the course: there is no folder chapters/ in it.")
    if old.resolve() == new.resolve():
        raise UsageError("name the folder of the older copy, not this one.")
    said = []
    for file in _own_files(old):
        was, chapter = Chapter(file.stem, old), _today(file.stem, new)
        if chapter and file == was.workbench:
            said.append(_take_chapter(was, chapter))
        elif chapter and file == was.notebook:
            pristine = base and Repository(old).content(f"{base}:notebooks/{file.name}")
            said.append(_take_lesson(file, chapter, pristine or None))
        elif file not in (was.workbench, was.notebook) or not _is_of_the_course(was):
            said.append(_take_file(file, new / file.relative_to(old)))
    _take_records(old, new)
    return [line for line in said if line]


def keep_once(chapter: Chapter, content: bytes) -> None:
    """Make a dated copy of a chapter's file, unless there is one."""
    kept = (content_of(copy.file) for copy in copies(chapter.root) if copy.slug == chapter.slug)
    if content not in kept:
        keep(chapter, content)


def keep_lesson_once(chapter: Chapter, content: bytes) -> Path:
    """Make a dated copy of a chapter's lesson, unless there is one; return where it is."""
    folder = chapter.root / ".course" / "copies"
    folder.mkdir(parents=True, exist_ok=True)
    for copy in folder.glob(f"{chapter.stem}.*.ipynb"):
        if content_of(copy) == content:
            return copy
    copy = folder / f"{chapter.stem}.{datetime.now().strftime(STAMP)}.ipynb"
    put(copy, content, instead_of=None)
    return copy


def cells(content: bytes | None) -> object:
    """Return what stands in a lesson's cells, without what running it left behind."""
    try:
        return [
            (cell["cell_type"], "".join(cell["source"]))
            for cell in json.loads(content or b"")["cells"]
        ]
    except (ValueError, KeyError, TypeError):
        return content


def _own_files(old: Path) -> Iterator[Path]:
    """Yield every file in the folders that learners write in, but for what programs put there."""
    for folder in ("chapters", "notebooks"):
        for file in sorted((old / folder).rglob("*")):
            hidden = any(part.startswith((".", "__")) for part in file.relative_to(old).parts)
            if file.is_file() and not hidden:
                yield file


def _is_of_the_course(chapter: Chapter) -> bool:
    """Tell whether a file that is no chapter today is the pristine starter of an older one."""
    is_chapter = STEM.fullmatch(chapter.stem) and chapter.solution.is_file()
    return bool(is_chapter) and is_untouched(chapter)


def _today(stem: str, root: Path) -> Chapter | None:
    """Return the chapter that the stem of an older version means today; None if there is none."""
    if not (match := STEM.fullmatch(stem)):
        return None
    slug = _slug_today(match[2])
    return next((chapter for chapter in chapters(root) if chapter.slug == slug), None)


def _slug_today(slug: str) -> str:
    while slug in RENAMED:
        slug = RENAMED[slug]
    return slug


def _take_chapter(old: Chapter, chapter: Chapter) -> str:
    mine, there = content_of(old.workbench) or b"", content_of(chapter.workbench)
    began_with = _starter(old)
    if mine.replace(b"\r\n", b"\n") == began_with:
        return ""
    renumbered = _renumbered(mine, chapter)
    both = _joined(renumbered, _renumbered(began_with, chapter), chapter)
    result, name = both or renumbered, shown(chapter.workbench)
    if there == result:
        return ""
    if there is not None and not is_untouched(chapter):
        return f"{name} is begun here, so it stays. The older one is {old.workbench}"
    if result != mine:
        keep_once(chapter, mine)
    put(chapter.workbench, result, instead_of=there)
    if both is None:
        beside = chapter.root / ".course" / "starters" / chapter.workbench.name
        beside.parent.mkdir(parents=True, exist_ok=True)
        put(beside, _starter(chapter), instead_of=content_of(beside))
        return (
            f"{name} is as you wrote it: it and the new starter changed the same lines. Take over "
            f"what you need from .course/starters/{beside.name}"
        )
    if result == renumbered:
        return ""
    return (
        f"{name} is the new starter with your code in it. "
        f"`python3 -m course restore {chapter.number}` brings back what you had."
    )


def _joined(mine: bytes, began_with: bytes, chapter: Chapter) -> bytes | None:
    """Return the learner's file as it fits the chapter's starter of today; None if it does not."""
    new = _starter(chapter)
    if began_with == new:
        return mine
    try:
        texts = mine.decode(), began_with.decode(), new.decode()
    except UnicodeDecodeError:
        return None
    text = joined(*texts, {task.name for task in chapter.tasks})
    return None if text is None else text.encode()


def _starter(chapter: Chapter) -> bytes:
    """Return a chapter's starter, nothing where its solution was taken out."""
    with suppress(CourseError):
        return starter(chapter).encode()
    return b""


def _renumbered(content: bytes, chapter: Chapter) -> bytes:
    """Return a file in which every chapter has the name that it has today."""

    def today(match: re.Match[bytes]) -> bytes:
        now = _today(match[0].decode(), chapter.root)
        return now.stem.encode() if now else match[0]

    return A_STEM.sub(today, content)


def _take_lesson(file: Path, chapter: Chapter, pristine: bytes | None) -> str:
    mine, new = content_of(file), content_of(chapter.notebook)
    if mine is None or cells(mine) in (cells(new), cells(pristine)):
        return ""
    if pristine is not None and cells(pristine) == cells(new):
        put(chapter.notebook, mine, instead_of=new)
        return ""
    copy = keep_lesson_once(chapter, mine)
    return f"{shown(chapter.notebook)} is new. Yours, with your notes: .course/copies/{copy.name}"


def _take_file(file: Path, target: Path) -> str:
    """Take over a file that is all the learner's own."""
    mine, there = content_of(file) or b"", content_of(target)
    if there is None:
        target.parent.mkdir(parents=True, exist_ok=True)
        put(target, mine, instead_of=None)
    elif there != mine:
        return f"{shown(target)} is here already, so it stays. The older one is {file}"
    return ""


def _take_records(old: Path, new: Path) -> None:
    """Take over progress and copies, under the names that the chapters have today."""
    records: dict[str, object] = {}
    for root in (old, new):
        with suppress(OSError, ValueError, AttributeError):  # missing or damaged: begin anew
            stored = json.loads((root / ".course" / "progress.json").read_text(encoding="utf-8"))
            records |= {_slug_today(slug): record for slug, record in stored.items()}
    folder = new / ".course" / "copies"
    folder.mkdir(parents=True, exist_ok=True)
    if records:
        file = new / ".course" / "progress.json"
        put(file, json.dumps(records, indent=1).encode(), instead_of=content_of(file))
    for copy in (old / ".course" / "copies").glob("ch*.*"):
        stem, _, rest = copy.name.partition(".")
        number, _, slug = stem.partition("_")
        target = folder / f"{number}_{_slug_today(slug)}.{rest}"
        if not target.exists():
            put(target, content_of(copy) or b"", instead_of=None)


if __name__ == "__main__":  # an older version's `update` starts this, before its packages are there
    for line in take_over(Path(sys.argv[1]), base=sys.argv[2]):
        print(line)
