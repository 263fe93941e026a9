"""What the file of an answer holds: anything yet, and which earlier chapters it is built on."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Mapping, Sequence
from contextlib import suppress

from course.model.chapters import Chapter, FunctionNode, functions

STEM = re.compile(rb"\bch\d\d_([a-z0-9_]+)\b")
TO_DO = re.compile(r"ch\d\d task \d+: \S+")


def holds_no_answer(chapter: Chapter, content: bytes) -> bool:
    """Tell whether a file is a starter, of this or another edition: no task has been begun.

    Every function of the tasks then still raises its own NotImplementedError.
    """
    found = dict(functions(_parsed(content)))
    unwritten = {name for name, function in found.items() if _is_unwritten(function)}
    tasks = {task.name for task in chapter.tasks} & found.keys()
    return bool(unwritten) and tasks <= unwritten


def with_todays_numbers(content: bytes, course: Sequence[Chapter]) -> bytes:
    """Rename the chapters in a file of an older edition: slugs stay, numbers change."""
    stems = {chapter.slug.encode(): chapter.stem.encode() for chapter in course}
    return STEM.sub(lambda match: stems.get(match[1], match[0]), content)


def built_on(stem: str, files: Mapping[str, bytes]) -> set[str]:
    """Return the chapters that a chapter imports, directly or by way of each other.

    `files` holds their contents by stem; what is missing there is returned, but not followed.
    """
    found: set[str] = set()
    waiting = [stem]
    while waiting:
        for earlier in _imported(files.get(waiting.pop(), b"")) - found:
            found.add(earlier)
            waiting.append(earlier)
    return found - {stem}


def _imported(content: bytes) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(_parsed(content)):
        if isinstance(node, ast.ImportFrom):
            found.update((node.module or "").split("."), (alias.name for alias in node.names))
        elif isinstance(node, ast.Import):
            found.update(part for alias in node.names for part in alias.name.split("."))
    return {name for name in found if STEM.fullmatch(name.encode(errors="replace"))}


def _is_unwritten(function: FunctionNode) -> bool:
    body = function.body[ast.get_docstring(function) is not None :]
    match body:
        case [ast.Raise(exc=ast.Call(func=ast.Name(id="NotImplementedError"), args=[argument]))]:
            return isinstance(argument, ast.Constant) and bool(
                TO_DO.fullmatch(str(argument.value))
            )
    return False


def _parsed(content: bytes) -> ast.Module:
    """Parse a file; what Python cannot read is empty here, and the checks will say why."""
    with warnings.catch_warnings(), suppress(SyntaxError, ValueError, RecursionError, MemoryError):
        warnings.simplefilter("ignore")
        return ast.parse(content)
    return ast.Module(body=[], type_ignores=[])
