"""Starters are derived from solutions, so that every signature exists only once."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from course.model.chapters import (
    ROOT,
    TASK,
    Chapter,
    FunctionNode,
    functions,
    given_modules,
    parse,
    parsed,
    statements,
    task_marker,
)
from course.model.errors import CourseError

LEFT_OUT = re.compile(r"\s*# Not in the starter\.\s*")


def starter(chapter: Chapter) -> str:
    """Return the pristine text of the learner's file, derived from the chapter's solution."""
    with reading(chapter.solution):
        return derive(chapter.solution.read_text(encoding="utf-8"), chapter.label)


def given(root: Path = ROOT) -> dict[Path, str]:
    """Return the files of `chapters/` that are copied from `solutions/` unchanged, with their text."""
    found = {}
    for module in given_modules(root):
        with reading(module):
            found[root / "chapters" / module.name] = module.read_text(encoding="utf-8")
    return found


@contextmanager
def reading(solution: Path) -> Iterator[None]:
    """Raise CourseError, with what to do, if a solution turns out to be missing or damaged."""
    name = f"solutions/{solution.name}"
    try:
        yield
    except FileNotFoundError:
        raise CourseError(
            f"{name} is not here, so nothing can be taken from it. Your teacher may have removed it."
        ) from None
    except (OSError, SyntaxError, ValueError) as error:
        raise CourseError(
            f"{name} cannot be read: {error}. `git checkout {name}` brings it back."
        ) from None


def unwritten(label: str, number: int, name: str) -> str:
    """Return the statement that takes the place of an answer in a starter (label: "ch01")."""
    return f'raise NotImplementedError("{label} task {number}: {name}")'


def not_begun(chapter: Chapter, text: str) -> dict[int, str]:
    """Return the tasks of which a file has only the starter, each with its first function."""
    found: dict[int, list[str]] = {}
    for name, function in functions(parsed(text)):
        *above, last = function.body
        is_bare = not above or (len(above) == 1 and ast.get_docstring(function) is not None)
        for task in chapter.tasks:
            raised = ast.dump(parse(unwritten(chapter.label, task.number, name)).body[0])
            if task.name == name and is_bare and ast.dump(last) == raised:
                found.setdefault(task.number, []).append(name)
    return {
        number: names[0]
        for number, names in found.items()
        if len(names) == len(chapter.functions_of(number))
    }


def derive(source: str, label: str) -> str:
    """Take the answers out of a solution's source.

    - In a function whose body begins with `# TASK n. …`, the docstring and the comment stay, and the
      rest becomes `raise NotImplementedError("chNN task 2: read_line")`.
    - A definition below a comment line `# Not in the starter.` is left out, with its comments.
    - The command that runs the file by hand names the learner's file.

    Raises CourseError for a TASK comment or a mark in a place where it has no effect, and if the code
    that stays uses what is left out.
    """
    lines, tree = source.split("\n"), parse(source)
    answers: dict[int, str] = {}
    omitted: set[int] = set()
    for name, function in functions(tree):
        if marker := task_marker(function, lines):
            omitted.update(range(marker.last_line + 1, last_line(function) + 1))
            indent = " " * function.body[0].col_offset
            answers[marker.last_line] = indent + unwritten(label, marker.number, name)
    left_out = [node for _, node in statements(tree) if is_left_out(node, lines)]
    for node in left_out:
        omitted.update(range(first_line(node, lines), last_line(node) + 1))
    kept: list[str] = []
    for number, line in enumerate(lines, start=1):
        if number not in omitted:
            kept += [line, answers[number]] if number in answers else [line]
    text = "\n".join(kept).strip() + "\n"
    _check(label, lines, text, left_out)
    return text.replace("python3 -m solutions.", "python3 -m chapters.")


def _check(label: str, lines: list[str], text: str, left_out: list[ast.stmt]) -> None:
    """Raise CourseError if a comment has no effect, or if a starter lacks what it uses."""
    tasks = sum(bool(TASK.match(line.lstrip())) for line in lines)
    if tasks != (shown := text.count(f'raise NotImplementedError("{label} task ')):
        raise CourseError(
            f"{label}: {tasks} comments say TASK, but {shown} are where a starter shows them: at the "
            "beginning of a function or method. The other answers would be given away."
        )
    marks = [str(number) for number, line in enumerate(lines, 1) if LEFT_OUT.fullmatch(line)]
    if len(marks) != len(left_out):
        raise CourseError(
            f"{label}: of the marks “Not in the starter.” (lines {', '.join(marks)}) only "
            f"{len(left_out)} are directly above a definition."
        )
    used = {getattr(node, "id", getattr(node, "attr", "")) for node in ast.walk(parse(text))}
    if missed := used & {name for node in left_out for name in bound(node)}:
        raise CourseError(
            f"{label}: the starter uses {', '.join(sorted(missed))}, which is marked “Not in the "
            "starter.” Remove the mark, or the use."
        )


def is_left_out(node: ast.stmt, lines: list[str]) -> bool:
    """Tell whether the comment above a statement marks it as one that starters leave out."""
    above = lines[_with_comments(node, lines) - 1 : top(node) - 1]
    return any(LEFT_OUT.fullmatch(line) for line in above)


def bound(statement: ast.stmt) -> set[str]:
    """Return the names that a statement defines in the scope that it is in."""
    match statement:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return {name}
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            return {alias.asname or alias.name.partition(".")[0] for alias in names}
        case ast.Assign(targets=targets):
            return {name for target in targets for name in _names(target)}
        case ast.AnnAssign(target=target):
            return _names(target)
    inner = (node for node in ast.iter_child_nodes(statement) if isinstance(node, ast.stmt))
    return {name for part in inner for name in bound(part)}


def _names(target: ast.expr) -> set[str]:
    return {node.id for node in ast.walk(target) if isinstance(node, ast.Name)}


def first_line(node: ast.stmt, lines: list[str]) -> int:
    """Return where a statement begins, with the comments above it and the gap above these."""
    first = _with_comments(node, lines)
    while first > 1 and not lines[first - 2].strip():  # the gap above goes, the one below stays
        first -= 1
    return first


def _with_comments(node: ast.stmt, lines: list[str]) -> int:
    first = top(node)
    while first > 1 and lines[first - 2].lstrip().startswith("#"):
        first -= 1
    return first


def top(node: ast.stmt) -> int:
    """Return where a statement begins, with its decorators."""
    decorators = node.decorator_list if isinstance(node, FunctionNode | ast.ClassDef) else []
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def last_line(node: ast.stmt) -> int:
    """Return where a statement ends."""
    return node.end_lineno or node.lineno
