"""Joins three versions of each file: as you began with it, as it is now, and the newest."""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from course.commands.update.clone import environment
from course.model import my_lessons
from course.model.chapters import Chapter, chapters, functions, parse, task_marker
from course.model.copies import content_of, keep, put, remove, same_lines
from course.model.errors import CourseError
from course.model.progress import is_untouched
from course.model.starters import bound, starter

A_STEM = re.compile(r"(?<![A-Za-z0-9])ch\d\d_[a-z0-9_]+")
QUESTIONS = re.compile(r"notebooks/ch\d\d_[a-z0-9_]+\.toml")
WORK = ("chapters/", "notebooks/", "my_lessons/")
SPACER = "#\x1f"


class Versions:
    """Three folders: the course as you began with it, yours, and the new one; and one for the result.

    In a clone `mine` is `root`, and the others are exports. Otherwise an older copy is `base` and
    `mine`, and the copy at hand is `new` and `root`: only its pristine files are ever replaced.
    """

    def __init__(self, base: Path, mine: Path, new: Path, root: Path) -> None:
        self.base, self.mine, self.new, self.root = base, mine, new, root
        self.is_clone = mine == root
        today = {chapter.slug: chapter.stem for chapter in chapters(new)}
        self.moved = {old.stem: today[old.slug] for old in chapters(base) if old.slug in today}
        self.pristine = {
            file
            for chapter in ([] if self.is_clone else chapters(new))
            for file in (chapter.workbench, chapter.notebook)
            if file.suffix == ".ipynb" or is_untouched(chapter)
        }

    def names(self) -> list[str]:
        """Return the files to take over, by their old names."""
        work = {name for folder in WORK for name in files(self.mine, folder)}
        names = {name for name in work if not QUESTIONS.fullmatch(name)}
        if self.is_clone:
            names |= files(self.base)  # and then what is new
            names |= files(self.new) - {self.now(name) for name in names}
        return sorted(names)

    def now(self, name: str) -> str:
        """Return a file's name in the new version."""
        now = self._renumbered(name)
        is_there = (self.new / now).is_file() or now.startswith("my_lessons/")
        return now if is_there else name

    def take(self, was: str) -> str:
        """Take one file over, after a dated copy of what that would lose. Return what to say."""
        now = self.now(was)
        file, before = self.root / now, content_of(self.root / now)
        base, old = self._base(was), content_of(self.mine / was)
        new = content_of(self.new / now) if self.is_clone or file in self.pristine else None
        mine = before if old is None and self.is_clone else old  # an interrupted update moved it
        if mine is None:
            return self._take_missing(now, base, new)
        after, said = self._outcome(was, now, mine, base, new)
        is_yours = not _same(now, mine, base)
        is_free = before is None or my_lessons.is_untouched(before)
        if not is_free and before not in (mine, base, new, after):
            stays = f"{now} is here already, so it stays. Your older one: {self.mine / was}"
            return stays if is_yours else ""
        if is_yours and after != mine:
            copy = keep(file, mine, self.root)
            said = said and f"{said} What you had: .course/copies/{copy.name}"
        if after is not None and after != before:
            put(file, after, instead_of=before)
        elif after is None and self.is_clone:
            remove(file, instead_of=before)
        if self.is_clone and was != now:
            remove(self.root / was, instead_of=old)
        return said

    def _take_missing(self, now: str, base: bytes | None, new: bytes | None) -> str:
        """Bring what is new. What was deleted stays deleted, and so does a new file among such."""
        if base is not None:
            if new in (None, base) or not now.startswith(WORK):
                return ""
            return f"{now} stays deleted. {self._beside(now, new)}"
        kind = "*ch[0-9]*" if A_STEM.search(now) else "*"
        others = [file.relative_to(self.base) for file in (self.base / now).parent.glob(kind)]
        there = [(self.root / self.now(name.as_posix())).exists() for name in others]
        if new is not None and (any(there) or not there):
            put(self.root / now, new, instead_of=None)
            shutil.copymode(self.new / now, self.root / now)
        return ""

    def _outcome(
        self, was: str, now: str, mine: bytes, base: bytes | None, new: bytes | None
    ) -> tuple[bytes | None, str]:
        """Return what a file of yours becomes, and what there is to say about it."""
        if _same(now, mine, new):
            return mine, ""
        if _same(now, mine, base):
            return new, ""
        today, is_work = self._renumbered_in(mine, was, now), now.startswith(WORK)
        if new is None and (base is None or is_work):
            return today, ""
        if new is None:
            return None, f"{now} is not part of the course any more."
        if is_work and now.endswith(".ipynb"):
            return (mine, "") if _same(now, new, base) else (new, f"{now} is new.")
        text = joined(today, self._renumbered_in(base or b"", was, now), new, now.endswith(".py"))
        if text is not None:
            said = f"{now} has the new version's changes and yours."
            return text, said if text != today else ""
        if not is_work:
            return new, f"{now} is the new version's: you and it changed the same lines."
        both = f"{now} is as you wrote it: you and the new version changed the same lines."
        return today, f"{both} {self._beside(now, new)}"

    def _beside(self, name: str, new: bytes | None) -> str:
        """Put a new file where it replaces nothing, and say where that is."""
        file = self.root / ".course" / "starters" / Path(name).name
        put(file, new or b"", instead_of=content_of(file))
        return f"The new one is .course/starters/{file.name}"

    def _base(self, name: str) -> bytes | None:
        if self.is_clone:
            return content_of(self.base / name)
        with suppress(CourseError):  # no chapter, or one whose solution was taken out
            chapter = Chapter(Path(name).stem, self.base)
            return starter(chapter).encode() if self.base / name == chapter.workbench else None
        return None

    def _renumbered(self, text: str) -> str:
        return A_STEM.sub(lambda match: self.moved.get(match[0], match[0]), text)

    def _renumbered_in(self, content: bytes, was: str, now: str) -> bytes:
        """Return a module's text in which every chapter has the name that it has today."""
        if not now.endswith(".py"):
            return content
        text = self._renumbered(content.decode("utf-8", "surrogateescape"))
        for old, new in zip(A_STEM.findall(was), A_STEM.findall(now), strict=True):
            text = text.replace(f"{old[:4]} task ", f"{new[:4]} task ")
        return text.encode("utf-8", "surrogateescape")


