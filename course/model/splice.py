"""Puts one task's functions from the starter or the reference into the learner's file."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from copy import copy

from course.model.chapters import FunctionNode
from course.model.errors import CourseError
from course.model.source import Source
from course.model.starters import bound, first_line, last_line, top


def spliced(mine: Source, theirs: Source, names: Sequence[str], helpers: Sequence[str]) -> str:
    """Return the text of `mine` with these functions of `theirs` in the place of its own.

    Of `helpers`, which those functions use, the ones that `mine` lacks are put beside them. Nothing
    else changes, line ends included.

    Raises CourseError, with what to do, if there is no such function to replace, or if `mine` has
    another helper with the name of one that starters leave out.
    """
    edits: dict[tuple[int, int], list[str]] = {}  # lines from .. to (before, to add) and their text
    for name in names:
        for old, new in zip(*_pairs(mine, theirs, name), strict=True):
            edits[top(old), _end(old, mine.lines)] = _fitted(theirs, new, top(new), mine, old)
    for helper in helpers:
        if helper not in mine.definitions:
            line, text = _place(mine, theirs, names, helper)
            edits.setdefault((line + 1, line), []).extend(text)
        elif helper in theirs.left_out and _meaning(mine, helper) != _meaning(theirs, helper):
            raise CourseError(
                f"your file has its own {helper}, and it is not the reference's. Nothing was "
                "changed. Rename yours, then run this again; or borrow the chapter, without --task."
            )
    lines = list(mine.lines)
    for (first, last), text in sorted(edits.items(), reverse=True):
        lines[first - 1 : last] = text
    return mine.mark + "".join(lines)


def unset(source: Source) -> set[str]:
    """Return the attributes of `self`, as `Class.name`, that a class reads and nothing in it sets."""
    found: set[str] = set()
    for node in source.tree.body:
        if isinstance(node, ast.ClassDef) and not node.bases:
            known = _attributes(node, ast.Store).union(*(bound(member) for member in node.body))
            found |= {f"{node.name}.{name}" for name in _attributes(node, ast.Load) - known}
    return found


def setters(source: Source, name: str) -> list[str]:
    """Return the methods, as `Class.method`, that set this attribute of `self` (`Class.name`)."""
    owner, _, attribute = name.partition(".")
    return [
        method
        for method, nodes in source.definitions.items()
        if method.startswith(f"{owner}.")
        and any(attribute in _attributes(node, ast.Store) for node in nodes)
    ]


def _attributes(tree: ast.AST, context: type[ast.expr_context]) -> set[str]:
    return {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.ctx, context)
        and isinstance(node.value, ast.Name)
        and node.value.id == "self"
        and not node.attr.startswith("__")
    }


def _pairs(
    mine: Source, theirs: Source, name: str
) -> tuple[Sequence[ast.stmt], Sequence[ast.stmt]]:
    old, new = mine.definitions.get(name, []), theirs.definitions[name]
    if len(old) != len(new) or not all(isinstance(statement, FunctionNode) for statement in old):
        often = f"has {name} {len(old)} times" if len(old) > len(new) else f"has no function {name}"
        raise CourseError(
            f"your file {often}, so it is not clear what to replace. Nothing was changed. "
            "Without --task the whole file is replaced."
        )
    return old, new


def _place(
    mine: Source, theirs: Source, names: Sequence[str], helper: str
) -> tuple[int, list[str]]:
    """Return after which line a helper of the reference goes, and its lines."""
    statement = theirs.definitions[helper][0]
    if isinstance(statement, ast.Import | ast.ImportFrom):
        kinds = ast.Import | ast.ImportFrom
        imports: list[ast.stmt] = [node for node in mine.tree.body if isinstance(node, kinds)]
        if ast.get_docstring(mine.tree) is not None:
            imports.insert(0, mine.tree.body[0])
        end = max((last_line(node) for node in imports), default=0)
        return end, [_import_of(helper, statement) + mine.line_end]
    depth = helper.count(".")
    beside = [".".join(name.split(".")[: depth + 1]) for name in names]
    beside = [name for name in beside if name.rpartition(".")[0] == helper.rpartition(".")[0]]
    anchors = sorted((mine.definitions[name][0] for name in beside), key=lambda node: node.lineno)
    is_above = statement.lineno < min(theirs.definitions[name][0].lineno for name in beside)
    above, below = first_line(anchors[0], mine.lines) - 1, _end(anchors[-1], mine.lines)
    begin = first_line(statement, theirs.lines)
    return above if is_above else below, _fitted(theirs, statement, begin, mine, anchors[0])


def _fitted(
    theirs: Source, statement: ast.stmt, first: int, mine: Source, neighbour: ast.stmt
) -> list[str]:
    """Return a statement's lines from `first` on, indented and ended as its neighbours will be."""
    here = mine.lines[neighbour.lineno - 1][: neighbour.col_offset]
    there = " " * statement.col_offset
    lines = [line.rstrip() for line in theirs.lines[first - 1 : last_line(statement)]]
    return [(here + line.removeprefix(there) if line else "") + mine.line_end for line in lines]


def _end(statement: ast.stmt, lines: list[str]) -> int:
    """Return a statement's last line, with comments below that are indented as its body is."""
    end = last_line(statement)
    for number, line in enumerate(lines[end:], start=end + 1):
        text = line.lstrip()
        if text and not (text.startswith("#") and len(line) - len(text) > statement.col_offset):
            break
        end = number if text else end
    return end


def _import_of(name: str, statement: ast.Import | ast.ImportFrom) -> str:
    """Return the import of one of a statement's names."""
    one = copy(statement)
    one.names = [
        alias for alias in statement.names if name == (alias.asname or alias.name.partition(".")[0])
    ]
    return ast.unparse(one)


def _meaning(source: Source, name: str) -> list[str]:
    return [ast.dump(node) for node in source.definitions[name]]
