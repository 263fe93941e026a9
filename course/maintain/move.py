"""Gives chapters other numbers: their files, and whatever refers to them, all or nothing."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from course.model.chapters import ROOT, Chapter, chapters
from course.model.errors import CourseError, UsageError

# In these folders a chapter's number means that chapter. Elsewhere, as in the README's `check 1`, it
# may be an example: there only names (ch05_framing) and the rows of the README's table are certain.
# In EXAMPLES it always is one.
OF_CHAPTERS = ("notebooks", "chapters", "solutions", "tests", "bench", "build")
EXAMPLES = ("CONTRIBUTING.md", "course/tests", "course/maintain/template")
AROUND = 40  # characters that are shown before a reference; twice as many from there on
GAP = r'(?: |\\n",\n *"(?:> )?| ?"\n *f?"|\n *(?:# ?)?)'  # also where a line ends between two words
NUMBER = r"\d{1,2}(?![\d%]|[.:]\d)"
REFERENCE = re.compile(
    rf"\b(?:chapter|lesson)(?P<many>s?){GAP}{NUMBER}"
    rf"(?P<more>(?:(?:,{GAP}|,?{GAP}(?:and|or|to){GAP}|[\u2013-]){NUMBER})*)"
    r"|(?:(?<=course )|(?<=[`\"]))(?:check|lab|watch|hint|solution|reset|borrow|lessons|mutants)"
    rf"(?:[ (]|\", \"){NUMBER}|\bch\d\d\b",
    re.IGNORECASE,
)
RANGE = re.compile(r"\bto\b|[\u2013-]")
NEXT = re.compile(r"\*\*Next:\*\*|\b(?:next|previous|last) (?:chapter|lesson)\b", re.IGNORECASE)
ROW = re.compile(r"^\| (\d+) (\| \w+ \| .* \|)$", re.MULTILINE)


def order_after(chapter: Chapter, number: int) -> dict[int, int]:
    """Return each chapter's new number by its old one, for one chapter that moves to `number`.

    A number that no chapter has any more is given to the next. Raises UsageError for the chapter's
    own number, and for one that is out of range.
    """
    olds = [each.number for each in chapters()]
    if number == chapter.number or not 1 <= number <= len(olds):
        raise UsageError(f"{chapter.slug} has {chapter.number}. Give it another, 1 to {len(olds)}.")
    olds.remove(chapter.number)
    olds.insert(number - 1, chapter.number)
    return {old: new for new, old in enumerate(olds, start=1)}


def table(text: str, numbers: Mapping[int, int], *new: str) -> str:
    """Renumber and sort the rows of the README's table, with new ones: `| 4 | … |`.

    The row of a chapter that is no longer there is left out.
    """
    found = [*ROW.finditer(text)]
    if not found:
        return text
    rows = [f"| {numbers[n]} {row[2]}" for row in found if (n := int(row[1])) in numbers]
    rows = sorted([*rows, *new], key=lambda row: int(row.split()[1]))
    return text[: found[0].start()] + "\n".join(rows) + text[found[-1].end() :]


@dataclass(frozen=True)
class Change:
    """One file: its path and its text as they are, and as they will be."""

    file: Path
    before: str
    target: Path
    after: str


class Move:
    """New numbers for chapters, by their old ones, worked out in memory.

    `changes` are what carry_out() writes. `doubts` are references that only a reader can judge, as
    `file:line: text`; each is shown as it will be.
    """

    def __init__(self, numbers: Mapping[int, int], *new_rows: str) -> None:
        self._numbers = numbers
        self._new_rows = new_rows
        self._stems = {each.stem: f"ch{numbers[each.number]:02}_{each.slug}" for each in chapters()}
        self._stem = re.compile(rf"(?<![A-Za-z0-9])({'|'.join(self._stems)})(?![A-Za-z0-9_])")
        was: dict[int | None, int] = {new: old for old, new in numbers.items()}
        self._has_new_neighbours = {
            old
            for old, new in numbers.items()
            if any(was.get(new + by) != was.get(numbers.get(old + by)) for by in (-1, 1))
        }
        self.doubts: list[str] = []
        found = [self._change(file) for file in self._files()]
        self.changes = [c for c in found if (c.file, c.before) != (c.target, c.after)]

    def carry_out(self) -> None:
        """Write every change, tell git, and format. Raises CourseError, with nothing changed."""
        paths = {str(path) for each in self.changes for path in (each.file, each.target)}
        folders = [str(ROOT / name) for name in OF_CHAPTERS]
        if dirty := _git("status", "--porcelain", "--", *folders, *paths).splitlines():
            more = f" and {len(dirty) - 1} more are" if len(dirty) > 1 else " is"
            raise CourseError(
                f"{dirty[0][3:]}{more} not committed. Commit first, so that this can be undone."
            )
        try:
            for each in self.changes:
                each.target.write_bytes(each.after.encode())
                if each.target != each.file:
                    each.file.unlink()
            self._stage()
        except (OSError, CourseError) as error:
            self.undo()
            raise CourseError(f"nothing was changed: {error}") from None
        files = [str(c.target) for c in self.changes if c.target.suffix in {".py", ".ipynb"}]
        for command in (["check", "--select=I", "--fix"], ["format"]):
            ruff = [sys.executable, "-m", "ruff", *command, "--quiet", "--force-exclude", *files]
            subprocess.run(ruff, cwd=ROOT, check=False)

    def undo(self) -> None:
        """Write every file again as it was."""
        for each in self.changes:
            if each.target != each.file:
                each.target.unlink(missing_ok=True)
            each.file.write_bytes(each.before.encode())
        with suppress(CourseError):
            self._stage()

    def say(self, console: Console) -> None:
        """Print what changes, and what somebody has to look at."""
        for each in self.changes:
            old, new = (path.relative_to(ROOT).as_posix() for path in (each.file, each.target))
            console.print(old if old == new else f"{old} → {new}", soft_wrap=True)
        if self.doubts:
            console.print("\nJudge these yourself. Some numbers in these lines may have changed.")
            console.print("\n".join(self.doubts), soft_wrap=True, emoji=False, markup=False)
        console.print("\n`python3 -m course test` says whether all is well.")

    def _files(self) -> Iterator[Path]:
        yield from (ROOT / name for name in _git("ls-files", "-z").split("\0") if name)
        yield from (ROOT / "build" / "lessons").glob("*.py")  # lessons, as they are edited

    def _change(self, file: Path) -> Change:
        name = file.relative_to(ROOT).as_posix()
        try:
            before = file.read_bytes().decode("utf-8")
        except (UnicodeDecodeError, FileNotFoundError):
            return Change(file, "", file, "")
        where, text = (
            self._stem.sub(lambda found: self._stems[found[1]], old) for old in (name, before)
        )
        if name == "README.md":
            text = table(text, self._numbers, *self._new_rows)
        is_certain = self._is_certain if name.startswith(OF_CHAPTERS) else lambda _found: False
        doubtful = [
            found
            for found in REFERENCE.finditer(text)
            if not is_certain(found) and self._shifts(found) != {0}
        ]
        if (stem := self._stem.search(name)) and int(stem[1][2:4]) in self._has_new_neighbours:
            doubtful += NEXT.finditer(text)

        def renumbered(part: str) -> str:
            return REFERENCE.sub(lambda f: self._renumbered(f) if is_certain(f) else f[0], part)

        after = renumbered(text)
        if not where.startswith(("chapters", *EXAMPLES)):  # a starter is derived from its solution
            places = sorted(len(renumbered(text[: found.start()])) for found in doubtful)
            self.doubts += [f"{where}:{_excerpt(after, at)}" for at in places]
        return Change(file, before, ROOT / where, after)

    def _shifts(self, found: re.Match[str]) -> set[int | None]:
        """Return by how much the numbers in a reference change.

        None is for a chapter that is planned, or no longer there. In a range, such as "2 to 5", those
        between count as well.
        """
        named = [int(number) for number in re.findall(r"\d+", found[0])]
        if RANGE.search(found[0]):
            named = [*range(min(named), max(named) + 1)]
        last = max(self._numbers)
        moved = {n: new - n for n, new in self._numbers.items()}
        beyond = 0 if max(self._numbers.values()) == last else None
        return {moved.get(n, beyond if n > last else None) for n in named}

    def _is_certain(self, found: re.Match[str]) -> bool:
        """Tell whether each number in a reference is a chapter's, and can change by itself."""
        shifts = self._shifts(found)
        if None in shifts or (found["more"] and not found["many"]):  # "chapter N or 5 clients"
            return False
        return len(shifts) == 1 or not RANGE.search(found[0])

    def _renumbered(self, found: re.Match[str]) -> str:
        width = 2 if re.match(r"ch\d", found[0]) else 1
        number = self._numbers.get
        return re.sub(r"\d+", lambda n: f"{number(int(n[0]), int(n[0])):0{width}}", found[0])

    def _stage(self) -> None:
        paths = {path for each in self.changes for path in (each.file, each.target)}
        tracked = [str(path) for path in paths if not path.is_relative_to(ROOT / "build")]
        _git("add", "--all", "--", *tracked)


def _excerpt(text: str, at: int) -> str:
    """Return a line's number, and what the line says around a place in the text."""
    start, end = max(0, at - AROUND), at + 2 * AROUND
    before, following = text[start:at].rpartition("\n")[2], text[at:end].partition("\n")[0]
    return f"{text.count(chr(10), 0, at) + 1}: {(before + following).strip()}"


def _git(*arguments: str) -> str:
    command = ["git", "-C", str(ROOT), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, encoding="utf-8", check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        reason = getattr(error, "stderr", None) or str(error)
        raise CourseError(f"chapters are renumbered with git: {reason.strip()}") from None
    return done.stdout
