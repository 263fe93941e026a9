"""The grid: one chapter is one stem in four folders. This module knows where everything is.

Nothing is listed by hand. A chapter exists because `tests/test_chNN_slug.py` does; its question is
the first line of its solution's docstring, and its tasks are the functions marked `# TASK n.` there.
Where an instructor has taken the solutions out, the tasks are read from the suite, and the question
from the learner's file.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import NamedTuple

from course.model.errors import CourseError, UsageError

ROOT = Path(__file__).resolve().parents[2]
ONE_AT_A_TIME = Lock()
STEM = re.compile(r"ch\d\d_[a-z0-9_]+")
LISTED = re.compile(r"^TASKS = \{.*?\}$", re.MULTILINE | re.DOTALL)
PROMISE = re.compile(r"^(?:@promise\(|\s+)task=(\d+)|^def (test_\w+)", re.MULTILINE)
TASK = re.compile(r"#\s*TASK (\d+)\.\s*(.*)")

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Task:
    """One thing to write: `name` is a function, or `Class.method`."""

    number: int
    name: str


def _path(pattern: str) -> cached_property[Path]:
    return cached_property(lambda chapter: chapter.root / pattern.format(chapter.stem))


@dataclass(frozen=True)
class Chapter:
    """One chapter of the course, found by its stem (`ch01_echo`) in the folders of `root`."""

    stem: str
    root: Path = ROOT

    notebook = _path("notebooks/{}.ipynb")  # the lesson
    questions = _path("notebooks/{}.toml")  # what the lesson asks to guess
    my_lesson = _path("my_lessons/{}.ipynb")  # the learner's copy of it
    workbench = _path("chapters/{}.py")  # the learner's file
    solution = _path("solutions/{}.py")  # the reference
    suite = _path("tests/test_{}.py")  # the promises that an answer must keep
    mistakes = _path("tests/mistakes/{}.py")  # wrong answers that the suite must catch
    unusual = _path("tests/unusual/{}.py")  # right ones that it must accept

    @property
    def label(self) -> str:
        """The chapter in the messages of its starter: `ch01`."""
        return self.stem[:4]

    @property
    def number(self) -> int:
        """The chapter's number, which may change between editions; the slug never does."""
        return int(self.stem[2:4])

    @property
    def slug(self) -> str:
        """The chapter's lasting name: `echo`, `four_tuple`."""
        return self.stem[5:]

    @cached_property
    def question(self) -> str:
        """The one question that the chapter answers."""
        tree = self._reference if self.solution.is_file() else parsed(text_of(self.workbench))
        first_line = (ast.get_docstring(tree) or self.slug).partition("\n")[0]
        return re.sub(r"^Chapter \d+\.\s*", "", first_line)

    @cached_property
    def tasks(self) -> tuple[Task, ...]:
        """What the learner writes, in the order of the task numbers."""
        lines = text_of(self.solution).splitlines()
        marked = [
            Task(marker.number, name)
            for name, function in functions(self._reference)
            if (marker := task_marker(function, lines))
        ]
        return tuple(sorted(marked, key=lambda task: task.number)) or self.listed_tasks

    @cached_property
    def listed_tasks(self) -> tuple[Task, ...]:
        """The tasks as the suite lists them: `TASKS = {1: "echo", 2: "Pool.submit, Pool.close"}`."""
        listed = LISTED.search(text_of(self.suite))
        tasks = re.findall(r'(\d+): "([^"]+)"', listed[0]) if listed else []
        return tuple(
            Task(int(number), name) for number, names in tasks for name in names.split(", ")
        )

    @cached_property
    def promised(self) -> dict[str, int]:
        """The task of each promise of the suite, by the name of its test (0 if it names none)."""
        found: dict[str, int] = {}
        task = 0
        for number, test in PROMISE.findall(text_of(self.suite)):
            if test:
                found[test] = task
            task = int(number or 0)
        return found

    @property
    def task_numbers(self) -> list[int]:
        """The numbers of the tasks, each once: a task may ask for several functions."""
        return sorted({task.number for task in self.tasks})

    def functions_of(self, task: int) -> list[str]:
        """Return the names of the functions that a task asks for."""
        return [each.name for each in self.tasks if each.number == task]

    def task_title(self, task: int) -> str:
        """Return a task as reports name it: `Task 2 · echo`."""
        return f"Task {task} · {', '.join(self.functions_of(task))}"

    @cached_property
    def _reference(self) -> ast.Module:
        return parsed(text_of(self.solution))


