"""Joins a learner's file with a starter that has changed: your functions, and all that is new."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Container

from course.model.chapters import FunctionNode
from course.model.errors import CourseError
from course.model.source import Source
from course.model.splice import spliced


def joined(mine: str, old: str, new: str, tasks: Container[str]) -> str | None:
    """Return the starter `new` with what `mine` has that `old`, where it began, does not.

    The functions named in `tasks` are taken as they are. Given code that changed on one side only is
    taken from that side. None, if some line of the learner's would be left out or Python cannot read
    one of the texts.
    """
    try:
        borrowed = mine.replace("python3 -m solutions.", "python3 -m chapters.")
        yours, was, now = Source(borrowed), Source(old), Source(new)
        own = [name for name in yours.definitions if yours.lines_of(name) != was.lines_of(name)]
        functions = [
            name
            for name in own
            if isinstance(yours.definitions[name][0], FunctionNode)
            and name in now.definitions
            and (name in tasks or now.lines_of(name) == was.lines_of(name))
        ]
        helpers = _helpers(yours, now, own, functions)
        text = new
        if functions and _have_a_place(helpers, functions):
            text = spliced(now, yours, functions, helpers)
        left_out = _lines(yours) - _lines(was) - _lines(Source(text))
    except (CourseError, SyntaxError, ValueError):
        return None
    return None if left_out else yours.mark + text.replace("\n", yours.line_end)


def _helpers(yours: Source, now: Source, own: list[str], functions: list[str]) -> list[str]:
    """Return what the functions need or the learner added, and the new starter lacks."""
    wanted = {*own, *yours.needs(functions, now.definitions)} - now.definitions.keys()
    owners = {name: name.rpartition(".")[0] for name in yours.definitions if name in wanted}
    return [name for name, owner in owners.items() if owner in {"", *now.definitions}]


def _have_a_place(helpers: list[str], functions: list[str]) -> bool:
    """Tell whether each helper that belongs to a class has a function of that class beside it."""
    owners = {name.rpartition(".")[0] for name in functions}
    return all(owner in owners for name in helpers if (owner := name.rpartition(".")[0]))


def _lines(source: Source) -> Counter[str]:
    """Count the lines that say something. An import counts by its names: lines may be merged."""
    imports = [node for node in source.tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    merged = {
        number for node in imports for number in range(node.lineno, (node.end_lineno or 0) + 1)
    }
    names = (alias.asname or alias.name for node in imports for alias in node.names)
    lines = (
        text
        for number, line in enumerate(source.lines, start=1)
        if number not in merged and (text := line.strip())
    )
    return Counter(names) + Counter(lines)