def joined(mine: bytes, base: bytes, new: bytes, is_python: bool) -> bytes | None:
    """Return `new` with what `mine` changed since `base`, in the line ends of `mine`.

    None if both changed the same lines, if Python cannot read the result, if the result uses a
    name that only `mine` defines, or without git.
    """
    if same_lines(base, new):
        return mine
    if not (git := shutil.which("git")):
        return None
    texts = [text.replace(b"\r\n", b"\n") for text in (mine, base, new)]
    with TemporaryDirectory() as folder:
        for name, text in zip("mbn", texts, strict=True):
            Path(folder, name).write_bytes(_spaced(text) if is_python else text)
        done = subprocess.run(
            [git, "merge-file", "-p", "-q", "m", "b", "n"],
            cwd=folder,
            env=environment(Path(folder)),
            capture_output=True,
        )
    lines = done.stdout.splitlines(keepends=True)
    text = b"".join(line for line in lines if not line.startswith(SPACER.encode()))
    if done.returncode or (is_python and not _is_sound(text, texts[0])):
        return None
    return text.replace(b"\n", b"\r\n") if b"\r\n" in mine else text


def _spaced(text: bytes) -> bytes:
    """Put a line between each task's comment and its answer: changes that touch are not joined."""
    lines = text.decode("utf-8", "surrogateescape").split("\n")
    with suppress(SyntaxError, ValueError):
        for name, function in reversed([*functions(parse(text))]):
            if marker := task_marker(function, lines):
                lines.insert(marker.last_line, SPACER + name)
    return "\n".join(lines).encode("utf-8", "surrogateescape")


def _is_sound(text: bytes, mine: bytes) -> bool:
    """Tell whether Python can read a joined text, and all that it uses came along."""
    try:
        now, before = parse(text), parse(mine)
    except (SyntaxError, ValueError):
        return False
    defined = {name for statement in now.body for name in bound(statement)}
    lost = {name for statement in before.body for name in bound(statement)} - defined
    return not any(isinstance(node, ast.Name) and node.id in lost for node in ast.walk(now))


def _same(name: str, one: bytes, other: bytes | None) -> bool:
    """Tell whether two files say the same; lessons, whatever running them left there."""
    if other is None or not name.endswith(".ipynb"):
        return same_lines(one, other)
    with suppress(ValueError, KeyError, TypeError):
        both = [json.loads(content)["cells"] for content in (one, other)]
        said = [[(c["cell_type"], "".join(c["source"])) for c in cells] for cells in both]
        return said[0] == said[1]
    return one == other


def take_records(older: Path, root: Path) -> None:
    """Bring an older copy's progress, guesses and dated copies; what is here already stays."""
    for name in ("progress.json", "guesses.json"):
        records: dict[str, object] = {}
        file = Path(".course", name)
        for source in (older / file, root / file):
            with suppress(ValueError, TypeError):  # damaged: begin anew
                records |= json.loads(content_of(source) or "{}")
        if records:
            here, text = root / file, json.dumps(records, indent=1)
            put(here, text.encode(), instead_of=content_of(here))
    for copy in (older / ".course" / "copies").glob("ch*.*"):
        here = root / ".course" / "copies" / copy.name
        if not here.exists():
            put(here, copy.read_bytes(), instead_of=None)


def files(root: Path, folder: str = ".") -> set[str]:
    """Return the names of all files in a folder, but for what programs put there."""
    found = (file.relative_to(root) for file in (root / folder).rglob("*") if file.is_file())
    left_out = {"__pycache__", ".ipynb_checkpoints"}
    return {name.as_posix() for name in found if left_out.isdisjoint(name.parts)}
