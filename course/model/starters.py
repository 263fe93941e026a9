"""Starters are derived from solutions, so that there is no second copy of a signature anywhere."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from course.model.chapters import TASK, Chapter, FunctionNode, Task, functions, task_marker
from course.model.errors import CourseError


def starter(chapter: Chapter) -> str:
    """Return the pristine text of the learner's file, derived from the chapter's solution."""
    with reading(chapter.solution):
        return derive(chapter.solution.read_text(encoding="utf-8"), f"ch{chapter.number:02}")


@contextmanager
def reading(solution: Path) -> Iterator[None]:
    """Say what to do, as a CourseError, where a solution turns out to be missing or damaged."""
    name = f"solutions/{solution.name}"
    try:
        yield
    except FileNotFoundError:
        raise CourseError(
            f"{name} is not here, so nothing can be taken from it. `git checkout "
            f"chapters/{solution.name}` brings your file back as you last committed it."
        ) from None
    except (OSError, SyntaxError, ValueError) as error:
        raise CourseError(
            f"{name} cannot be read: {error}. `git checkout {name}` brings it back."
        ) from None


def unwritten(chapter: Chapter, task: Task) -> str:
    """Return what stands in a starter in the place of an answer."""
    return _unwritten(f"ch{chapter.number:02}", task.number, task.name)


def _unwritten(label: str, number: int, name: str) -> str:
    return f'raise NotImplementedError("{label} task {number}: {name}")'


def derive(source: str, label: str) -> str:
    """Take the answers out of a solution's source.

    In a function whose body begins with `# TASK n. …`, the docstring and the comment stay and the
    rest becomes `raise NotImplementedError("ch05 task 2: read_line")`. Functions, classes, methods
    and variables whose names begin with one underscore belong to the solution alone and are left
    out. The command that runs the file by hand names the learner's.

    Raises CourseError if a TASK comment stands where it would not be seen, and if what is given uses
    what is left out.
    """
    lines = source.split("\n")
    tree = ast.parse(source)
    answers: dict[int, str] = {}
    left_out: set[int] = set()
    seen = 0
    for name, function in functions(tree):
        if marker := task_marker(function, lines):
            seen += 1
            left_out.update(range(marker.last_line + 1, last_line(function) + 1))
            indent = " " * function.body[0].col_offset
            answers[marker.last_line] = indent + _unwritten(label, marker.number, name)
    if seen != (written := sum(bool(TASK.match(line.lstrip())) for line in lines)):
        raise CourseError(
            f"{label}: {written} comments say TASK, but {seen} stand at the beginning of a function "
            "or method: the answers of the others would be given away."
        )
    for node in _private(tree):
        left_out.update(range(first_line(node, lines), last_line(node) + 1))

    kept: list[str] = []
    for number, line in enumerate(lines, start=1):
        if number not in left_out:
            kept.append(line)
            kept.extend([answers[number]] if number in answers else [])
    text = "\n".join(kept).strip() + "\n"
    if missed := _names_in(text) & {_name(node) for node in _private(tree)}:
        raise CourseError(
            f"{label}: what is given uses {', '.join(sorted(missed))}, which the starter leaves out: "
            "rename it, without the underscore."
        )
    return text.replace("python3 -m solutions.", "python3 -m chapters.")


def _private(tree: ast.Module) -> list[ast.stmt]:
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    statements = [*tree.body, *(member for node in classes for member in node.body)]
    return [node for node in statements if is_private(_name(node))]


def _names_in(text: str) -> set[str]:
    nodes = list(ast.walk(ast.parse(text)))
    names = {node.id for node in nodes if isinstance(node, ast.Name)}
    return names | {node.attr for node in nodes if isinstance(node, ast.Attribute)}


def _name(node: ast.stmt) -> str:
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return name
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            return name
    return ""


def is_private(name: str) -> bool:
    """Tell whether a name belongs to the solution alone."""
    return name.startswith("_") and not name.startswith("__")


def first_line(node: ast.stmt, lines: list[str]) -> int:
    """Return where a statement begins, with the comments above it and the gap above these."""
    first = top(node)
    while first > 1 and lines[first - 2].lstrip().startswith("#"):
        first -= 1
    while first > 1 and not lines[first - 2].strip():  # the gap above goes, the one below stays
        first -= 1
    return first


def top(node: ast.stmt) -> int:
    """Return where a statement begins, with its decorators."""
    decorators = node.decorator_list if isinstance(node, FunctionNode | ast.ClassDef) else []
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def last_line(node: ast.stmt) -> int:
    """Return where a statement ends."""
    return node.end_lineno or node.lineno
