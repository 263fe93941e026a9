"""Finds answers that are the reference's, or another learner's, under other names.

Compared are functions, without names of variables, annotations, docstrings, comments and spacing. What
the starter gives counts for nobody. A short chapter has few ways to write it, so little code is
never called alike.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any

from course.commands.grade.contents import quietly_parsed
from course.commands.grade.submissions import Submission
from course.model.chapters import Chapter, functions, text_of
from course.model.errors import CourseError
from course.model.starters import starter

SHARE = 0.75  # of what somebody wrote; independent answers shared at most 0.6 in trials
MIN_SIZE = 150  # nodes of the syntax tree
REFERENCE = "the reference"

Pieces = Mapping[bytes, int]  # a function's plain form, as a digest, and its size
Known = dict[bytes, tuple[bytes, int]]  # the same by the function's text: most is in every file


class Plain(ast.NodeTransformer):
    """Rewrites a function so that only what it does is left."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}

    def visit(self, node: ast.AST) -> Any:
        """Number the names as they come; drop docstrings and annotations."""
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.name, node.returns, node.decorator_list = "", None, []
            node.body = node.body[ast.get_docstring(node) is not None :] or [ast.Pass()]
        elif isinstance(node, ast.AnnAssign):
            if node.value is None:
                return None
            node = ast.Assign([node.target], node.value)
        elif isinstance(node, ast.arg):
            node.arg, node.annotation = self._number(node.arg), None
        elif isinstance(node, ast.Name):
            node.id = self._number(node.id)
        elif isinstance(node, ast.ExceptHandler) and node.name:
            node.name = self._number(node.name)
        return self.generic_visit(node)

    def _number(self, name: str) -> str:
        return self._names.setdefault(name, str(len(self._names)))


def mark_alike(
    submissions: Sequence[Submission], course: Sequence[Chapter], references: Mapping[str, bytes]
) -> None:
    """Note for each answer of the submissions whose work it equals. `references` go by stem."""
    for chapter in course:
        known: Known = {}
        given = pieces(_starter(chapter), known)
        reference = pieces(references.get(chapter.stem, b""), known, given)
        written = {
            submission.name: pieces(submission.answers[chapter.stem], known, given)
            for submission in submissions
            if chapter.stem in submission.answers
        }
        owners = defaultdict(list)
        for name, own in written.items():
            for piece in own:
                owners[piece].append(name)
        for submission in submissions:
            own = written.get(submission.name, {})
            if are_alike(own, reference):
                submission.alike[chapter.stem] = (REFERENCE,)
            else:
                others = set(_candidates(own, owners)) - {submission.name}
                found = sorted(name for name in others if are_alike(own, written[name]))
                if found:
                    submission.alike[chapter.stem] = tuple(found)


def pieces(content: bytes, known: Known, given: Pieces | None = None) -> dict[bytes, int]:
    """Return the functions of a file in their plain form, without those that were given."""
    lines = content.splitlines()
    found = {}
    try:
        for _, function in functions(quietly_parsed(content)):
            text = b"\n".join(lines[function.lineno - 1 : function.end_lineno])
            if text not in known:
                size = sum(1 for _ in ast.walk(function))
                plain = ast.dump(Plain().visit(function), annotate_fields=False)
                known[text] = sha256(plain.encode("utf-8", "backslashreplace")).digest(), size
            digest, size = known[text]
            found[digest] = size
    except RecursionError:
        return {}
    return {digest: size for digest, size in found.items() if digest not in (given or {})}


def _candidates(own: Pieces, owners: Mapping[bytes, Sequence[str]]) -> Iterator[str]:
    """Yield those who may be alike: who have none of the rarest pieces share too little of the rest.

    What everybody writes the same would else make everybody a candidate of everybody.
    """
    written = left = sum(own.values())
    for piece in sorted(own, key=lambda each: len(owners[each])):
        if left < SHARE * written:
            return
        yield from owners[piece]
        left -= own[piece]


def are_alike(own: Pieces, other: Pieces) -> bool:
    """Tell whether enough of somebody's own code is the other's as well."""
    written = sum(own.values())
    shared = sum(size for piece, size in own.items() if piece in other)
    return written >= MIN_SIZE and shared >= SHARE * written


def _starter(chapter: Chapter) -> bytes:
    try:
        return starter(chapter).encode()
    except CourseError:  # a teacher may have removed the solutions
        return text_of(chapter.workbench).encode()