def chapters(root: Path = ROOT) -> tuple[Chapter, ...]:
    """Every chapter that has a suite, in order."""
    suites = (root / "tests").glob("test_ch*.py")
    stems = sorted(path.stem.removeprefix("test_") for path in suites)
    if not stems:
        raise CourseError("tests/ contains no suite. `git checkout tests` brings the suites back.")
    return tuple(Chapter(stem, root) for stem in stems if STEM.fullmatch(stem))


def given_modules(root: Path = ROOT) -> tuple[Path, ...]:
    """The modules beside the solutions that are no chapters: learners get them unchanged."""
    found = sorted((root / "solutions").glob("*.py"))
    return tuple(
        file for file in found if not STEM.fullmatch(file.stem) and file.stem != "__init__"
    )


def find(name: str, root: Path = ROOT) -> Chapter:
    """Return the chapter that `name` means: a number, a slug, a stem or a path to one of its files.

    Raises UsageError, naming the chapters that exist, if there is no such chapter.
    """
    wanted = re.sub(r"^test_|\.(py|ipynb)$", "", Path(name).name.lower())
    known = chapters(root)
    for chapter in known:
        names = {chapter.stem, chapter.slug, chapter.label, chapter.stem[2:4], str(chapter.number)}
        if wanted in names:
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


class TaskMarker(NamedTuple):
    """A function's comment `# TASK n. …`: the task's number, and the comment's last line."""

    number: int
    last_line: int


def task_marker(function: FunctionNode, lines: list[str]) -> TaskMarker | None:
    """Find the comment `# TASK n. …` that begins the body of `function`, below its docstring."""
    above, answer = function.lineno, function.body
    if ast.get_docstring(function) is not None:
        above, answer = answer[0].end_lineno or above, answer[1:]
    below = answer[0].lineno if answer else (function.end_lineno or above) + 1
    between = range(above + 1, below)
    comments = [number for number in between if lines[number - 1].lstrip().startswith("#")]
    if comments and (match := TASK.match(lines[comments[0] - 1].lstrip())):
        return TaskMarker(int(match[1]), comments[-1])
    return None


def statements(tree: ast.Module) -> Iterator[tuple[str, ast.stmt]]:
    """Yield the statements of a module (with ""), and of its classes (with "Class."), in order."""
    for node in tree.body:
        yield "", node
        if isinstance(node, ast.ClassDef):
            yield from ((f"{node.name}.", member) for member in node.body)


def functions(tree: ast.Module) -> Iterator[tuple[str, FunctionNode]]:
    """Yield each function and method of a module with its dotted name, in source order."""
    for prefix, node in statements(tree):
        if isinstance(node, FunctionNode):
            yield prefix + node.name, node


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
    names: list[str] = []
    for node in ast.walk(parsed(text_of(file))):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names += [alias.name for alias in node.names]
        if isinstance(node, ast.ImportFrom):
            names.append(node.module or "")
    return {part for name in names for part in name.split(".") if STEM.fullmatch(part)}


def parse(text: str | bytes) -> ast.Module:
    """Parse a module, in one thread at a time: Python 3.11 can fail where two parse at once.

    Raises SyntaxError or ValueError if Python cannot read the text.
    """
    with ONE_AT_A_TIME:
        return ast.parse(text)


def parsed(text: str | bytes) -> ast.Module:
    """Return a text's syntax tree, which is empty if Python cannot read the text."""
    try:
        return parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.Module(body=[], type_ignores=[])


def text_of(file: Path) -> str:
    """Return a file's text, '' if it cannot be read: the grid is shown all the same."""
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def shown(path: Path) -> str:
    """Return a path as the learner types it: relative to the course's folder where it can be."""
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else str(path)
