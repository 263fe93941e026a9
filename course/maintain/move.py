"""Gives chapters other numbers: their files, and whatever refers to them, all or nothing."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from course.maintain.lessons.rules import is_check_cell
from course.model.chapters import ROOT, Chapter, chapters
from course.model.errors import CourseError, UsageError

# In these folders a chapter's number means that chapter. Elsewhere, as in the README's `check 1`, it
# may be an example: there only names (ch05_framing) and the rows of the README's table are certain.
OF_CHAPTERS = ("notebooks", "chapters", "solutions", "tests", "bench", "build")
GAP = r'(?: |\\n",\n *"(?:> )?| ?"\n *f?"|\n *(?:# ?)?)'  # also where a line ends between two words
NUMBER = r"\d{1,2}(?![\d%]|[.:]\d)"
COMMAND = r"(?:check|lab|watch|hint|solution|reset|borrow|lessons|mutants)"
CERTAIN = re.compile(
    rf"\b(?:chapter|lesson){GAP}{NUMBER}"
    rf"|\b(?:chapters|lessons){GAP}{NUMBER}"
    rf"(?:(?:,{GAP}|,?{GAP}(?:and|or|to){GAP}|[\u2013-]){NUMBER})*"
    rf"|(?:(?<=course )|(?<=[`\"])){COMMAND}[ (]{NUMBER}"
    r"|\bch\d\d(?= task \d)",
    re.IGNORECASE,
)
UNCERTAIN = re.compile(
    rf"\b(?:chapter|lesson){GAP}{NUMBER}(?:{GAP}(?:and|or|to){GAP}|[\u2013-]){NUMBER}"
    rf'|\bch\d\d\b(?! task \d)|"{COMMAND}", "{NUMBER}"',
    re.IGNORECASE,
)
RELATIVE = re.compile(r"\*\*Next:\*\*|\b(?:next|previous|last) (?:chapter|lesson)\b", re.IGNORECASE)
DIGITS = re.compile(r"\d+")
RANGE = re.compile(r"\bto\b|[\u2013-]")
ROW = re.compile(r"^\| (\d+) (\| (\w+) \| .* \|)$", re.MULTILINE)


def order_after(chapter: Chapter, number: int) -> dict[int, int]:
    """Return each chapter's new number by its old one, for one chapter that moves to `number`.

    Raises UsageError if no chapter has that number now.
    """
    known = [each.number for each in chapters(chapter.root)]
    if number not in known:
        raise UsageError(f"no chapter has the number {number}: they go from 1 to {known[-1]}.")
    others = [each for each in known if each != chapter.number]
    others.insert(known.index(number), chapter.number)
    return dict(zip(others, known, strict=True))


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
    `file:line: text`; the file is named as it will be.
    """

    def __init__(self, numbers: Mapping[int, int], root: Path = ROOT) -> None:
        self.root = root
        self.numbers = numbers
        self.doubts: list[str] = []
        slugs = "|".join(chapter.slug for chapter in chapters(root))
        self._stem = re.compile(rf"(?<![A-Za-z0-9])ch(\d\d)_({slugs})(?![A-Za-z0-9_])")
        self._stems = {chapter.stem for chapter in chapters(root)}
        found = [self._change(file) for file in self._files()]
        self.changes = [c for c in found if (c.file, c.before) != (c.target, c.after)]

    def carry_out(self) -> None:
        """Write every change, tell git, and format. Raises CourseError, with nothing changed."""
        paths = {str(path) for each in self.changes for path in (each.file, each.target)}
        folders = [str(self.root / name) for name in OF_CHAPTERS]
        if dirty := self._git("status", "--porcelain", "--", *folders, *paths).splitlines():
            raise CourseError(
                f"{dirty[0][3:]} is not committed ({len(dirty)} in all). Commit first, so that this "
                "can be undone. `move` with --dry-run only shows what would change."
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
            subprocess.run(ruff, cwd=self.root, check=False)

    def undo(self) -> None:
        """Write every file again as it was."""
        for each in self.changes:
            if each.target != each.file:
                each.target.unlink(missing_ok=True)
            each.file.write_bytes(each.before.encode())
        with suppress(CourseError):
            self._stage()

    def say(self, console: Console) -> None:
        """Print what changes, which lessons have to be run again, and what somebody has to look at."""
        for each in self.changes:
            old, new = (path.relative_to(self.root).as_posix() for path in (each.file, each.target))
            lines = zip(each.before.split("\n"), each.after.split("\n"), strict=True)
            count = sum(before != after for before, after in lines)
            console.print(
                f"{f'{old} → {new}' if old != new else old}: {count} lines", soft_wrap=True
            )
        if again := [c.target.stem for c in self.changes if _shows_otherwise(c)]:
            console.print("\nThe code or the outputs of these lessons changed. Run them again:")
            console.print(f"python3 -m course lessons {' '.join(again)}", soft_wrap=True)
        if self.doubts:
            console.print("\nThese were left alone. Look at them:")
            console.print("\n".join(self.doubts), soft_wrap=True)

    def _files(self) -> Iterator[Path]:
        known = self._git("ls-files", "-z").split("\0")
        yield from (self.root / name for name in known if name)
        yield from (self.root / "build" / "lessons").glob("*.py")  # lessons, as they are edited

    def _change(self, file: Path) -> Change:
        name = file.relative_to(self.root).as_posix()
        target = self.root / self._stem.sub(self._new_stem, name)
        try:
            before = file.read_bytes().decode("utf-8")
        except (UnicodeDecodeError, FileNotFoundError):
            return Change(file, "", file, "")
        after = self._stem.sub(self._new_stem, before)
        if name.startswith(OF_CHAPTERS):
            doubts = [*UNCERTAIN.finditer(after)]
            doubts += [found for found in CERTAIN.finditer(after) if not self._is_plain(found)]
            after = CERTAIN.sub(self._new_number, after)
        else:
            doubts = [*CERTAIN.finditer(after), *UNCERTAIN.finditer(after)]
        lines = {after.count("\n", 0, found.start()) for found in doubts if self._moves(found)}
        if (stem := self._stem.search(name)) and int(stem[1]) in self._with_other_neighbours():
            lines |= {after.count("\n", 0, found.start()) for found in RELATIVE.finditer(after)}
        if name == "README.md":
            after = self._table(after)
        where = target.relative_to(self.root).as_posix()
        text = after.split("\n")
        self.doubts += [f"{where}:{line + 1}: {text[line].strip()[:90]}" for line in sorted(lines)]
        return Change(file, before, target, after)

    def _moves(self, found: re.Match[str]) -> bool:
        """Tell whether a reference names a chapter that gets another number, or is still planned."""
        return any(self._new(int(number)) != int(number) for number in DIGITS.findall(found[0]))

    def _new(self, number: int) -> int | None:
        """Return a chapter's new number; None for a planned one, if the course grows below it."""
        grows = max(self.numbers.values()) > max(self.numbers)
        return self.numbers.get(number, None if grows and number > max(self.numbers) else number)

    def _is_plain(self, found: re.Match[str]) -> bool:
        """Tell whether each number can be replaced: a range has to stay one."""
        named = [int(number) for number in DIGITS.findall(found[0])]
        if RANGE.search(found[0]):
            named = [*range(min(named), max(named) + 1)]
            return len({(self._new(number) or 0) - number for number in named}) == 1
        return None not in map(self._new, named)

    def _new_number(self, found: re.Match[str]) -> str:
        if not self._is_plain(found):
            return found[0]
        width = 2 if found[0].startswith("ch0") or found[0].startswith("ch1") else 1
        return DIGITS.sub(lambda old: f"{self._new(int(old[0])):0{width}}", found[0])

    def _new_stem(self, found: re.Match[str]) -> str:
        is_known = found[0] in self._stems
        return f"ch{self.numbers[int(found[1])]:02}_{found[2]}" if is_known else found[0]

    def _with_other_neighbours(self) -> set[int]:
        """Return the chapters, by their old numbers, that something else comes before or after now."""
        old = {new: number for number, new in self.numbers.items()}
        known = {number: number for number in self.numbers}
        return {
            number
            for number, new in self.numbers.items()
            if any(known.get(number + step) != old.get(new + step) for step in (-1, 1))
        }

    def _table(self, text: str) -> str:
        """Renumber and sort the rows of the README's table."""
        rows = [(self.numbers[int(row[1])], row[2]) for row in ROW.finditer(text)]
        sorted_rows = iter(sorted(rows))
        return ROW.sub(lambda _: "| {} {}".format(*next(sorted_rows)), text)

    def _stage(self) -> None:
        paths = {path for each in self.changes for path in (each.file, each.target)}
        tracked = [str(path) for path in paths if not path.is_relative_to(self.root / "build")]
        self._git("add", "--all", "--", *tracked)

    def _git(self, *arguments: str) -> str:
        try:
            done = subprocess.run(
                ["git", "-C", str(self.root), *arguments],
                capture_output=True,
                encoding="utf-8",
                check=True,
            )
        except (OSError, subprocess.CalledProcessError) as error:
            reason = getattr(error, "stderr", None) or str(error)
            raise CourseError(f"chapters are renumbered with git: {reason.strip()}") from None
        return done.stdout


def _shows_otherwise(change: Change) -> bool:
    """Tell whether a lesson's code or stored outputs change, apart from the cell that checks."""
    if change.file.suffix != ".ipynb":
        return False
    before, after = (json.loads(text)["cells"] for text in (change.before, change.after))
    return any(
        (old["source"], old.get("outputs")) != (new["source"], new.get("outputs"))
        for old, new in zip(before, after, strict=True)
        if old["cell_type"] == "code" and not is_check_cell("".join(old["source"]))
    )
