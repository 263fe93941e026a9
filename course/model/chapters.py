"""The grid: one chapter is one stem in four folders. This module knows where everything is.

Nothing is listed by hand. A chapter exists because `tests/test_chNN_slug.py` does; its question is
the first line of its solution's docstring, and its tasks are the functions marked `# TASK n.` there.
Where an instructor has taken the solutions out, both are read from the learner's file.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from course.model.errors import CourseError, UsageError

ROOT = Path(__file__).resolve().parents[2]
STEM = re.compile(r"ch(\d\d)_([a-z0-9_]+)")
TASK = re.compile(r"#\s*TASK (\d+)\.\s*(.*)")

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Task:
    """One thing to write: `name` is a function, or `Class.method`."""

    number: int
    name: str


@dataclass(frozen=True)
class Chapter:
    """One chapter of the course, found by its stem (`ch01_echo`) in the folders of `root`."""

    stem: str
    root: Path = ROOT

    @property
    def number(self) -> int:
        """The chapter's number, which may change between editions; the slug never does."""
        return int(_match(self.stem)[1])

    @property
    def slug(self) -> str:
        """The chapter's lasting name: `echo`, `four_tuple`."""
        return _match(self.stem)[2]

    @property
    def notebook(self) -> Path:
        """The lesson."""
        return self.root / "notebooks" / f"{self.stem}.ipynb"

    @property
    def workbench(self) -> Path:
        """The learner's file."""
        return self.root / "chapters" / f"{self.stem}.py"

    @property
    def solution(self) -> Path:
        """The reference."""
        return self.root / "solutions" / f"{self.stem}.py"

    @property
    def suite(self) -> Path:
        """The promises that an answer must keep."""
        return self.root / "tests" / f"test_{self.stem}.py"

    @property
    def mistakes(self) -> Path:
        """Wrong answers that the suite must catch."""
        return self.root / "tests" / "mistakes" / f"{self.stem}.py"

    @cached_property
    def question(self) -> str:
        """The one question that the chapter answers."""
        first_line = (ast.get_docstring(self._tree) or self.slug).partition("\n")[0]
        return re.sub(r"^Chapter \d+\.\s*", "", first_line)

    @cached_property
    def tasks(self) -> tuple[Task, ...]:
        """What the learner writes, in the order of the task numbers."""
        lines = self._source.splitlines()
        found = [
            Task(marker.number, name)
            for name, function in functions(self._tree)
            if (marker := task_marker(function, lines))
        ]
        promised = re.findall(r"^ +task=(\d+),$", _text(self.suite), re.MULTILINE)
        unmarked = {int(number) for number in promised} - {task.number for task in found}
        found += [Task(number, f"task {number}") for number in unmarked]
        return tuple(sorted(found, key=lambda task: task.number))

    def functions_of(self, task: int) -> list[str]:
        """Return the names of the functions that a task asks for."""
        return [each.name for each in self.tasks if each.number == task]

    @cached_property
    def _source(self) -> str:
        return _text(self.solution if self.solution.is_file() else self.workbench)

    @cached_property
    def _tree(self) -> ast.Module:
        try:
            return ast.parse(self._source)
        except (SyntaxError, ValueError):
            return ast.Module(body=[], type_ignores=[])


def chapters(root: Path = ROOT) -> tuple[Chapter, ...]:
    """Every chapter that has a suite, in order."""
    suites = (root / "tests").glob("test_ch*.py")
    stems = sorted(path.stem.removeprefix("test_") for path in suites)
    if not stems:
        raise CourseError("tests/ contains no suite. `git checkout tests` brings the suites back.")
    return tuple(Chapter(stem, root) for stem in stems if STEM.fullmatch(stem))


def find(name: str, root: Path = ROOT) -> Chapter:
    """Return the chapter that `name` means: a number, a slug, a stem or a path to one of its files.

    Raises UsageError, naming the chapters that exist, if there is no such chapter.
    """
    wanted = re.sub(r"^test_|\.(py|ipynb)$", "", Path(name).name.lower())
    known = chapters(root)
    for chapter in known:
        number = f"{chapter.number:02}"
        if wanted in {chapter.stem, chapter.slug, number.lstrip("0"), number, f"ch{number}"}:
            return chapter
    listing = ", ".join(f"{chapter.number} {chapter.slug}" for chapter in known)
    raise UsageError(f"chapter {name!r} does not exist. The chapters are: {listing}.")


def find_task(name: str, chapter: Chapter) -> int:
    """Return the number of the task that `name` means: its number, or a function of it.

    Raises UsageError, naming the chapter's tasks, if there is no such task.
    """
    for task in chapter.tasks:
        if name in {str(task.number), task.name}:
            return task.number
    listing = ", ".join(f"{task.number} {task.name}" for task in chapter.tasks)
    raise UsageError(f"chapter {chapter.number} has no task {name!r}. Its tasks are: {listing}.")


@dataclass(frozen=True)
class TaskMarker:
    """Where a function's `# TASK n.` comment stands: line numbers count from 1, `end` inclusive."""

    number: int
    first_line: int
    last_line: int


def task_marker(function: FunctionNode, lines: list[str]) -> TaskMarker | None:
    """Find the comment `# TASK n. …` that begins the body of `function`, below its docstring."""
    has_docstring = ast.get_docstring(function) is not None
    above = function.body[0].end_lineno if has_docstring else function.lineno
    answer = function.body[1:] if has_docstring else function.body
    below = answer[0].lineno if answer else (function.end_lineno or function.lineno) + 1
    comments = [
        number
        for number in range((above or function.lineno) + 1, below)
        if lines[number - 1].lstrip().startswith("#")
    ]
    if not comments or not (match := TASK.match(lines[comments[0] - 1].lstrip())):
        return None
    return TaskMarker(int(match[1]), comments[0], comments[-1])


def functions(tree: ast.Module) -> Iterator[tuple[str, FunctionNode]]:
    """Yield each function and method of a module with its dotted name, in source order."""
    for node in tree.body:
        if isinstance(node, FunctionNode):
            yield node.name, node
        elif isinstance(node, ast.ClassDef):
            for member in node.body:
                if isinstance(member, FunctionNode):
                    yield f"{node.name}.{member.name}", member


def _text(file: Path) -> str:
    """Return a file's text; none if it cannot be read, for the grid is shown all the same."""
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def _match(stem: str) -> re.Match[str]:
    match = STEM.fullmatch(stem)
    if match is None:
        raise UsageError(f"{stem!r} is not a chapter's stem, such as ch01_echo.")
    return match


def earlier_chapters(file: Path) -> list[str]:
    """Return the stems of the chapters that a file imports, and those that these import, in order.

    They are read from the syntax tree; a file that Python cannot read imports nothing.
    """
    found: set[str] = set()
    waiting = [file]
    while waiting:
        fresh = _imported(waiting.pop()) - found
        found |= fresh
        waiting += [file.with_name(f"{stem}.py") for stem in fresh]
    return sorted(found - {file.stem})


def _imported(file: Path) -> set[str]:
    try:
        tree = ast.parse(_text(file))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()
    names: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            names += [node.module or "", *(alias.name for alias in node.names)]
        elif isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
    return {part for name in names for part in name.split(".") if STEM.fullmatch(part)}


def shown(path: Path) -> str:
    """Return a path as the learner types it: relative to the course's folder where it can be."""
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else str(path)
