"""What the file of an answer holds: anything yet, and the chapters' numbers of another edition."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Sequence

from course.checks.answers import UNWRITTEN
from course.model.chapters import Chapter, FunctionNode, functions, parsed

STEM = re.compile(rb"\bch\d\d_([a-z0-9_]+)\b")


def holds_no_answer(chapter: Chapter, content: bytes) -> bool:
    """Tell whether a file is a starter, of this or another edition: no task has been begun.

    Every function of the tasks then still raises its own NotImplementedError.
    """
    found = dict(functions(quietly_parsed(content)))
    unwritten = {name for name, function in found.items() if _is_unwritten(function)}
    tasks = {task.name for task in chapter.tasks} & found.keys()
    return bool(unwritten) and tasks <= unwritten


def with_todays_numbers(content: bytes, course: Sequence[Chapter]) -> bytes:
    """Rename the chapters in a file of an older edition: slugs stay, numbers change."""
    stems = {chapter.slug.encode(): chapter.stem.encode() for chapter in course}
    return STEM.sub(lambda match: stems.get(match[1], match[0]), content)


def _is_unwritten(function: FunctionNode) -> bool:
    body = function.body[ast.get_docstring(function) is not None :]
    match body:
        case [ast.Raise(exc=ast.Call(func=ast.Name(id="NotImplementedError"), args=[argument]))]:
            words = argument.value if isinstance(argument, ast.Constant) else None
            return isinstance(words, str) and UNWRITTEN.fullmatch(words) is not None
    return False


def quietly_parsed(content: bytes) -> ast.Module:
    """Parse a file without a word; what Python cannot read is empty here: the checks say why."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return parsed(content)
